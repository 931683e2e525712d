"""Datasets that come packed: compressed, in archives, as folders of texts."""

import gzip
import io
import lzma
import tracemalloc
import zipfile
from collections import deque
from io import BytesIO

import pytest

from sentiment.dataset.files import DatasetError
from sentiment.dataset.records import LeftOut, Record, Unread
from sentiment.dataset.tables import packing
from sentiment.dataset.tables.archives import MOST_NAMES
from sentiment.dataset.tables.table import table
from tests.needs import need
from tests.unit.sentiment.dataset.tables.packs import PACKINGS, parquet, tarred, workbook, zipped
from tests.unit.sentiment.dataset.tables.reviews import read, reviews, values, written

REVIEWS = reviews()
CSV = "review,sentiment\n" + written(REVIEWS)
TEST = "id,review\n" + written([(i, text) for i, (text, _) in enumerate(REVIEWS)])


# --- Compressed -------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", PACKINGS)
def test_packings_are_told_by_content(ending: str) -> None:
    packed = PACKINGS[ending](CSV.encode())

    assert values(packed, f"reviews.csv{ending}") == REVIEWS
    assert values(packed, "reviews.csv") == REVIEWS
    assert values(PACKINGS[ending](packed)) == REVIEWS
    assert values(packed + b"\x00" * 100) == REVIEWS
    assert values(packed + PACKINGS[ending](written(REVIEWS).encode())) == REVIEWS * 2


def test_a_plain_file_may_say_that_it_is_compressed() -> None:
    assert values(CSV, "reviews.csv.gz") == REVIEWS


@pytest.mark.parametrize("ending", PACKINGS)
@pytest.mark.parametrize("missing", [1, 8, 40])
def test_a_file_that_breaks_off_is_refused(ending: str, missing: int) -> None:
    with pytest.raises(DatasetError, match="damaged or incomplete around line"):
        read(PACKINGS[ending](CSV.encode())[:-missing])


def test_what_is_packed_again_and_again_is_refused() -> None:
    packed = CSV.encode()
    for _ in range(4):
        packed = gzip.compress(packed)

    with pytest.raises(DatasetError, match="compressed more than 3 times"):
        read(packed)


@pytest.mark.parametrize("ending", PACKINGS)
def test_a_bomb_is_unpacked_in_little_memory_and_refused(ending: str) -> None:
    bomb = PACKINGS[ending](b"x" * 20_000_000)
    content = packing.opened("a.csv", BytesIO(bomb), most=19_000_000)
    tracemalloc.start()

    with pytest.raises(DatasetError, match="more than 19,000,000 bytes once unpacked"):
        deque(iter(content.read, b""), maxlen=0)

    assert tracemalloc.get_traced_memory()[1] < (60_000_000 if ending == ".zst" else 20_000_000)
    tracemalloc.stop()


def test_an_xz_file_that_wants_much_memory_is_refused() -> None:
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": 1 << 30}]
    try:
        packed = lzma.compress(CSV.encode(), filters=filters)
    except MemoryError:
        need(None, "this machine has no memory to make such a file: give it 12 GB")

    with pytest.raises(DatasetError, match="damaged"):
        read(packed)


# --- Tables in archives -----------------------------------------------------------------------


