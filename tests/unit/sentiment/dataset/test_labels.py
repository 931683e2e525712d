from collections import Counter
from typing import Any

import pytest

from sentiment.dataset.files import DatasetError
from sentiment.dataset.labels import NEGATIVE, NEUTRAL, POSITIVE, canonical, meaning


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (" Positive ", "positive"),
        ("__label__NEG", "neg"),
        ("__label__2", "2"),
        ("very_positive", "very positive"),
        ("1.0", "1"),
        (1.0, "1"),
        (True, "true"),
        (-1, "-1"),
        ("+", "+"),
        ("4.50", "4.5"),
        *(("", ""), (None, ""), ("NaN", ""), (float("nan"), ""), ([1], ""), ({}, "")),
        ("x" * 1000, "x" * 100),
    ],
)  # fmt: skip
def test_a_label_has_one_spelling(value: Any, expected: str) -> None:
    assert canonical(value) == expected


def meant(values: str, *, is_rating: bool = False) -> dict[str, int]:
    return meaning(Counter(values.split() * 5), "y", is_rating).labels


@pytest.mark.parametrize(
    ("negative", "positive"),
    [
        ("negative", "positive"), ("neg", "pos"), ("bad", "good"), ("false", "true"), ("no", "yes"),
        ("-", "+"), ("0", "1"), ("-1", "1"), ("1", "2"), ("0", "4"), ("1", "5"), ("3", "7.5"),
    ],
)  # fmt: skip
def test_two_values_are_a_pair(negative: str, positive: str) -> None:
    assert meant(f"{positive} {negative}") == {negative: 0, positive: 1}


@pytest.mark.parametrize(
    ("values", "is_rating", "expected"),
    [
        ("1 2 3 4 5", True, {"1": 0, "2": 0, "3": NEUTRAL, "4": 1, "5": 1}),
        ("1 2 3 4 5", False, {"1": 0, "2": 0, "3": NEUTRAL, "4": 1, "5": 1}),
        ("0.5 2.5 3.5 4.5", True, {"0.5": 0, "2.5": NEUTRAL, "3.5": NEUTRAL, "4.5": 1}),
        ("0 4 6", True, {"0": 0, "4": 0, "6": NEUTRAL}),  # of 1 to 10
        ("1 4 5 6 7 10", True, {"1": 0, "4": 0, "5": NEUTRAL, "6": NEUTRAL, "7": 1, "10": 1}),
        ("4 5", True, {"4": 1, "5": 1}),
        ("1 2", True, {"1": 0, "2": 0}),
        ("0 1", True, {"0": 0, "1": 1}),
        ("0 1 2 3 4", False, {"0": 0, "1": 0, "2": NEUTRAL, "3": 1, "4": 1}),
        ("0 2 4", False, {"0": 0, "2": NEUTRAL, "4": 1}),
        ("0 1 2 3 4", True, {"0": 0, "1": 0, "2": 0, "3": NEUTRAL, "4": 1}),  # of stars
        ("1 2 3 4", False, {"1": 0, "2": 0, "3": NEUTRAL, "4": 1}),  # of 1 to 5
        ("-1 0 1", False, {"-1": 0, "0": NEUTRAL, "1": 1}),
        ("-2 -1 1 2", False, {"-2": 0, "-1": 0, "1": 1, "2": 1}),
        ("-0.5 0 0.5", False, {"-0.5": 0, "0": NEUTRAL, "0.5": 1}),
        ("1", False, {"1": 1}),
        ("pos neg 1 0 7", False, {"pos": 1, "neg": 0, "1": 1, "0": 0}),
        ("pos neg 1 -1", False, {"pos": 1, "neg": 0, "1": 1, "-1": 0}),
        ("pos neg neutral odd", False, {"pos": 1, "neg": 0, "neutral": NEUTRAL}),
    ],
)  # fmt: skip
def test_more_values_are_a_scale(values: str, is_rating: bool, expected: dict[str, int]) -> None:
    assert meant(values, is_rating=is_rating) == expected


@pytest.mark.parametrize(
    ("highest", "is_rating", "note"),
    [
        (4, False, "0 and 1 were read as negative, 3 and 4 as positive"),
        (5, True, "ratings up to 2 were read as negative, from 4 as positive"),
        (10, True, "ratings up to 4 were read as negative, from 7 as positive"),
    ],
)
def test_a_scale_begins_at_zero_and_ends_at_its_highest(
    highest: int, is_rating: bool, note: str
) -> None:
    values = {str(value): 900 for value in range(highest + 1)}

    told = meaning(Counter(values | {f"{highest + 1}": 1, "-1": 1}), "y", is_rating)

    assert told.labels.keys() == values.keys()
    assert told.note == f'In column "y" {note}.'


def test_a_single_number_is_no_pair() -> None:
    assert meaning(Counter({"1": 9}), "y", False) == ({"1": POSITIVE}, None)
    assert (NEGATIVE, POSITIVE, NEUTRAL) == (0, 1, -1)


def test_a_stray_number_does_not_change_the_scale() -> None:
    labels = meaning(Counter({"0": 300, "1": 300, "1987": 1, "2": 1}), "y", False).labels

    assert labels == {"0": 0, "1": 1}


@pytest.mark.parametrize(
    ("counts", "is_scale"),
    [
        ({"1": 9, "5": 9, "10": 1}, False),
        ({"1": 9, "5": 9, "10": 2}, True),
        ({"1": 498, "5": 497, "10": 10}, False),
        ({"1": 495, "5": 495, "10": 10}, True),
    ],
)
def test_a_number_counts_if_it_stands_twice_and_in_a_hundredth_of_the_rows(
    counts: dict[str, int], is_scale: bool
) -> None:
    labels = meaning(Counter(counts), "y", False).labels

    assert labels == ({"1": 0, "5": NEUTRAL, "10": 1} if is_scale else {"1": 0, "5": 1})


@pytest.mark.parametrize(
    "values", ["0 1 2", "1 2 3", "1 5 11", "10 50 100", "ham spam", "sports politics", ""]
)
def test_what_nobody_can_tell_is_refused_with_the_values(values: str) -> None:
    with pytest.raises(DatasetError, match='"y"') as refusal:
        meant(values)

    assert all(f'"{value}"' in str(refusal.value) for value in values.split())
    assert "positive or negative" in str(refusal.value)
