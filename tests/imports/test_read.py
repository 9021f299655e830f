"""A CSV file is read whatever its encoding, its delimiter or its damage."""

import codecs
import io
from collections.abc import Sequence

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from imports.faults import BadFile, FileCode
from imports.read import LONGEST_LINE, Damage, Layout, Record, Table

GERMAN = "id;Kunde\n1;Müller & Söhne\n2;Größe, Maß\n"
CHINESE = (
    "编号,客户,阶段\n1,宝钢股份,初次接触\n2,三一重工,方案报价\n3,中联重科集团有限公司,合同签订\n"
)


def table(content: str | bytes, *wanted: str, layout: Layout | None = None) -> Table:
    raw = content.encode() if isinstance(content, str) else content
    return Table(io.BytesIO(raw), "deals.csv", wanted, layout)


def values(read: Table) -> list[list[str]]:
    return [list(one.fields.values()) for one in read.records() if isinstance(one, Record)]


def damages(read: Table) -> list[tuple[int, str]]:
    return [(one.line, one.rule) for one in read.records() if isinstance(one, Damage)]


@pytest.mark.parametrize(
    ("content", "encoding", "certainty"),
    [
        (GERMAN.encode(), "utf-8", "valid"),
        (codecs.BOM_UTF8 + GERMAN.encode(), "utf-8-sig", "marked"),
        (GERMAN.encode("utf-16"), "utf-16", "marked"),
        (codecs.BOM_UTF16_BE + GERMAN.encode("utf-16-be"), "utf-16", "marked"),
        (GERMAN.encode("utf-32"), "utf-32", "marked"),
        (GERMAN.encode("utf-16-le"), "utf-16-le", "valid"),
        (GERMAN.encode("utf-16-be"), "utf-16-be", "valid"),
        (GERMAN.encode("cp1252"), "cp1252", "guessed"),
    ],
)
def test_an_encoding_is_found_and_told(content: bytes, encoding: str, certainty: str) -> None:
    read = table(content, "id", "Kunde")
    assert read.encoding == (encoding, certainty)
    assert values(read) == [["1", "Müller & Söhne"], ["2", "Größe, Maß"]]


def test_chinese_spreadsheets_are_read() -> None:
    read = table(CHINESE.encode("gb18030"), "客户", "阶段")
    assert read.encoding == ("gb18030", "guessed")
    assert values(read)[0] == ["宝钢股份", "初次接触"]


def test_an_encoding_that_is_named_is_not_guessed() -> None:
    read = table("id,name\n1,Łódź\n".encode("cp1250"), "name", layout=Layout(encoding="cp1250"))
    assert (read.encoding.certainty, values(read)) == ("given", [["Łódź"]])