@pytest.mark.parametrize("pack", [zipped, tarred, lambda members: gzip.compress(tarred(members))])
@pytest.mark.parametrize(
    ("name", "content", "form"),
    [
        ("IMDB Dataset.csv", CSV, "csv"),
        ("folder/reviews.csv.gz", gzip.compress(CSV.encode()), "csv"),
        ("data/train-0.parquet", parquet({"review": [r[0] for r in REVIEWS],
                                          "sentiment": [r[1] for r in REVIEWS]}), "parquet"),
        ("reviews.xlsx", workbook([("review", "sentiment"), *REVIEWS]), "xlsx"),
    ],
)  # fmt: skip
def test_one_table_in_an_archive(pack, name: str, content: str | bytes, form: str) -> None:
    found, rows = read(pack([("__MACOSX/._x.csv", b"\x00\x05"), (name, content)]), "archive.zip")

    assert found.format == form
    assert [tuple(row.values.values()) for row in rows if isinstance(row, Record)] == REVIEWS
    assert {row.file for row in rows} == {name}
    assert found.notes == []


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_tables_with_the_same_columns_are_one_and_others_are_told(pack) -> None:
    members = [
        (".DS_Store", b"\x00\x01"), ("README.md", "# Reviews"), ("test.csv", TEST),
        ("a/train.csv", CSV), ("a/valid.csv", "sentiment,review\npositive,One more\n"),
        ("sample_submission.csv", "id,sentiment\n1,0\n"), ("notes.txt", "Nothing here\n"),
    ]  # fmt: skip

    found, rows = read(pack(members), "archive.zip")

    assert found.names == ["review", "sentiment"]
    assert len(rows) == 61
    assert rows[-1] == Record(2, {"sentiment": "positive", "review": "One more"}, "a/valid.csv")
    assert found.notes == [
        '2 files with the same columns were read together: "a/train.csv", "a/valid.csv".',
        '2 files were passed over in the archive: "test.csv", "notes.txt".',
    ]


def test_a_table_without_labels_is_read_where_there_is_no_other() -> None:
    found, rows = read(zipped([("test.csv", TEST)]))

    assert found.names == ["id", "review"]
    assert len(rows) == 60


def test_names_of_very_many_files_are_told_as_they_come() -> None:
    members = [(f"{1 + 4 * (i % 2)} stars/{i}.txt", f"Take {i}") for i in range(MOST_NAMES + 2)]

    found, rows = read(zipped(members, zipfile.ZIP_STORED))

    assert found.names == ["text", "label"]
    assert len(rows) == len(members)
    assert rows[-1] == Record(1, {"text": f"Take {MOST_NAMES + 1}", "label": "5"}, members[-1][0])


def test_links_and_paths_lead_nowhere() -> None:
    packed = tarred([("../../etc/reviews.csv", CSV)], [("a.csv", "/etc/passwd")])

    found, rows = read(packed)

    assert len(rows) == 60
    assert found.notes == ["1 link in the archive was passed over."]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (zipped([]), "holds no table of reviews, no files"),
        (zipped([("a.png", b"\x89PNG"), ("b.txt", "hello")]), 'reviews, only "b.txt"'),
        (zipped([("a.zip", zipped([("a.csv", CSV)]))]), "an archive in the archive"),
        (tarred([("a.zip", zipped([("a.csv", CSV)]))]), "an archive in the archive"),
        (zipped([("a.tar", tarred([("a.csv", CSV)]))]), "an archive in the archive"),
        (zipped([("a.csv", CSV)])[:-30], "archive is damaged"),
        (tarred([("a.csv", CSV * 9)])[:9_000], "archive is damaged"),
        (zipped([("word/document.xml", "<x/>")]), "Word document"),
        (zipped([("content.xml", "<x/>")]), "OpenDocument"),
    ],
)  # fmt: skip
def test_archives_without_a_dataset_are_refused(content: bytes, says: str) -> None:
    with pytest.raises(DatasetError, match=says):
        read(content, "archive.zip")


def test_an_encrypted_member_is_refused() -> None:
    packed = bytearray(zipped([("a.csv", CSV)]))
    packed[6] |= 1
    packed[packed.rindex(b"PK\x01\x02") + 8] |= 1

    with pytest.raises(DatasetError, match=r'"a\.csv" in the archive is encrypted'):
        read(bytes(packed))


def test_the_members_of_an_archive_are_bounded_together() -> None:
    packed = zipped([("a.csv", CSV), ("b.csv", CSV)])
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        sizes = [entry.file_size for entry in archive.infolist()]

    assert sizes == [len(CSV)] * 2
    left = [member.content.most for member in packed_members(packed)]
    assert left[0] - left[1] == len(CSV)


def packed_members(packed: bytes):
    from sentiment.dataset.tables.archives import Zip, zip_file

    for member in Zip(zip_file(BytesIO(packed))).members():
        while member.content.read():
            pass
        yield member


# --- Labels in names --------------------------------------------------------------------------

