"""Which column says whether a review is positive: by its name, and by what it holds.

Words that mean a sentiment are believed before numbers, a label before a rating, and either before
a column whose name often means something else.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from sentiment.dataset.columns import (
    BETWEEN,
    BLAME,
    OF_GRADES,
    OF_SOMETHING_ELSE,
    OTHER_THINGS,
    PART_OF_ANSWER,
    PART_OF_LABEL,
    PART_OF_RATING,
    PART_OF_WEAK_LABEL,
    PRAISE,
    VOTES,
    Kind,
    has_word,
    is_part,
    nearness,
    plain,
    rank,
)
from sentiment.dataset.files import DatasetError, listed
from sentiment.dataset.label_words import BOOLEANS, NEGATIVE, NOT_LABELLED, POLAR, POSITIVE
from sentiment.dataset.labels import meaning, told_share, unreadable
from sentiment.dataset.named import named
from sentiment.dataset.said import Said, as_options
from sentiment.dataset.sample import Column, Profile
from sentiment.dataset.values import canonical, number_of

TOLD = 0.5  # of the labels have a meaning, in a column that is called so
SURELY_TOLD = 0.9  # in one that is not, or that is only compared
MOST_VALUES = 25  # different ones, in a column that isn't called a label; of stars by halves ten
MOST_RIVALS = 2
MOST_VOTES = 2  # different numbers below "likes": more are counted
CALLED: tuple[Kind, ...] = ("label", "rating", "weak label")
UNNAMED = re.compile(r"column \d+")


class Labels(NamedTuple):
    """The column that the labels are taken from, and others that say one too."""

    column: Column
    is_rating: bool
    rivals: tuple[tuple[Column, bool], ...] = ()  # and whether each is a rating


class _Candidate(NamedTuple):
    profile: Profile
    name: Kind | None  # what it is called: label, rating, weak label
    has_words: bool  # those that mean a sentiment wherever they stand

    @property
    def is_rating(self) -> bool:
        return self.name == "rating"

    def order(self) -> tuple[int, int, int]:
        """The smaller the better; names of a kind by how usual they are."""
        place = rank(self.name, _last(self.profile)) if self.name else None
        by_name = 2 * ("label", "rating", "weak label", None).index(self.name)
        if self.name == "rating" and place is None:
            by_name = 5  # only a part of the name says so
        if self.has_words:
            by_name = -2 if self.name == "label" else -1
        is_constant = len(self.profile.labels) < 2 and self.name is None
        by_part = 1_000 + nearness(_last(self.profile))
        return by_name, int(is_constant), by_part if place is None else place


def choose_labels(
    profiles: Sequence[Profile], names: Sequence[str], said: Said, notes: list[str]
) -> Labels:
    """Choose the column with the labels; raises DatasetError where none can be read as such."""
    if said.label_column:
        return Labels(*_said(profiles, said.label_column))
    parts = _parts(profiles)
    candidates = sorted(
        (one for p in profiles if p not in parts and (one := _candidate(p, said)) is not None),
        key=_Candidate.order,
    )
    readable = [one for one in candidates if _is_readable(one, said)]
    chosen = next((one for one in readable if one.profile.is_filled()), None)
    chosen = chosen or next(iter(readable), None)
    called = [one for one in candidates if one.name in ("label", "rating")]
    if chosen is None and (said.positive or said.negative):  # they may come later, or nowhere
        return choose_labels(profiles, names, replace(said, positive=(), negative=()), notes)
    if chosen is None:
        empty = [one for one in called if not one.profile.labels]
        if not empty and parts:
            raise DatasetError(_in_parts(parts))
        if not empty:
            raise DatasetError(_no_labels(profiles, names, candidates))
        chosen = empty[0]  # nothing stands there in the first rows
    _tell(chosen, called, notes)
    if said.positive or said.negative:
        return Labels(chosen.profile.column, chosen.is_rating)
    rivals = [one for one in readable if one != chosen and _is_rival(one)]
    return Labels(
        chosen.profile.column,
        chosen.is_rating,
        tuple((one.profile.column, one.is_rating) for one in rivals[:MOST_RIVALS]),
    )


def _said(profiles: Sequence[Profile], name: str) -> tuple[Column, bool]:
    column = named("label-column", name, [one.column for one in profiles])
    one = next(one for one in profiles if one.column == column)
    return column, _kind(one) == "rating"


# --- Candidates -------------------------------------------------------------------------------


def _last(one: Profile) -> str:
    return one.column.path[-1]


def _kind(one: Profile) -> Kind | None:
    """What a column is called: label, rating, weak label, or none of them."""
    name = _last(one)
    for kind in CALLED:
        if rank(kind, name) is not None:
            return kind
    if is_part(PART_OF_LABEL, name):
        return "label"
    if is_part(f"{PART_OF_RATING} {PART_OF_ANSWER}", name):
        return None if has_word(OF_GRADES, name) and not one.has_letters() else "rating"
    return "weak label" if is_part(PART_OF_WEAK_LABEL, name) else None


def _candidate(one: Profile, said: Said) -> _Candidate | None:
    kind = _kind(one)
    told = one.labels.total() - one.labels[""]
    labelled = sum(n for value, n in one.labels.items() if value and value not in NOT_LABELLED)
    polar = sum(count for value, count in one.labels.items() if value in POLAR)
    meant = {POLAR.get(value) for value in one.labels}
    numbers = sum(number_of(value) is not None for value in one.labels)
    if numbers > MOST_VOTES and plain(_last(one)) in VOTES.split():
        return None
    has_words = (
        labelled > 0
        and polar >= (TOLD if kind else SURELY_TOLD) * labelled
        and bool(meant & {NEGATIVE, POSITIVE})
    )
    if kind or has_words:
        return _Candidate(one, kind, has_words)
    few = told > 0 and told == one.filled and len(one.labels) <= MOST_VALUES
    is_said = bool(said.positive or said.negative) and told_share(one.labels, False, said) >= TOLD
    is_unnamed = UNNAMED.fullmatch(one.name) is not None
    may_be = is_unnamed and (_is_scale(one) or told_share(one.labels, False, said) >= SURELY_TOLD)
    return _Candidate(one, None, False) if few and (is_said or may_be) else None


def _is_scale(one: Profile) -> bool:
    """Whether an unnamed column holds a few small whole numbers, as labels and ratings are."""
    numbers = [number_of(value) for value in one.labels]
    return all(n is not None and n == int(n) and -5 <= n <= 10 for n in numbers)


def _is_readable(one: _Candidate, said: Said) -> bool:
    if said.positive or said.negative:
        listed_values = set(map(canonical, (*said.positive, *said.negative)))
        if not listed_values & set(one.profile.labels):
            return False
    share = told_share(one.profile.labels, one.is_rating, said)
    told = one.profile.labels.total() - one.profile.labels[""]
    if one.name is None and not one.has_words:  # one number alone may be the first half of a file
        return share >= SURELY_TOLD or len(one.profile.labels) == 1
    if share < TOLD and len(one.profile.labels) == 1 and one.name == "label":
        return number_of(next(iter(one.profile.labels))) is not None
    return told > 0 and share >= TOLD


def _is_rival(one: _Candidate) -> bool:
    """Whether it should say the same as the labels: a label or stars, told in a few values."""
    if not one.profile.is_filled() or len(one.profile.labels) > MOST_VALUES:
        return False
    if told_share(one.profile.labels, one.is_rating, Said()) < SURELY_TOLD:
        return False
    if one.has_words:
        return True
    name = one.profile.name
    if has_word(OTHER_THINGS, name) or nearness(name) == OF_SOMETHING_ELSE:
        return False
    if one.is_rating:
        last = _last(one.profile)
        return rank("rating", last) is not None or is_part(PART_OF_RATING, last)
    if UNNAMED.fullmatch(name):
        return True
    return plain(name).startswith(("sentiment", "label", "overall"))


def _parts(profiles: Sequence[Profile]) -> list[Profile]:
    """Columns for a label each, where no single one of them says what every review is."""
    of_numbers = [
        one
        for one in profiles
        if one.is_filled() and all(_is_number(value) for value in one.labels if value)
    ]
    praise, blame, between = (
        [p for p in of_numbers if has_word(words, _last(p)) and not has_word(others, _last(p))]
        for words, others in ((PRAISE, BLAME), (BLAME, PRAISE), (BETWEEN, f"{PRAISE} {BLAME}"))
    )
    if not (praise and blame):
        return []
    ones = _ones(praise[0]) + _ones(blame[0])
    if not between and ones == praise[0].filled == blame[0].filled:
        return []
    return [*blame, *between, *praise]


def _in_parts(parts: Sequence[Profile]) -> str:
    return (
        f"The labels stand in several columns, {listed([one.name for one in parts])}, and none of"
        " them says alone what a review is: make one column of them, named label, with positive,"
        " negative or neutral for each review."
    )


def _is_number(value: str) -> bool:
    return value in BOOLEANS or number_of(value) is not None


def _ones(one: Profile) -> int:
    return sum(n for value, n in one.labels.items() if value in ("true", "yes", "1"))


# --- What is told -----------------------------------------------------------------------------


def _tell(chosen: _Candidate, called: Sequence[_Candidate], notes: list[str]) -> None:
    better = [one for one in called if one.order() < chosen.order()]
    if better and better[0].profile.labels:
        notes.append(
            f"The labels were taken from column {listed([chosen.profile.name])}: those in"
            f" {listed([better[0].profile.name])} are no sentiment"
            f" ({listed(better[0].profile.examples(), 3)})."
        )
    elif chosen.name is None or chosen.name == "weak label":
        notes.append(f"The labels were taken from column {listed([chosen.profile.name])}.")


def _no_labels(
    profiles: Sequence[Profile], names: Sequence[str], candidates: Sequence[_Candidate]
) -> str:
    for one in candidates:
        if one.profile.labels.total() > one.profile.labels[""]:
            try:
                meaning(one.profile.labels, one.profile.name, one.is_rating)
            except DatasetError as error:
                return str(error)
            return unreadable(one.profile.labels, one.profile.name)
    few = [one.name for one in profiles if 1 < len(one.labels) <= MOST_VALUES and one.is_filled()]
    example = as_options(label_column=few[0] if few else "name of the column")
    return (
        f"There is no column with the labels among {listed(names)}: add one named label with"
        " positive or negative for each review, or one named rating with 1 to 5 or 1 to 10."
        f" If it has another name, say which when you drop the file: {example}."
    )
