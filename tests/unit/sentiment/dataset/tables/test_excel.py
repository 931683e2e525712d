"""Excel, as other libraries write it."""

import datetime
import re
import tracemalloc
import zipfile
from collections.abc import Callable
from io import BytesIO

import pytest

from sentiment.dataset.files import DatasetError
from sentiment.dataset.records import LeftOut, Record
from sentiment.dataset.tables.table import table
from tests.unit.sentiment.dataset.tables.packs import PACKINGS, workbook, zipped
from tests.unit.sentiment.dataset.tables.reviews import read, reviews, values

REVIEWS = reviews()
TEXTS, LABELS = [text for text, _ in REVIEWS], [label for _, label in REVIEWS]
NUMBERS = [int(label == "positive") for label in LABELS]


class Counted(BytesIO):
    """Counts the bytes that were read."""

    taken = 0

    def read(self, size: int | None = -1) -> bytes:
        piece = super().read(size)
        self.taken += len(piece)
        return piece


def edited(workbook_: bytes, place: str, edit: Callable[[bytes], bytes]) -> bytes:
    """A workbook with one of its parts changed."""
    packed = BytesIO()
    with (
        zipfile.ZipFile(BytesIO(workbook_)) as old,
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, edit(content) if name == place else content)
    return packed.getvalue()


@pytest.mark.parametrize("name", ["reviews.xlsx", "reviews.csv"])
def test_a_workbook_is_read(name: str) -> None:
    when = datetime.datetime(2024, 5, 1, 12)
    rows = [(text, number, number == 1, when) for text, number in zip(TEXTS, NUMBERS, strict=True)]

    found, records = read(workbook([("Review", "Rating", "Fresh", "At"), *rows]), name)

    assert (found.names, found.format) == (["Review", "Rating", "Fresh", "At"], "xlsx")
    assert [row.line for row in records] == list(range(2, 62))
    assert records[1] == Record(3, {"Review": TEXTS[1], "Rating": 1, "Fresh": True, "At": 45413.5})


@pytest.mark.parametrize("ending", PACKINGS)
def test_a_workbook_may_be_packed(ending: str) -> None:
    content = PACKINGS[ending](workbook([("review", "sentiment"), *REVIEWS]))

    assert values(content) == REVIEWS


def test_sheets_with_the_same_columns_are_one_table_and_others_are_told() -> None:
    content = workbook(
        [("Our survey",), (), ("review", "sentiment"), *REVIEWS],
        Second=[("sentiment", "review"), ("positive", "One more")],
        Notes=[("who", "when"), ("I", "now")],
    )

    found, rows = read(content)

    assert len(rows) == 61
    assert rows[0].line == 4
    assert rows[-1] == Record(2, {"review": "One more", "sentiment": "positive"}, "sheet Second")
    assert found.notes == [
        'Rows above the header were passed over: "Our survey".',
        'Sheet "Second" has the same columns and was read, too.',
        'Sheet "Notes" was passed over: its columns are others.',
    ]


def test_a_workbook_without_a_header_or_with_gaps() -> None:
    rows = [(text, None, label) for text, label in REVIEWS]

    found, records = read(workbook(rows))

    assert found.names == ["column 1", "column 2", "column 3"]
    assert [tuple(row.values.values()) for row in records if isinstance(row, Record)] == rows


def test_signs_that_xml_has_no_room_for_come_back() -> None:
    texts = [f"{text} <b>&amp; _x000D_ “ü”\nnext line" for text in TEXTS]
    rows = list(zip(texts, LABELS, strict=True))

    assert values(workbook([("review", "sentiment"), *rows])) == [
        (text.replace("_x000D_", "\r"), label) for text, label in rows
    ]


@pytest.mark.parametrize("is_shared", [False, True])
def test_a_cell_without_end_is_left_out_and_fills_no_memory(is_shared: bool) -> None:
    rows = [("review", "sentiment"), *REVIEWS[:20], ("ENDLESS", "negative"), *REVIEWS[20:]]
    content, place = workbook(rows), "xl/worksheets/sheet1.xml"
    if is_shared:
        cell = re.compile(rb'<c r="A22".*?</c>')
        content = edited(
            content, place, lambda xml: cell.sub(b'<c r="A22" t="s"><v>0</v></c>', xml)
        )
        place, packed = "xl/sharedStrings.xml", BytesIO(content)
        with zipfile.ZipFile(packed, "a") as archive:
            archive.writestr(place, "<sst><si><t>ENDLESS</t></si></sst>")
        content = packed.getvalue()
    content = edited(content, place, lambda xml: xml.replace(b"ENDLESS", b"x" * (64 << 20)))

    tracemalloc.start()
    _, records = read(content)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert [(row.line, row.reason) for row in records if isinstance(row, LeftOut)] == [
        (22, "the row is longer than 1 MB")
    ]
    assert sum(isinstance(row, Record) for row in records) == 60
    assert most < 16 << 20


