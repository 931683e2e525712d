"""Files by their format and packing: Parquet, Excel, JSON, fastText, archives, folders."""

import bz2
import gzip
import io
import json
import lzma
import tarfile
import zipfile
from collections.abc import Callable

import openpyxl
import pyarrow as pa
import pyarrow.parquet
import zstandard

from tests.unit.sentiment.dataset.forms import (
    REVIEWS,
    WORDS,
    Form,
    Refused,
    Taken,
    csv_of,
    jsonl_of,
    scaled,
    two,
)

Content = Callable[[], bytes]
GOOD = two("positive", "negative")
LINES = csv_of("review,sentiment", GOOD)
KEPT = Taken("review", "sentiment", 300)
LABELLED = Taken("text", "label", 300)
OBJECTS = [{"text": t, "label": int(g)} for t, g in REVIEWS]
STARS = scaled([4.0, 5.0], [1.0, 2.0], [3.0])
TASKS = [
    {
        "id": i,
        "annotations": [
            {
                "id": i,
                "completed_by": 1,
                "was_cancelled": False,
                "result": [
                    {
                        "value": {"choices": [WORDS[g].capitalize()]},
                        "from_name": "sentiment",
                        "to_name": "text",
                        "type": "choices",
                    }
                ],
            }
        ],
        "data": {"text": t},
        "meta": {},
        "project": 1,
    }
    for i, (t, g) in enumerate(REVIEWS)
]


def json_of(document: object, indent: int | None = None) -> Content:
    return lambda: json.dumps(document, indent=indent).encode()


def zip_of(members: dict[str, Content]) -> Content:
    def content() -> bytes:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, member in members.items():
                archive.writestr(name, member())
        return packed.getvalue()

    return content


def tar_of(members: dict[str, Content]) -> Content:
    def content() -> bytes:
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w:gz") as archive:
            for name, member in members.items():
                data = member()
                info = tarfile.TarInfo(name)
                info.size = len(data)
                archive.addfile(info, io.BytesIO(data))
        return packed.getvalue()

    return content


def texts_of(pairs: list[tuple[str, str]]) -> dict[str, Content]:
    return {name: (lambda text=text: text.encode()) for name, text in pairs}


def parquet() -> bytes:
    written = io.BytesIO()
    columns = {"text": [t for t, _ in REVIEWS], "label": [int(g) for _, g in REVIEWS]}
    pyarrow.parquet.write_table(pa.table(columns), written)
    return written.getvalue()


def arrow_stream() -> bytes:
    written = io.BytesIO()
    table = pa.table({"text": [t for t, _ in REVIEWS], "label": [int(g) for _, g in REVIEWS]})
    with pa.ipc.new_stream(written, table.schema) as stream:
        stream.write_table(table)
    return written.getvalue()


def workbook() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["review", "sentiment"])
    for row in GOOD:
        sheet.append(list(row))
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


FASTTEXT = "".join(f"__label__{2 if g else 1} {t}\n" for t, g in REVIEWS).encode()
IMDB = texts_of(
    [
        (f"aclImdb/{part}/pos/{i}_9.txt" if g else f"aclImdb/{part}/neg/{i}_2.txt", t)
        for i, (t, g) in enumerate(REVIEWS)
        for part in [("train", "test")[i % 3 == 0]]
    ]
    + [(f"aclImdb/train/unsup/{i}_0.txt", f"{t} And so on.") for i, (t, _) in enumerate(REVIEWS)]
    + [("aclImdb/README", "What this is."), ("aclImdb/imdb.vocab", "the\nand\na\n")]
)
POLARITY = {
    f"rt-polaritydata/rt-polarity.{kind}": (
        lambda good=good: "".join(f"{t}\n" for t, g in REVIEWS if g == good).encode()
    )
    for kind, good in (("pos", True), ("neg", False))
}

