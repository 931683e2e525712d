import gzip
import io
import lzma
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sentiment.dataset.files import DatasetError
from sentiment.dataset.peek import peek
from sentiment.dataset.reading import read_dataset
from tests.unit.made import BAD, GOOD, PACKINGS, csv_text, json_rows, json_text, rows

SHORT = csv_text(rows())
KINDS = [(text, str(i % 9)) for i, (text, _) in enumerate(rows())]
NUMBERS = [(str(i), GOOD) for i in range(30_000)]
GZIPPED = gzip.compress(SHORT.encode(), mtime=0)  # the same in every process


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.csv", "", "empty"),
        ("a.jsonl", "\n \n", "empty"),
        ("a.csv.gz", gzip.compress(b"", mtime=0), "empty"),
        ("a.csv.gz", "", "empty"),
        ("a.csv", "text,label\n", "no rows"),
        ("a.csv", b"PK\x03\x04" + bytes(100), "archive is damaged"),
        ("a.csv", bytes(range(256)) * 10, "binary"),
        ("a.jsonl", b'{"text": \x00', "binary"),
        ("a.csv.gz", GZIPPED[:-20], "damaged"),
        ("a.csv.xz", lzma.compress(SHORT.encode())[:-20], "damaged"),
        ("a.csv.gz", b"\x1f\x8b" + b"garbage" * 9, "damaged"),
        ("a.csv.xz", b"\xfd7zXZ\x00" + b"garbage" * 9, "damaged"),
        ("a.csv", csv_text(NUMBERS[:40], "story,label"), 'reviews among "story", "label"'),
        ("a.csv", csv_text(NUMBERS[:40]), r'no reviews in column "text" \("0", "1"'),
        ("a.csv", csv_text(KINDS, "text,kind"), 'labels among "text", "kind".*column kind'),
        ("a.csv", "x" * 1_000_001 + "\n", "1 MB"),
        ("a.jsonl", json_text([{"review": text} for text, _ in rows()]), 'labels among "review"'),
        ("a.csv", csv_text(rows(5)), "5 negative and 5 positive.*at least 20 of each"),
        ("a.csv", csv_text([row for row in rows() if row[1] == GOOD]), "All 20 .* are positive"),
        ("a.csv", csv_text([*rows(), *[("", GOOD)] * 41]), "half.*41 of 81.*line 42.*no words"),
        ("a.csv", csv_text([(text, "spam") for text, _ in rows()]), 'read as negative.*"spam"'),
        ("a.csv", csv_text([(text, "") for text, _ in rows()]), "half.*no label"),
        ("a.csv", csv_text([(f"{i} film", str(i % 3 * 7)) for i in range(90)]), '"0", "7", "14"'),
        ("a.csv", csv_text([(f"t{i}", GOOD) for i in range(90)]), "share no words.*--text-column"),
        ("a.csv", csv_text([("Same", GOOD)] * 30 + [("Other", BAD)] * 30), "1 negative and 1"),
        ("a.csv", csv_text(NUMBERS, "\x07" * 60 + "," + "ü" * 5000), "reviews among"),
    ],
)  # fmt: skip
def test_what_cannot_be_trained_on_is_refused_with_a_way_out(
    tmp_path: Path, name: str, content: str | bytes, says: str
) -> None:
    content = content.encode() if isinstance(content, str) else content
    path = tmp_path / name
    path.write_bytes(content)

    with pytest.raises(DatasetError, match=says) as refusal:
        read_dataset(path)

    assert len(str(refusal.value)) <= 600
    assert str(refusal.value).isprintable()
    if len(content) <= 64 << 10:
        with pytest.raises(DatasetError) as early:
            peek(f"folder/{name}", io.BytesIO(content))
        assert str(early.value) == str(refusal.value)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.csv", csv_text(NUMBERS, "story,label"), "reviews among"),
        ("a.csv.gz", gzip.compress(csv_text(NUMBERS, "story,label").encode()), "reviews among"),
        (
            "a.jsonl",
            json_text([{"text": f"A film of {i}." * 90} for i in range(3000)]),
            "labels among",
        ),
        ("a.csv", csv_text([(f"好看的电影{i}", GOOD) for i in range(9000)]), "no blanks between"),
    ],
)
def test_the_beginning_of_a_large_file_shows_what_is_wrong(
    name: str, content: str | bytes, says: str
) -> None:
    content = content.encode() if isinstance(content, str) else content
    stream = io.BytesIO(content)

    with pytest.raises(DatasetError, match=says):
        peek(name, stream)

    assert stream.tell() < len(content)