def test_letters_that_come_late_are_found() -> None:
    content = b"id,name\n" + b"1,plain\n" * 50_000 + "2,Größe\n".encode("cp1252")
    assert values(table(content, "name"))[-1] == ["Größe"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_the_one_that_shows_the_columns(delimiter: str) -> None:
    content = f"id{delimiter}name\n1{delimiter}a\n"
    read = table(content, "id", "name")
    assert (read.delimiter, values(read)) == (delimiter, [["1", "a"]])


def test_a_separator_hint_is_no_row() -> None:
    read = table("sep=;\r\nid;name\r\n1;a,b\r\n2\r\n", "id", "name")
    assert values(read) == [["1", "a,b"]]
    assert damages(table("sep=;\r\nid;name\r\n1;a,b\r\n2\r\n", "id", "name")) == [(4, "ragged_row")]


def test_quoted_newlines_belong_to_their_field_and_lines_are_counted() -> None:
    read = table('id,note\n1,"one\ntwo ""quoted"""\n\n2,plain\n3\n', "id", "note")
    assert list(read.records()) == [
        Record(2, {"id": "1", "note": 'one\ntwo "quoted"'}),
        Record(5, {"id": "2", "note": "plain"}),
        Damage(6, "ragged_row", "the row has 1 fields, the header 2"),
    ]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_every_line_ending_is_one(newline: str) -> None:
    read = table(newline.join(["id,name", "1,a", "2,b", ""]), "id", "name")
    assert [one.line for one in read.records()] == [2, 3]


def test_ragged_rows_are_given_back_with_their_lines() -> None:
    read = table("id,name\n1,a,x\n2,b\n3\n", "id", "name")
    assert damages(read) == [(2, "ragged_row"), (4, "ragged_row")]


def test_a_quote_that_is_never_closed_ends_with_the_file_and_says_how_far_it_reached() -> None:
    (damage,) = table('id,name\n1,"open\n2,b\n3,c\n', "name").records()
    assert damage == Record(2, {"name": "open\n2,b\n3,c\n"})
    read = table('id,name,more\n1,"open\n2,b,y\n3,c,z\n', "name")
    assert list(read.records()) == [
        Damage(2, "ragged_row", "the row has 2 fields, the header 3, and reaches to line 4")
    ]


def test_a_field_without_end_is_one_damage_and_reading_goes_on() -> None:
    content = "id,name\n1," + "x" * 200_000 + "\n2,b\n"
    read = list(table(content, "id", "name").records())
    assert isinstance(read[0], Damage)
    assert (read[0].line, read[0].rule) == (2, "unreadable_row")
    assert read[1] == Record(3, {"id": "2", "name": "b"})


def test_a_line_without_end_is_cut() -> None:
    content = "id,name\n" + "x," * LONGEST_LINE + "\n2,b\n"
    read = list(table(content, "id", "name").records())
    assert {type(one) for one in read[:-1]} == {Damage}
    assert isinstance(read[-1], Record)


def test_nul_bytes_do_not_stop_reading() -> None:
    assert values(table("id,name\n1,a\0b\n2,\0\n", "id", "name")) == [["1", "a\0b"], ["2", "\0"]]


def test_bytes_that_are_no_text_are_marked() -> None:
    read = table(b"id,name\n1,\xff\xfe\n", "name", layout=Layout(encoding="utf-8"))
    assert values(read) == [["\ufffd\ufffd"]]


def test_header_names_are_trimmed_and_unasked_columns_ignored() -> None:
    read = table(" id , name ,x,x\n1,a,b,c\n", "name", "id")
    assert [one.fields for one in read.records() if isinstance(one, Record)] == [
        {"name": "a", "id": "1"}
    ]


@pytest.mark.parametrize(
    ("content", "wanted", "code"),
    [
        (b"", ["id"], FileCode.EMPTY_FILE),
        (b"\n\n\n", ["id"], FileCode.EMPTY_FILE),
        (codecs.BOM_UTF8, ["id"], FileCode.EMPTY_FILE),
        (b"id,name\n1,a\n", ["id", "Name"], FileCode.MISSING_COLUMN),
        (b"id,name,id\n1,a,2\n", ["id"], FileCode.DUPLICATE_COLUMN),
        (b"PK\x03\x04rest of a workbook", ["id"], FileCode.NOT_TEXT),
        (bytes(range(256)) * 40, ["id"], None),
    ],
)
def test_a_file_that_lacks_what_is_asked_is_refused_whole(
    content: bytes, wanted: Sequence[str], code: FileCode | None
) -> None:
    with pytest.raises(BadFile) as refused:
        table(content, *wanted)
    assert code is None or refused.value.code is code
    assert "\n" not in str(refused.value)


def test_a_missing_column_is_named_with_the_nearest() -> None:
    with pytest.raises(BadFile, match=r"`Custmer` .did you mean `Customer`"):
        table("Customer,Stage\n", "Custmer")


def test_an_unknown_encoding_is_refused() -> None:
    with pytest.raises(BadFile) as refused:
        table("id\n", "id", layout=Layout(encoding="klingon"))
    assert refused.value.code is FileCode.UNKNOWN_ENCODING


HEADS = [b"", b"id,name\n", b"id;name\r\n", b'"id"\tname\n']


@given(st.binary(max_size=400), st.sampled_from(HEADS))
@example(b'1,"', b"id,name\n")
@example(b"\xff\xfe", b"")
@example(b'"' * 3, b"id,name\n")
def test_any_bytes_are_a_table_or_a_refusal(garbage: bytes, head: bytes) -> None:
    try:
        read = list(table(head + garbage, "id", "name").records())
    except BadFile:
        return
    lines = [one.line for one in read]
    assert lines == sorted(lines)
    assert all(set(one.fields) == {"id", "name"} for one in read if isinstance(one, Record))


@given(
    st.lists(
        st.tuples(
            *[st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))] * 2
        ),
        max_size=8,
    ),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    st.sampled_from([",", ";", "\t"]),
)
def test_what_was_written_is_read(
    fields: list[tuple[str, str]], encoding: str, delimiter: str
) -> None:
    def quoted(text: str) -> str:
        return '"' + text.replace('"', '""') + '"'

    lines = [delimiter.join(["id", "name"]), *(delimiter.join(map(quoted, row)) for row in fields)]
    read = table("\n".join(lines).encode(encoding), "id", "name")
    assert [tuple(row) for row in values(read)] == fields