FORMS = [
    Form(
        "aclImdb_v1.tar.gz",
        "Stanford's aclImdb: folders by label, ratings in names, and unsup",
        tar_of(IMDB),
        Taken("text", "label", 300, neutral=300),
    ),
    Form(
        "rt-polarity.pos",
        "texts of one label, a line each",
        POLARITY["rt-polaritydata/rt-polarity.pos"],
        Refused("one label only.*into one .zip"),
    ),
    Form("rt-polaritydata.tar.gz", "two files named by their labels", tar_of(POLARITY), LABELLED),
    Form(
        "yelp_academic_dataset_review.json",
        "Yelp's reviews as downloaded",
        jsonl_of(
            [
                {"review_id": f"r{i}", "business_id": f"b{i % 30}", "stars": s, "text": t}
                for i, (t, s) in enumerate(STARS)
            ]
        ),
        Taken("text", "stars", 200, neutral=100, group="business_id"),
    ),
    Form("train.ft.txt", "fastText: __label__2 and the text", lambda: FASTTEXT, LABELLED),
    Form(
        "train.ft.txt.bz2", "the same as on Kaggle, .bz2", lambda: bz2.compress(FASTTEXT), LABELLED
    ),
    Form("train.ft.csv", "fastText renamed", lambda: FASTTEXT, LABELLED),
    Form("train-00000-of-00001.parquet", "Parquet from a hub", parquet, LABELLED),
    Form("parquet_named.csv", "Parquet named .csv", parquet, LABELLED),
    Form("hf_arrow_stream.arrow", "an Arrow stream", arrow_stream, Refused("Arrow")),
    Form("train.json", "a JSON array", json_of(OBJECTS), LABELLED),
    Form(
        "train_data.json",
        "a JSON array under data",
        json_of({"version": 1, "data": OBJECTS}),
        LABELLED,
    ),
    Form(
        "train_columns.json",
        "JSON by columns, as pandas writes it by default",
        json_of(
            {
                "text": {str(i): t for i, (t, _) in enumerate(REVIEWS)},
                "label": {str(i): int(g) for i, (_, g) in enumerate(REVIEWS)},
            }
        ),
        Refused("columns instead of rows.*lines=True"),
    ),
    Form("train_lines.json", "JSON lines named .json", jsonl_of(OBJECTS), LABELLED),
    Form("array_named.jsonl", "a JSON array on one line named .jsonl", json_of(OBJECTS), LABELLED),
    Form(
        "array_pretty_named.jsonl",
        "a JSON array over many lines named .jsonl",
        json_of(OBJECTS, 2),
        LABELLED,
    ),
    Form("json_named.csv", "JSON lines named .csv", jsonl_of(OBJECTS), LABELLED),
    Form("reviews.json", "CSV named .json", LINES, KEPT),
    Form(
        "python_dicts.jsonl",
        "Python's dicts, a line each",
        lambda: "".join(f"{one!r}\n" for one in OBJECTS).encode(),
        LABELLED,
    ),
    Form(
        "utf16.jsonl",
        "PowerShell's UTF-16",
        lambda: jsonl_of(OBJECTS)().decode().encode("utf-16"),
        LABELLED,
    ),
    Form(
        "project-1-at-2024-05-02-10-11-abcdef.json",
        "Label Studio's JSON",
        json_of(TASKS),
        Taken("text", "sentiment", 300),
    ),
    Form(
        "label_studio.jsonl",
        "Label Studio's tasks, a line each",
        jsonl_of(TASKS),
        Taken("text", "sentiment", 300),
    ),
    Form(
        "label_studio_json_min.json",
        "Label Studio's short JSON",
        json_of(
            [
                {"id": i, "text": t, "sentiment": WORDS[g].capitalize(), "annotator": 1}
                for i, (t, g) in enumerate(REVIEWS)
            ]
        ),
        Taken("text", "sentiment", 300),
    ),
    Form(
        "spacy_textcat.jsonl",
        "spaCy's cats: a number for each label",
        jsonl_of(
            [
                {"text": t, "cats": {"POSITIVE": float(g), "NEGATIVE": float(not g)}}
                for t, g in REVIEWS
            ]
        ),
        LABELLED,
    ),
    Form("reviews.xlsx", "an Excel workbook", workbook, KEPT),
    Form("reviews_excel_named.csv", "an Excel workbook named .csv", workbook, KEPT),
    Form(
        "excel_saved_as_html.xls",
        "an .xls file that is HTML",
        lambda: b"<html><body><table><tr><td>review</td></tr></table></body></html>",
        Refused("HTML|web page"),
    ),
    Form("archive.zip", "Kaggle's zip of one CSV", zip_of({"IMDB Dataset.csv": LINES}), KEPT),
    Form(
        "Archiv Mac.zip",
        "a folder zipped on a Mac",
        zip_of(
            {
                "r/.DS_Store": lambda: b"\x00\x01",
                "r/reviews.csv": LINES,
                "__MACOSX/r/._reviews.csv": lambda: b"\x00\x05\x16",
            }
        ),
        KEPT,
    ),
    Form("reviews.csv.gz", "gzip", lambda: gzip.compress(LINES()), KEPT),
    Form("reviews.csv.xz", "xz", lambda: lzma.compress(LINES(), preset=0), KEPT),
    Form("reviews.csv.bz2", "bzip2", lambda: bz2.compress(LINES()), KEPT),
    Form("reviews.csv.zst", "Zstandard", lambda: zstandard.compress(LINES()), KEPT),
    Form("reviews.csv.zip", "zip, as pandas writes it", zip_of({"reviews.csv": LINES}), KEPT),
    Form("reviews.tar.gz", "a tar.gz with one CSV", tar_of({"reviews.csv": LINES}), KEPT),
    Form(
        "truncated.csv.gz",
        "a download that broke off",
        lambda: gzip.compress(LINES())[:-2000],
        Refused("damaged or incomplete"),
    ),
    Form(
        "Home_and_Kitchen_5.json.gz",
        "Amazon 2018 as downloaded",
        lambda: gzip.compress(
            jsonl_of(
                [
                    {"overall": s, "asin": f"B{i % 40}", "reviewText": t, "summary": "So so"}
                    for i, (t, s) in enumerate(STARS)
                ]
            )()
        ),
        Taken("reviewText", "overall", 200, neutral=100, group="asin"),
    ),
    Form("csv_named.csv.gz", "plain CSV named .csv.gz", LINES, KEPT),
    Form(
        "lfs_pointer.csv",
        "a Git LFS pointer",
        lambda: (
            b"version https://git-lfs.github.com/spec/v1\n"
            b"oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\n"
            b"size 12345\n"
        ),
        Refused("Git LFS"),
    ),
    Form(
        "login_page.csv",
        "a login page",
        lambda: b"<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body></body></html>\n",
        Refused("web page|HTML"),
    ),
    Form(
        "s3_error.csv",
        "S3's AccessDenied",
        lambda: (
            b'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code></Error>\n'
        ),
        Refused("XML|AccessDenied"),
    ),
    Form(
        "database.sqlite",
        "Kaggle's database",
        lambda: b"SQLite format 3\x00" + bytes(4096),
        Refused("SQLite"),
    ),
    Form(
        "pdf_named.csv",
        "a PDF named .csv",
        lambda: b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + bytes(2000),
        Refused("PDF"),
    ),
]