def test_a_small_file_that_unpacks_to_a_large_one_is_not_looked_at_whole() -> None:
    lines = "".join(f"good film {i % 7},positive\n" for i in range(200_000))
    unpacked = f"text,label\n{lines}".encode()
    content = lzma.compress(unpacked, preset=0)
    assert len(content) < 64 << 10

    seen = peek("a.csv.xz", io.BytesIO(content))  # a whole look would find one label only

    assert seen.findings is None


@pytest.mark.parametrize("rows_", [1_500, 9_000])
@pytest.mark.parametrize("kind", ["a.csv", "a.jsonl"])
def test_a_first_look_estimates_the_rows(kind: str, rows_: int) -> None:
    made = rows(rows_ // 2)
    text = csv_text(made) if kind == "a.csv" else json_text(json_rows(rows_ // 2))

    seen = peek(kind, io.BytesIO(text.encode()))

    assert seen.rows is not None
    assert rows_ / 2.5 < seen.rows < rows_ * 1.1  # what is read ahead makes it fewer
    assert seen.columns == {"text": "text", "label": "label", "group": None}


WHOLE = {".csv": csv_text(rows(25)).encode(), ".jsonl": json_text(json_rows(25)).encode()}
INDICES = st.integers(0, min(map(len, WHOLE.values())) - 1)


@pytest.mark.parametrize("packing", PACKINGS)
@pytest.mark.parametrize("kind", WHOLE)
def test_damage_anywhere_is_either_accounted_for_or_refused(
    tmp_path: Path, kind: str, packing: str
) -> None:
    path = tmp_path / f"a{kind}{packing}"
    taken, refusals = [], []

    @example(damage={}, flipped=None)
    @example(damage={0: 0}, flipped=None)
    @settings(max_examples=40)
    @given(
        damage=st.dictionaries(INDICES, st.sampled_from(b'",\n\r;{}\x00\xff\xe9 a'), max_size=4),
        flipped=st.none() | st.tuples(st.integers(0), st.integers(0, 7)),
    )
    def read_damaged(damage: dict[int, int], flipped: tuple[int, int] | None) -> None:
        content = bytearray(WHOLE[kind])
        for index, byte in damage.items():
            content[index] = byte
        packed = bytearray(PACKINGS[packing](bytes(content)))
        if packing and flipped:
            packed[flipped[0] % len(packed)] ^= 1 << flipped[1]
        path.write_bytes(packed)
        try:
            found = read_dataset(path).findings
        except DatasetError as error:
            refusals.append(str(error))
            return
        told = found["rows_kept"] + found["rows_left_out"] + found["rows_neutral"]
        assert found["rows_read"] == told
        assert found["rows_kept"] == sum(found["labels"].values())
        assert sum(row["rows"] for row in found["left_out"]) == found["rows_left_out"]
        peek(path.name, io.BytesIO(packed))
        taken.append(found)

    read_damaged()

    assert taken
    assert all(len(reason) <= 600 for reason in refusals)
    assert refusals or not packing  # damage of plain text need cost no more than a row


@pytest.mark.parametrize(
    ("name", "content", "kept"),
    [
        ("a.csv", csv_text([*rows(10), *rows(5)[:2], ("so so", "neutral"), ("", GOOD)]), 20),
        ("a.csv", csv_text([(text, GOOD) for text, _ in rows()]), 40),
        ("a.csv", csv_text([*rows(), *[("", GOOD)] * 50]), 40),
        ("a.csv", csv_text([(text, "ab"[i % 2]) for i, (text, _) in enumerate(rows())]), 0),
        ("a.csv", "text,label\n" + '"a" b,c,d\n' * 40, 0),
        (
            "a.csv",
            csv_text(
                [(text, label, "5" if i % 4 else "1") for i, (text, label) in enumerate(rows())],
                "text,label,stars",
            ),
            40,
        ),
        ("a.csv.gz", gzip.compress(csv_text(rows(4_000)).encode(), mtime=0)[:-20], None),
    ],
)  # fmt: skip
def test_of_a_refused_file_the_rows_add_up_too(
    tmp_path: Path, name: str, content: str | bytes, kept: int | None
) -> None:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)

    with pytest.raises(DatasetError) as refusal:
        read_dataset(path)

    found = refusal.value.findings
    assert found is not None
    parts = [found[f"rows_{part}"] for part in ("kept", "left_out", "neutral")]
    assert found["rows_read"] == sum(parts)
    assert kept is None or parts[0] == kept
    assert sum(found["labels"].values()) in (0, parts[0])
