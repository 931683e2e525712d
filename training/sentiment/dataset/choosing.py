"""Which columns are meant: a name proposes, what stands below it decides.

Everything is decided on the first rows, and told where it wasn't obvious.
"""

from collections.abc import Sequence
from typing import NamedTuple

from sentiment.dataset.choosing_labels import Labels, choose_labels
from sentiment.dataset.columns import (
    OF_SOMETHING_ELSE,
    OTHER_TEXTS,
    PART_OF_TEXT,
    are_halves,
    first,
    has_word,
    is_part,
    is_weak_text,
    nearness,
    rank,
)
from sentiment.dataset.files import DatasetError, listed
from sentiment.dataset.named import check_apart, named, with_said
from sentiment.dataset.one_hot import one_hot
from sentiment.dataset.records import Record
from sentiment.dataset.said import Said, as_options
from sentiment.dataset.sample import Column, Profile, columns_of, profile

MUCH_LONGER = 2  # times as many words: reads more like reviews than what is called a summary
LEAST_HALF = 1.5  # words on average, of what was liked or was not: fewer are labels
LEAST_WORDS = 3  # on average, where no name says that it is a text


class Columns(NamedTuple):
    """The columns in use; `rivals` say a label too, and are compared with the one that counts."""

    text: Column
    labels: Labels
    group: Column | None
    notes: list[str]

    @property
    def label(self) -> Column:
        """The column that the labels are taken from."""
        return self.labels.column

    def used(self) -> dict[str, str | None]:
        """Which columns were taken for what, by their names."""
        used = {
            "text": self.text.name,
            "label": self.label.name,
            "group": self.group.name if self.group else None,
        }
        return used | ({"rating": self.label.name} if self.labels.is_rating else {})


def choose(names: Sequence[str], rows: Sequence[Record], said: Said) -> Columns:
    """Choose the columns by the first rows; raises DatasetError where text or label is missing."""
    columns = with_said(columns_of(names, rows), names, rows, said)
    profiles = [profile(column, rows) for column in columns]
    notes: list[str] = []
    label = named("label-column", said.label_column, columns) if said.label_column else None
    may_be_texts = [one for one in profiles if one.column != label or one.is_text()]
    text = choose_text(may_be_texts if may_be_texts else profiles, said, notes)
    group = _group(columns, rows, said)
    of_text = next(one for one in profiles if one.column == text)
    check_apart(said, of_text, label, group if said.group_column else None)
    others = [other for other in profiles if other.column != text]
    if not said.label_column:
        together, parts = one_hot(others, rows)
        others = [*together, *(other for other in others if other not in parts)]
    labels = choose_labels(others, [column.name for column in columns], said, notes)
    if group == labels.column and said.group_column:
        check_apart(said, of_text, labels.column, group)
    if group == labels.column or group == text:
        group = None
    return Columns(text, labels, group, notes)


def _group(columns: Sequence[Column], rows: Sequence[Record], said: Said) -> Column | None:
    if said.group_column:
        return named("group-column", said.group_column, columns)
    fit = [column for column in columns if not _holds_objects(column, rows)]
    found = first("group", [column.name for column in fit])
    return next((column for column in fit if column.name == found), None)


def _holds_objects(column: Column, rows: Sequence[Record]) -> bool:
    values = (column.of(row.values) for row in rows)
    return isinstance(next((value for value in values if value is not None), None), dict)


# --- The reviews ------------------------------------------------------------------------------


def choose_text(profiles: Sequence[Profile], said: Said, notes: list[str]) -> Column:
    """Choose the column with the reviews; raises DatasetError where none reads like one."""
    columns = [one.column for one in profiles]
    if said.text_column:
        return named("text-column", said.text_column, columns)
    _refuse_halves(profiles)
    texts = [one for one in profiles if one.is_text()]
    called = _called_text(profiles)
    usual = [one for one in called if not _is_of_other(one)]
    chosen = _of_names(usual, texts) or _by_content(texts)
    chosen = chosen or _of_names(called, [one for one in profiles if one.may_be_text()])
    chosen = chosen or _of_names(called, [one for one in profiles if one.has_letters()])
    if chosen is None and called and not any(one.filled for one in called):
        chosen = called[0]  # nothing stands there in the first rows
    if chosen is None:
        raise DatasetError(_no_text(profiles, called))
    _tell_text(chosen, called, texts, notes)
    return chosen.column


