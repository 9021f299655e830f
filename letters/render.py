"""From content to the text of a letter, in one person's language and time zone.

Decides how templates are read: `templates/<kind>.txt` is plain text whose first line is the subject
and whose rest is the body. Whatever a value says, it stays on its line: no value can begin a line
of its own, nor a header. Must never decide what a letter is about; its content does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from letters.forms import Forms
from letters.words import Language, catalog

FOLDER: Final = Path(__file__).with_name("templates")

LONGEST_SUBJECT: Final = 200
"""Characters. A choice: no mail program shows more."""

_BREAKS: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
"""Controls, and whatever any reader takes for the end of a line."""

_BLANK_LINES: Final = re.compile("\n{3,}")


class Text(NamedTuple):
    """What a letter says."""

    subject: str
    body: str


def render(kind: str, content: Mapping[str, object], *, language: Language, time_zone: str) -> Text:
    """The text of a letter.

    Args:
        kind: names the template.
        content: what the template speaks of; instants are aware.
        language: the person's.
        time_zone: IANA name of the person's.
    """
    template = environment(language, time_zone).get_template(f"{kind}.txt")
    subject, _, body = template.render(content).strip().partition("\n")
    lines = "\n".join(line.rstrip() for line in body.strip().splitlines())
    return Text(_shortened(subject.strip()), _BLANK_LINES.sub("\n\n", lines) + "\n")


@lru_cache(maxsize=128)  # a choice: some languages in some zones
def environment(language: Language, time_zone: str) -> Environment:
    """What renders templates for that language and zone."""
    forms = Forms(language, ZoneInfo(time_zone))
    made = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=False,  # noqa: S701 - plain text
        extensions=["jinja2.ext.i18n"],
        finalize=_on_one_line,
        lstrip_blocks=True,
        trim_blocks=True,
        undefined=StrictUndefined,
    )
    made.filters.update(forms.filters())
    made.globals["zone_name"] = forms.zone_name()
    install = getattr(made, "install_gettext_translations")  # noqa: B009 - the extension adds it
    install(catalog(language), newstyle=True)
    return made


def _on_one_line(value: object) -> object:
    return _BREAKS.sub(" ", value) if isinstance(value, str) else value


def _shortened(subject: str) -> str:
    return subject if len(subject) <= LONGEST_SUBJECT else f"{subject[: LONGEST_SUBJECT - 1]}…"
