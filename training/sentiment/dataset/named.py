"""The columns that an uploader names, wherever in a table or in its objects they are."""

import re
from collections.abc import Sequence

from sentiment.dataset.columns import plain
from sentiment.dataset.files import DatasetError, listed
from sentiment.dataset.records import Record
from sentiment.dataset.said import Said, as_options
from sentiment.dataset.sample import Column, Profile

INDEX = re.compile(r"\[\d*\]|\[\*\]|^\$\.?")  # "reviews[].text", "$.text"


def named(option: str, name: str, columns: Sequence[Column]) -> Column:
    """Find the column that the uploader named; raises DatasetError where there is none."""
    found = _known(name, columns)
    if found is None:
        raise DatasetError(
            f"There is no column {listed([name])}, which {option} names, among"
            f" {listed([column.name for column in columns])}: write it as the file does."
        )
    return found


def with_said(
    columns: list[Column], names: Sequence[str], rows: Sequence[Record], said: Said
) -> list[Column]:
    """Add the columns that are named but aren't looked at: of too many, or too deep in objects."""
    for name in filter(None, (said.text_column, said.label_column, said.group_column)):
        if any(column.name == name for column in columns):
            continue
        for column in (Column(name, (name,)), Column(name, tuple(name.split(".")))):
            is_there = column.path[0] in names and len(column.path) == 1
            if is_there or any(column.of(row.values) is not None for row in rows):
                columns = [*columns, column]
                break
    return columns


def check_apart(said: Said, text: Profile, label: Column | None, group: Column | None) -> None:
    """Raise DatasetError where one column is named for two things, or one without texts."""
    column, name = text.column, listed([text.name])
    if said.text_column and text.filled and not text.texts:
        raise DatasetError(
            f"Column {name}, which text-column names, holds no texts"
            f" ({listed(text.examples(), 3)}): name the one with the reviews."
        )
    if label == column:
        remedy = as_options(text_column="name of the column") if not said.text_column else (
            as_options(label_column="name of the column")
        )  # fmt: skip
        raise DatasetError(
            f"Column {name}, which label-column names, holds the reviews themselves: name the one"
            f" with their labels, or, if the reviews are in another one, that one ({remedy})."
        )
    if group is not None and group in (column, label):
        what = "the reviews" if group == column else "the labels"
        raise DatasetError(
            f"Column {listed([group.name])}, which group-column names, holds {what}: name one that"
            " says what a review is about, or leave it out."
        )


def _known(name: str, columns: Sequence[Column]) -> Column | None:
    """A column of that name; of objects, also by what comes last of it, if only one is called so.

    The names of arrays around the rows may stand before it.
    """
    parts = [part for part in INDEX.sub("", name).split(".") if part]
    shorter = [".".join(parts[start:]) for start in range(len(parts))]
    for one in dict.fromkeys((name, *shorter)):
        for spelled in (str, plain):
            for column in columns:
                if spelled(column.name) == spelled(one) != "":
                    return column
    last = [column for column in columns if column.path[-1] == name]
    return last[0] if len(last) == 1 else None
