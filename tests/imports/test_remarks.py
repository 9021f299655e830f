"""Every rule has a name that is told, and one severity."""

from pathlib import Path

import pytest

from imports.remarks import Rule, remark, summary

GUIDE = (Path(__file__).parents[2] / "docs" / "import.md").read_text("utf-8")


@pytest.mark.parametrize("rule", Rule)
def test_the_guide_tells_every_rule_where_its_severity_is_told(rule: Rule) -> None:
    severity = remark(1, rule, "", "").severity
    part = GUIDE.partition(f"| {severity}: ")[2].partition("\n\n")[0]
    assert f"`{rule}`" in part


def test_a_summary_begins_with_what_is_grave_and_frequent() -> None:
    noted, once = remark(1, Rule.UNDATED, "", ""), remark(2, Rule.BAD_DATE, "opened", "")
    often = remark(3, Rule.RAGGED_ROW, "", "")
    assert [(one.rule, one.n) for one in summary([noted, noted, once, often, often])] == [
        ("ragged_row", 2),
        ("bad_date", 1),
        ("undated", 2),
    ]