@pytest.mark.parametrize(
    ("place", "begun"),
    [
        ("xl/worksheets/sheet1.xml", b'<sheetData><row r="'),
        ("xl/worksheets/sheet1.xml", b"<sheetData><!--"),
        ("xl/workbook.xml", b'<sheets><sheet name="'),
    ],
)
def test_a_tag_without_end_in_a_workbook_fills_no_memory(place: str, begun: bytes) -> None:
    named = b"<sheets>" if b"sheets" in begun else b"<sheetData>"
    content = edited(
        workbook([("text", "label"), *REVIEWS]),
        place,
        lambda part: part.replace(named, begun + b"1" * (80 << 20)),
    )

    tracemalloc.start()
    with pytest.raises(DatasetError, match="workbook is damaged"):
        read(content)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert most < 24 << 20


def test_a_workbook_whose_rows_are_all_too_long_says_so() -> None:
    content = edited(
        workbook([("text", "label"), *[(f"say{i}", i) for i in range(3)]]),
        "xl/worksheets/sheet1.xml",
        lambda part: re.sub(rb"<t>[^<]*</t>", b"<t>" + b"x" * 1_100_000 + b"</t>", part),
    )

    with pytest.raises(DatasetError, match=r'rows of sheet "Sheet" are longer than 1 MB each'):
        read(content)


def test_cells_that_share_long_texts_make_a_row_too_long() -> None:
    cells = b"".join(b'<c t="s"><v>%d</v></c>' % i for i in range(40))
    content = edited(
        workbook([("text", "label"), *REVIEWS]),
        "xl/worksheets/sheet1.xml",
        lambda part: part.replace(b"</sheetData>", b'<row r="62">' + cells + b"</row></sheetData>"),
    )
    packed = BytesIO(content)
    with zipfile.ZipFile(packed, "a") as archive:
        shared = "".join(f"<si><t>{i} {'x' * 30_000}</t></si>" for i in range(40))
        archive.writestr("xl/sharedStrings.xml", f"<sst>{shared}</sst>")

    _, rows = read(packed.getvalue())

    left_out = [row for row in rows if isinstance(row, LeftOut)]
    assert [(row.line, row.reason) for row in left_out] == [(62, "the row is longer than 1 MB")]
    assert len(rows) == 61


def test_relations_of_sheets_may_have_any_prefix() -> None:
    content = edited(
        workbook([("review", "sentiment"), *REVIEWS]), "xl/workbook.xml",
        lambda xml: xml.replace(b"r:id", b"d3p1:id").replace(b"xmlns:r=", b"xmlns:d3p1="),
    )  # fmt: skip
    assert b"d3p1:id" in zipfile.ZipFile(BytesIO(content)).read("xl/workbook.xml")

    assert values(content) == REVIEWS


def test_a_first_look_reads_a_part_of_a_large_workbook() -> None:
    rows = [(f"{text} {hash(text)}", label) for text, label in reviews(20_000)]
    content = workbook([("review", "sentiment"), *rows])
    stream = Counted(content)

    found = table("reviews.xlsx", stream)
    first = next(found.records)

    assert isinstance(first, Record)
    assert stream.taken < len(content) / 2
    assert sum(1 for _ in found.records) == 19_999


@pytest.mark.parametrize("missing", [30, 3_000])
def test_a_workbook_that_breaks_off_is_refused(missing: int) -> None:
    with pytest.raises(DatasetError, match="damaged"):
        read(workbook([("review", "sentiment"), *REVIEWS])[:-missing])


def test_entities_in_a_workbook_are_refused() -> None:
    bomb = '<!DOCTYPE a [<!ENTITY b "bbbb">]><worksheet><sheetData>&b;</sheetData></worksheet>'
    whole = workbook([("review", "sentiment"), *REVIEWS])
    with zipfile.ZipFile(BytesIO(whole)) as archive:
        members = [
            (name, bomb if name == "xl/worksheets/sheet1.xml" else archive.read(name))
            for name in archive.namelist()
        ]

    with pytest.raises(DatasetError, match="workbook is damaged"):
        read(zipped(members))


def test_an_empty_workbook_is_refused() -> None:
    with pytest.raises(DatasetError, match="The workbook has no rows"):
        read(workbook([]))
