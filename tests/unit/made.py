"""Small datasets made by hand, for the tests that read them."""

import csv
import gzip
import io
import json
import lzma
from array import array
from collections import Counter, defaultdict
from collections.abc import Callable
from functools import cache, partial
from typing import Any

from sentiment.dataset.found import Found
from sentiment.dataset.lexicon import Review
from sentiment.dataset.rows import Row, Rows, Writer
from sentiment.learning.lessons import Lesson, lessons

GOOD, BAD = "positive", "negative"
PACKINGS: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    ".gz": gzip.compress,
    ".xz": partial(lzma.compress, preset=0),
}


def rows(each: int = 20) -> list[tuple[str, str]]:
    return [(f"Film {i} is {label}ly made.", label) for i in range(each) for label in (GOOD, BAD)]


def csv_text(
    table: list[tuple[str, ...]] | list[tuple[str, str]], header: str = "text,label"
) -> str:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";" if ";" in header else "\t" if "\t" in header else ",")
    writer.writerows(table)
    return f"{header}\r\n{text.getvalue()}"


def json_text(table: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(row) + "\n" for row in table)


def json_rows(each: int = 20, **more: Any) -> list[dict[str, Any]]:
    return [{"text": text, "label": label, **more} for text, label in rows(each)]


def as_rows(table: list[Row]) -> Rows:
    """The same as a dataset that was read."""
    found = Found()
    with Writer() as writer:
        for row in table:
            numbers = array("I", map(writer.lexicon.__getitem__, row.words))
            writer.add(Review(row.text, numbers, row.fingerprint), row.group)
            found.lines.append(row.line)
            found.fingerprints.append(row.fingerprint)
            found.labels.append(row.label)
        found.kept.extend(range(len(table)))
        return writer.rows(found)


@cache
def all_lessons() -> list[Lesson]:
    """Every lesson of seed 1: a second of work, once a process."""
    return lessons(lambda _: True, 1)


def alike(texts: dict[str, set[tuple[str, str]]], share: float) -> list[tuple[str, str]]:
    """Texts that have such a share of their pairs of words in common."""
    holders: dict[tuple[str, str], list[str]] = defaultdict(list)
    common = Counter[tuple[str, str]]()
    for text, pairs in texts.items():
        for pair in pairs:
            common.update((other, text) for other in holders[pair])
            holders[pair].append(text)
    return [
        (one, other)
        for (one, other), number in common.items()
        if number >= share * max(len(texts[one]), len(texts[other]))
    ]
