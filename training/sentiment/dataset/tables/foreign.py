"""Files that no dataset can be read from, recognised by what they begin with."""

import re

from sentiment.dataset.files import DatasetError, shown

AS_TABLE = "save the dataset as CSV, JSON lines, Parquet or Excel (.xlsx) and upload that"
MAGIC = (  # what a file begins with, what it is, and what to do about it
    (b"%PDF", "a PDF file", AS_TABLE),
    (b"SQLite format 3\x00", "an SQLite database", "export its table as CSV and upload that"),
    (b"ARROW1", "an Arrow (Feather) file", "save the dataset as Parquet or CSV and upload that"),
    (b"FEA1", "a Feather file", "save the dataset as Parquet or CSV and upload that"),
    (b"\xff\xff\xff\xff", "an Arrow stream", "save the dataset as Parquet or CSV and upload that"),
    (b"\x89HDF", "an HDF5 file", AS_TABLE),
    (b"\x93NUMPY", "a NumPy array", AS_TABLE),
    (b"Obj\x01", "an Avro file", AS_TABLE),
    (b"ORC", "an ORC file", AS_TABLE),
    (b"Rar!\x1a\x07", "a RAR archive", "pack the file as .zip or .tar.gz and upload that"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", "pack the file as .zip or .tar.gz and upload that"),
    (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "a file of an old Microsoft Office (.xls, .doc)",
        "open it, save it as .xlsx or CSV and upload that",
    ),
    (b"{\\rtf", "a rich text document", AS_TABLE),
    (b"\x89PNG", "a picture", AS_TABLE),
    (b"\xff\xd8\xff", "a picture", AS_TABLE),
    (b"GIF8", "a picture", AS_TABLE),
    (b"\x7fELF", "a program", AS_TABLE),
    (b"\x04\x22\x4d\x18", "compressed with LZ4", "compress it with gzip, xz or Zstandard instead"),
    (
        b"\x1f\x9d",
        "compressed with compress (.Z)",
        "compress it with gzip, xz or Zstandard instead",
    ),
    (b"RDX", "an R data file", AS_TABLE),
)
PICKLE = re.compile(rb"\x80[\x02-\x05](\x95|[c}\]\(q])")
SQL = re.compile(
    rb"(?:\s|--[^\n]*\n|/\*.*?\*/;?|#[^\n]*\n|set [^;\n]{1,200};|use [^;\n]{1,200};|begin[^;\n]*;"
    rb"|pragma [^;\n]{1,200};|drop table [^;]{1,200};|lock tables [^;]{1,200};)*"
    rb"(?:create (?:table|database|schema)|insert into|copy [\w.\"]+ \()",
    re.DOTALL,
)
LFS = b"version https://git-lfs.github.com/spec/"
BINARY = bytes(range(1, 9)) + bytes(range(14, 27)) + bytes(range(28, 32))  # no text has these


def check(head: bytes) -> None:
    """Raise DatasetError for content that is known to be no dataset, with what to do about it."""
    for magic, what, remedy in MAGIC:
        if head.startswith(magic):
            raise DatasetError(f"The content is {what}: {remedy}.")
    if PICKLE.match(head):
        raise DatasetError(f"The content is a pickled Python object: {AS_TABLE}.")
    start = head[:4096].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if start.startswith(LFS):
        raise DatasetError(
            "The content is a Git LFS pointer, which stands for the dataset:"
            " fetch the file itself with git lfs pull and upload that."
        )
    if start.startswith((b"<!doctype html", b"<html", b"<head")) or (
        start.startswith(b"<!--") and b"<html" in start
    ):
        raise DatasetError(
            "The content is a web page (HTML), such as of a login or a table saved from a browser:"
            f" download the file itself, or {AS_TABLE}."
        )
    if start.startswith(b"<?xml") or re.match(rb"<([\w:]+)[^<>]*>\s*<[\w:]+", start):
        code = re.search(rb"<code>([^<]{1,60})</code>", head[:4096], re.IGNORECASE)
        what = f", with the error {shown(code[1].decode('utf-8', 'replace'))}" if code else ""
        raise DatasetError(f"The content is an XML document{what}: {AS_TABLE}.")


def check_text(head: bytes) -> None:
    """Raise DatasetError for what is no text: it has characters that none has."""
    odd = len(head) - len(head.translate(None, BINARY))
    if SQL.match(head[:4096].removeprefix(b"\xef\xbb\xbf").lower()):
        raise DatasetError(
            "The content is an SQL dump: load it into a database, export its table of reviews as"
            " CSV and upload that."
        )
    nul = head.count(0)
    if odd > 0.02 * len(head) or nul > 0.1 * len(head) or (nul and odd + nul > 0.02 * len(head)):
        raise DatasetError(f"The content is binary data, not text: {AS_TABLE}.")