ACLIMDB = [
    ("aclImdb/README", "Large Movie Review Dataset"), ("aclImdb/imdb.vocab", "the\nand\n"),
    ("aclImdb/imdbEr.txt", "0.04\n1.2\n"), ("aclImdb/train/labeledBow.feat", "9 0:9 1:1\n"),
    *((f"aclImdb/{('test', 'train')[i % 4 // 2]}/{label[:3]}/{i}_{9 if label[0] == 'p' else 2}.txt",
       text) for i, (text, label) in enumerate(REVIEWS)),
    *((f"aclImdb/train/unsup/{i}_0.txt", f"{text} Unseen.")
      for i, (text, _) in enumerate(REVIEWS[:5])),
    ("aclImdb/train/urls_neg.txt", "http://x\n"),
]  # fmt: skip


@pytest.mark.parametrize("pack", [zipped, lambda members: gzip.compress(tarred(members))])
def test_folders_named_after_labels_are_read_as_aclimdb_has_them(pack) -> None:
    found, rows = read(pack(ACLIMDB), "aclImdb_v1.tar.gz")

    assert found.format == "folders"
    assert found.names == ["text", "label", "rating"]
    assert rows[1] == Record(
        1, {"text": REVIEWS[1][0], "label": "pos", "rating": "9"}, "aclImdb/test/pos/1_9.txt"
    )
    assert len(rows) == 65
    assert [row.values["label"] for row in rows if isinstance(row, Record)][60:] == ["unsup"] * 5
    assert "rating" not in rows[-1].values
    assert found.notes == [
        "The folders were read together and split anew: 30 in test, 35 in train.",
        "5 reviews lie in a folder without a label (unsup).",
        '2 files were passed over in the archive: "aclImdb/imdbEr.txt", '
        '"aclImdb/train/urls_neg.t…".',
    ]


@pytest.mark.parametrize("pack", [zipped, tarred])
@pytest.mark.parametrize(
    "names",
    [("rt-polarity.neg", "rt-polarity.pos"), ("x/neg.txt", "x/pos.txt"), ("negative", "positive")],
)
def test_files_named_after_labels_have_a_text_on_each_line(pack, names: tuple[str, str]) -> None:
    parts = [
        "".join(f"{text}\n" for text, label in REVIEWS if label[:3] == part)
        for part in ("neg", "pos")
    ]
    packed = pack(list(zip(names, [parts[0].encode("cp1252"), parts[1]], strict=True)))

    found, rows = read(packed)

    assert found.names == ["text", "label"]
    assert [row.line for row in rows] == [*range(1, 31), *range(1, 31)]
    assert sorted(tuple(row.values.values()) for row in rows if isinstance(row, Record)) == sorted(
        (text, label[: 3 if "neg" in names[0] and names[0] != "negative" else 8])
        for text, label in REVIEWS
    )


@pytest.mark.parametrize("name", ["rt-polarity.pos", "pos.txt", "folder/positive"])
def test_one_file_named_after_a_label_is_refused_with_a_way_out(name: str) -> None:
    texts = "".join(f"{text}\n" for text, _ in REVIEWS)

    with pytest.raises(DatasetError, match=r"into one \.zip or \.tar\.gz"):
        table(name, BytesIO(texts.encode()))


def test_a_text_that_is_too_long_costs_only_itself() -> None:
    packed = zipped([*ACLIMDB, ("aclImdb/train/pos/999_9.txt", "x" * 1_000_001)])

    _, rows = read(packed)

    assert [row.file for row in rows if isinstance(row, LeftOut)] == ["aclImdb/train/pos/999_9.txt"]


def test_what_has_to_be_unpacked_to_disk_takes_no_more_of_it_than_it_may() -> None:
    book = workbook([("review", "sentiment"), *REVIEWS])

    for content in (gzip.compress(book), zipped([("a.xlsx", book)]), tarred([("a.xlsx", book)])):
        assert len(list(table("a", BytesIO(content), len(book)).records)) == 60
        with pytest.raises(Unread):
            table("a", BytesIO(content), len(book) - 1)
