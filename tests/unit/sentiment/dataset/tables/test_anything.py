"""Any bytes under any name become records, or a sentence for whoever dropped them."""

import gzip
import json
import tracemalloc
from collections.abc import Callable, Iterator
from io import BytesIO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sentiment.dataset.files import DatasetError
from sentiment.dataset.records import LeftOut, Record
from sentiment.dataset.tables.table import table
from tests.unit.sentiment.dataset.tables.packs import PACKINGS, parquet, tarred, workbook, zipped
from tests.unit.sentiment.dataset.tables.reviews import reviews, written

REVIEWS = reviews(30)
CSV = ("review,sentiment\n" + written(REVIEWS)).encode()
JSON = "".join(f'{{"text": "{text}", "label": "{label}"}}\n' for text, label in REVIEWS).encode()
WHOLE = {
    "csv": CSV,
    "quoted": written([("review", "sentiment"), *REVIEWS], quoting=1).encode(),
    "tsv": CSV.replace(b",", b"\t"),
    "utf-16": CSV.decode().encode("utf-16"),
    "jsonl": JSON,
    "json": b"[" + JSON.replace(b"}\n", b"},\n") + b"{}]",
    "fasttext": b"".join(b"__label__1 " + line + b"\n" for line in CSV.splitlines()),
    "python": JSON.replace(b'"', b"'"),
    "nested": b'{"took": 1, "hits": {"hits": [' + JSON[:-1].replace(b"}\n", b"},\n") + b"]}}",
    "by key": b"{" + b",\n".join(
        b'"r%d": %b' % (i, line) for i, line in enumerate(JSON.splitlines())) + b"}",
    "python nested": b"".join(
        b"{'id': (%d,), 'r': {1: %b}}\n" % (i, line.replace(b'"', b"'"))
        for i, line in enumerate(JSON.splitlines())),
    "label last": b"".join(line + b" __label__1\n" for line in CSV.splitlines()),
    "colons": written([("review", "label"), *REVIEWS], quoting=0).replace(",", "::").encode(),
    "blanks": "".join(f'"{text}" "{label}"\n' for text, label in REVIEWS).encode(),
    "formulas": "".join(f'="{text}";="{label}"\n' for text, label in REVIEWS).encode(),
    "arff": b"@relation r\n@attribute a string\n@attribute b string\n@data\n"
    + written(REVIEWS).encode(),
    "parquet": parquet({"text": [text for text, _ in REVIEWS], "label": [1] * 30}),
    "xlsx": workbook([("review", "sentiment"), *REVIEWS]),
    "zip": zipped([("a.csv", CSV), ("b.csv", CSV)]),
    "stored": zipped([("a.csv", CSV)], compression=0),
    "folders": zipped([(f"{label}/{i}.txt", text) for i, (text, label) in enumerate(REVIEWS)]),
    "told folders": zipped(
        [(f"{label} ones/{i}.txt", text) for i, (text, label) in enumerate(REVIEWS)]),
    "told tables": tarred([("good.csv", CSV), ("bad.csv", b"review\nNone of it"), ("c.csv", CSV)]),
    "two sheets": workbook([("a", "b"), (1, 2)], Data=[("review", "sentiment"), *REVIEWS]),
    "tar": tarred([("a.csv", CSV)]),
    **{ending: pack(CSV) for ending, pack in PACKINGS.items()},
}  # fmt: skip
Pack = Callable[[list[tuple[str, bytes]]], bytes]
SIGNS = st.sampled_from([*b"\",\n\r;{}[]\x00\xff\xe9 a\t\\'<", None])


def look(name: str, content: bytes) -> str | None:
    """Read all of it; give the refusal, if there is one."""
    try:
        found = table(name, BytesIO(content))
        assert all(isinstance(column, str) for column in found.names)
        for row in found.records:
            assert isinstance(row, (Record, LeftOut))
            assert row.line > 0
        assert all(note.endswith(".") for note in found.notes)
    except DatasetError as error:
        refusal = str(error)
    else:
        return None
    assert refusal.isprintable()
    assert len(refusal) <= 600
    return refusal


@settings(max_examples=150, deadline=None)
@given(
    name=st.text(max_size=12),
    start=st.sampled_from([b"", *(content[:12] for content in WHOLE.values()), b"text,label\n"]),
    rest=st.binary(max_size=400) | st.text(max_size=200).map(lambda text: text.encode("utf-8")),
)
def test_any_bytes_under_any_name(name: str, start: bytes, rest: bytes) -> None:
    look(name, start + rest)