def _called_text(profiles: Sequence[Profile]) -> list[Profile]:
    """Columns called as texts are, the most usual names first, and weak names at the end.

    Behind them stand those that are called by a part of their name and tell of something else.
    """

    def order(one: Profile) -> tuple[int, int, float] | None:
        name = _last(one)
        place = rank("text", name)
        if place is not None:
            return (2 if is_weak_text(name) else 0), 0, place
        if not is_part(PART_OF_TEXT, name):
            return None
        return 3 if _is_of_other(one) else 1, int(nearness(name) == OF_SOMETHING_ELSE), -one.words

    ranked = [(place, one) for one in profiles if (place := order(one)) is not None]
    return [one for _, one in sorted(ranked, key=lambda pair: pair[0])]


def _last(one: Profile) -> str:
    return one.column.path[-1] if len(one.column.path) > 1 else one.name


def _is_of_other(one: Profile) -> bool:
    """Whether a part of its name tells of something that the reviewer did not write."""
    return has_word(OTHER_TEXTS, _last(one)) and rank("text", _last(one)) is None


def _by_length(one: Profile) -> tuple[bool, float]:
    """The larger the better: what tells of something else comes last, then the number of words."""
    return not _is_of_other(one), one.words


def _of_names(called: Sequence[Profile], fit: Sequence[Profile]) -> Profile | None:
    """The first of the called ones that fits, unless only its headline is called so."""
    chosen = next((one for one in called if one in fit), None)
    if chosen is None or not is_weak_text(chosen.name):
        return chosen
    longer = [
        one
        for one in fit
        if one.words > MUCH_LONGER * chosen.words and 2 * one.filled > chosen.filled
    ]
    return max(longer, key=_by_length, default=chosen)


def _by_content(texts: Sequence[Profile]) -> Profile | None:
    fit = [one for one in texts if one.words >= LEAST_WORDS and one.is_filled()]
    return max(fit, key=_by_length, default=None)


def _tell_text(
    chosen: Profile, called: Sequence[Profile], texts: Sequence[Profile], notes: list[str]
) -> None:
    better = called[: called.index(chosen)] if chosen in called else called
    passed_over = [one.name for one in better if not is_weak_text(one.name)]
    other = [one for one in texts if one != chosen and one.words > chosen.words / 2]
    by_part = [
        one for one in called if one in texts and one != chosen and rank("text", _last(one)) is None
    ]
    if passed_over:
        notes.append(
            f"The reviews were taken from column {listed([chosen.name])}:"
            f" there are none in {listed(passed_over)}."
        )
    elif chosen in called and rank("text", _last(chosen)) is None and by_part:
        notes.append(
            f"The reviews were taken from column {listed([chosen.name])}. To choose another, drop"
            f" the file with {as_options(text_column=by_part[0].name)}."
        )
    elif chosen not in called and other:
        notes.append(
            f"The reviews were taken from column {listed([chosen.name])}, which has most words. To"
            f" choose another, drop the file with {as_options(text_column=other[0].name)}."
        )
    elif chosen not in called:
        notes.append(
            f"The reviews were taken from column {listed([chosen.name])},"
            " which reads most like them."
        )


def _refuse_halves(profiles: Sequence[Profile]) -> None:
    """Refuse a table in which praise and blame stand in two columns, and there only."""
    texts = [one for one in profiles if one.may_be_text() and one.is_filled()]
    if any(rank("text", one.name) is not None and not is_weak_text(one.name) for one in texts):
        return
    halves = next(((a, b) for a in texts for b in texts if are_halves(a.name, b.name)), None)
    if halves and all(one.words >= LEAST_HALF for one in halves):
        names = [one.name for one in halves]
        raise DatasetError(
            f"What is good and what is bad stand in two columns, {listed(names)}: make two rows of"
            " each, with a text and a label, or say which column to learn from when you drop the"
            f" file: {as_options(text_column=names[0])}."
        )


def _no_text(profiles: Sequence[Profile], called: Sequence[Profile]) -> str:
    names = [one.name for one in profiles]
    likely = max(profiles, key=lambda one: (one.lettered, one.words), default=None)
    name = called[0].name if called else likely.name if likely else "name of the column"
    example = as_options(text_column=name)
    how = f" If it has another name, say which when you drop the file: {example}."
    if called:
        what = listed(called[0].examples(), 3)
        return (
            f"There are no reviews in column {listed([called[0].name])} ({what}), nor in another of"
            f" {listed(names)}: put the texts into a column named review or text.{how}"
        )
    return (
        f"There is no column with the reviews among {listed(names)}: name it review or text"
        f" (in a CSV file the first line names the columns).{how}"
    )
