"""Any bytes under any name become records, or a sentence for whoever dropped them."""

import gzip
import tracemalloc
from collections.abc import Iterator
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
    "parquet": parquet({"text": [text for text, _ in REVIEWS], "label": [1] * 30}),
    "xlsx": workbook([("review", "sentiment"), *REVIEWS]),
    "zip": zipped([("a.csv", CSV), ("b.csv", CSV)]),
    "stored": zipped([("a.csv", CSV)], compression=0),
    "folders": zipped([(f"{label}/{i}.txt", text) for i, (text, label) in enumerate(REVIEWS)]),
    "tar": tarred([("a.csv", CSV)]),
    **{ending: pack(CSV) for ending, pack in PACKINGS.items()},
}
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