NAMES = st.sampled_from(["text", "label", "data", "reviews", "0", "1", "node", "S", "Item", "x"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
    | st.just("A fine evening out"),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(NAMES, inner, max_size=6),
    max_leaves=40,
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(
    value=st.dictionaries(NAMES, VALUES, min_size=1, max_size=6) | st.lists(VALUES, min_size=1),
    indent=st.none() | st.just(1),
    times=st.sampled_from([1, 1, 2]),
)
def test_any_json(value: object, indent: int | None, times: int) -> None:
    content = json.dumps(value, indent=indent) + "\n"

    look("a.json", (content * times).encode())
    look("a.json", repr(value).encode())


PARTS = st.sampled_from(["pos", "positive reviews", "bad_ones", "good_ones", "1", "0", "5 stars"])
ENDINGS = st.sampled_from(["", ".txt", ".csv", ".jsonl"])


@settings(max_examples=150, deadline=None)
@given(
    members=st.lists(
        st.tuples(
            st.lists(PARTS, min_size=1, max_size=3).map("/".join),
            ENDINGS,
            st.sampled_from([CSV, JSON, b"A text", b"review\nOne\nTwo", b"", b"id,label\n1,2"]),
        ),
        max_size=6,
        unique_by=lambda member: member[:2],
    ),
    pack=st.sampled_from([zipped, tarred]),
)
def test_any_names_in_archives(members: list[tuple[str, str, bytes]], pack: Pack) -> None:
    look("a.zip", pack([(name + ending, content) for name, ending, content in members]))


@pytest.mark.parametrize("form", WHOLE)
def test_damage_anywhere(form: str) -> None:
    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(
        damage=st.lists(st.tuples(st.integers(0), SIGNS), max_size=4),
        flipped=st.lists(st.tuples(st.integers(0), st.integers(0, 7)), max_size=2),
        cut=st.none() | st.integers(0),
    )
    def read_damaged(
        damage: list[tuple[int, int | None]], flipped: list[tuple[int, int]], cut: int | None
    ) -> None:
        content = bytearray(WHOLE[form])
        for place, sign in damage:
            place %= len(content)
            content[place : place + 1] = b"" if sign is None else bytes([sign])
        for place, bit in flipped:
            content[place % len(content)] ^= 1 << bit
        if cut is not None:
            del content[cut % len(content) :]
        look(f"a.{form}", bytes(content))

    read_damaged()
    assert look(f"a.{form}", WHOLE[form]) is None


# --- Memory -----------------------------------------------------------------------------------


class Endless(BytesIO):
    """A part that comes again and again, as if a file held it so many times."""

    def __init__(self, head: bytes, part: bytes, times: int) -> None:
        super().__init__()
        self._head, self._part, self._times = head, part, times
        self._pieces = self._all()
        self._rest = b""

    def _all(self) -> Iterator[bytes]:
        if self._head:
            yield self._head
        for _ in range(self._times):
            yield self._part

    def seek(self, place: int, whence: int = 0) -> int:
        assert (place, whence) == (0, 0)
        self._pieces, self._rest = self._all(), b""
        return 0

    def read(self, size: int | None = -1) -> bytes:
        while size and len(self._rest) < size and (piece := next(self._pieces, None)):
            self._rest += piece
        piece, self._rest = self._rest[:size], self._rest[size:]
        return piece


LINES = written([(text * 20, label) for text, label in reviews(400)]).encode()
OBJECTS = b"".join(JSON.replace(b"take", b"take" * 250) for _ in range(10))


@pytest.mark.parametrize(
    ("head", "part", "times", "rows"),
    [
        (b"review,sentiment\n", LINES, 100, 40_000),
        (b"", gzip.compress(LINES), 100, 40_000),
        (b"", OBJECTS, 100, 30_000),
        (b"[" + OBJECTS[:-1].replace(b"}\n", b"},\n"),
         b",\n" + OBJECTS[:-1].replace(b"}\n", b"},\n"), 100, 30_300),
        (b"a,b\n", b"x" * 1_000_000, 40, 1),
        (b'a,b\n"', LINES.replace(b'"', b""), 100, 40_000),
    ],
    ids=["csv", "gz", "jsonl", "json", "one line", "never closed"],
)  # fmt: skip
def test_memory_is_flat_however_large_a_file_is(
    head: bytes, part: bytes, times: int, rows: int
) -> None:
    tracemalloc.start(1)
    try:
        found = table("a", Endless(head, part, times))
        count = sum(1 for _ in found.records)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert count >= rows
    assert peak < 12_000_000
