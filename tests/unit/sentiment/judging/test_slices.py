"""Accuracy by length and by group."""

import numpy as np

from sentiment.dataset.rows import Row
from sentiment.judging.slices import by_group, by_length
from tests.unit.made import as_rows


def rows_of(lengths: list[int], groups: list[str | None]) -> tuple:
    """Reviews of these lengths; every other one is answered rightly, the baseline's are wrong."""
    made = [
        Row("", ("x",) * length, 0, group, line, line)
        for line, (length, group) in enumerate(zip(lengths, groups, strict=True))
    ]
    right = np.arange(len(made)) % 2 == 0
    return as_rows(made), right, np.zeros(len(made), np.bool_)


def test_slices_of_about_equally_many_reviews_go_from_short_to_long():
    found = by_length(*rows_of(list(range(1, 101)), [None] * 100))

    assert [one["what"] for one in found] == [
        "1 to 20 words",
        "21 to 40 words",
        "41 to 60 words",
        "61 to 80 words",
        "81 to 100 words",
    ]
    assert [one["reviews"] for one in found] == [20] * 5
    assert {one["accuracy"] for one in found} == {0.5}
    assert {one["baseline_accuracy"] for one in found} == {0.0}


def test_few_reviews_make_few_slices():
    assert [one["what"] for one in by_length(*rows_of([3, 9, 5], [None] * 3))] == ["3 to 9 words"]
    assert [one["what"] for one in by_length(*rows_of([7] * 60, [None] * 60))] == ["7 words"]


def test_groups_large_enough_are_told_the_worst_first():
    groups = ["good"] * 20 + ["bad"] * 40 + ["small"] * 19 + [None] * 30
    test, _, baseline_right = rows_of([5] * len(groups), groups)
    right = np.array([group != "bad" for group in groups])

    found = by_group(test, right, baseline_right)

    assert [(one["what"], one["reviews"], one["accuracy"]) for one in found] == [
        ("bad", 40, 0.0),
        ("good", 20, 1.0),
    ]
    assert by_group(*rows_of([5] * 30, [None] * 30)) == []
