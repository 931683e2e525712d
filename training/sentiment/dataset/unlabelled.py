"""Files of reviews without labels become rows on disk: what they say, and what each is about."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import chain
from pathlib import Path

import numpy as np

from sentiment.dataset.choosing import choose_text
from sentiment.dataset.columns import first
from sentiment.dataset.files import DatasetError
from sentiment.dataset.finding import group_of, text_of
from sentiment.dataset.found import Found
from sentiment.dataset.lexicon import numbered
from sentiment.dataset.records import Record
from sentiment.dataset.rows import Rows, Writer
from sentiment.dataset.said import Said
from sentiment.dataset.sample import columns_of, first_rows, profile
from sentiment.dataset.tables.table import table
from sentiment.processors import processors


def read_unlabelled(files: Sequence[Path], folder: Path) -> Rows:
    """Every review of these files once; raises DatasetError where a file can't be used."""
    folder.mkdir(parents=True, exist_ok=True)
    texts = (text for path in files for text in _texts(path))
    found = Found()
    with (
        Writer(folder) as writer,
        closing(numbered(texts, writer.lexicon, processors())) as reviews,
    ):
        for group, review in reviews:
            if review.numbers:
                found.fingerprints.append(review.fingerprint)
                writer.add(review._replace(text=""), group)
        found.kept.extend(np.sort(np.unique(found.fingerprints, return_index=True)[1]))
        rows = writer.rows(found)
    if not len(rows):
        raise DatasetError("There are no reviews in these files.")
    return rows


def _texts(path: Path) -> Iterator[tuple[str | None, str]]:
    """Group and review of each row of a file that has one."""
    with path.open("rb") as stream:
        content = table(path.name, stream)
        begun, _ = first_rows(content.records)
        rows = [row for row in begun if isinstance(row, Record)]
        columns = columns_of(content.names, rows)
        review = choose_text([profile(column, rows) for column in columns], Said(), [])
        called = first("group", content.names)
        about = next((column for column in columns if column.path == (called,)), None)
        for row in chain(begun, content.records):
            if isinstance(row, Record) and (text := text_of(row, review)):
                yield group_of(row, about), text
