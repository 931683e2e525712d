import random
from itertools import chain

import numpy as np
import pytest

from sentiment.dataset.files import DatasetError
from sentiment.dataset.rows import Row
from sentiment.dataset.split import Split, order_of_both, split
from tests.unit.made import as_rows


def row(number: int, label: int, group: str | None = None) -> Row:
    return Row(f"review {number}", ("review", str(number)), label, group, number, number * 2**40)


def reviews(count: int, positive: float = 0.5) -> list[Row]:
    return [row(number, int(number < count * positive)) for number in range(count)]


def grouped(sizes: list[int], *, pure: bool = False) -> list[Row]:
    """Reviews in groups of these sizes; where pure, all of a group have one label."""
    return [
        row(1000 * group + number, (group if pure else number) % 2, f"film {group}")
        for group, size in enumerate(sizes)
        for number in range(size)
    ]


def parted(rows: list[Row], seed: int) -> Split:
    return split(as_rows(rows), seed)


def parts(found: Split) -> list[list[int]]:
    return [part.tolist() for part in (found.train, found.validation, found.test)]


def shares(rows: list[Row], found: Split, label: int) -> list[float]:
    total = sum(row.label == label for row in rows)
    return [sum(rows[index].label == label for index in part) / total for part in parts(found)]


@pytest.mark.parametrize("positive", [0.5, 0.2, 0.9])
def test_each_label_is_parted_alike(positive: float) -> None:
    rows = reviews(1000, positive)

    found = parted(rows, seed=1)

    assert sorted(chain(*parts(found))) == list(range(1000))
    assert found.held_out_by == "review"
    for label in (0, 1):
        assert shares(rows, found, label) == pytest.approx([0.69, 0.1, 0.21], abs=0.01)


def test_many_rows_need_no_larger_a_validation_part() -> None:
    found = parted(reviews(25_000), seed=1)

    assert len(found.validation) == pytest.approx(1_000, abs=2)
    assert len(found.test) > 5_000


@pytest.mark.parametrize("rows", [reviews(200), grouped([7] * 40), grouped([5] * 40, pure=True)])
def test_neither_chance_nor_the_order_of_rows_plays_a_part(rows: list[Row]) -> None:
    shuffled = random.Random(2).sample(rows, len(rows))

    one, other = parted(rows, seed=1), parted(shuffled, seed=1)

    for part, again in zip(parts(one), parts(other), strict=True):
        assert {rows[index] for index in part} == {shuffled[index] for index in again}
        assert part == sorted(part)
    assert parts(parted(rows, seed=1)) == parts(one)
    assert parts(parted(rows, seed=2)) != parts(one)


def test_a_group_never_straddles_two_parts() -> None:
    chance = random.Random(4)
    rows = grouped([chance.randrange(1, 31) for _ in range(300)])
    rows += [row(number, number % 2) for number in range(10**6, 10**6 + 200)]  # of no group

    found = parted(rows, seed=1)

    films = [{rows[index].group for index in part} - {None} for part in parts(found)]
    assert sum(map(len, films)) == 300
    assert found.held_out_by == "group"
    for label in (0, 1):
        assert shares(rows, found, label) == pytest.approx([0.69, 0.1, 0.21], abs=0.02)


def test_large_and_small_groups_are_in_every_part() -> None:
    rows = grouped([40] * 20 + [2] * 200)

    found = parted(rows, seed=1)

    for part in parts(found):
        sizes = [sum(rows[other].group == rows[index].group for other in part) for index in part]
        assert min(sizes) == 2
        assert max(sizes) == 40


def test_small_groups_make_up_for_what_large_ones_leave() -> None:
    rows = grouped([40] * 6 + [2] * 178)

    found = parted(rows, seed=1)

    assert found.held_out_by == "group"
    for label in (0, 1):
        assert shares(rows, found, label) == pytest.approx([0.69, 0.1, 0.21], abs=0.01)


@pytest.mark.parametrize("sizes", [[20] * 10, [30] * 12])
def test_ten_groups_are_enough_and_parts_may_be_uneven_by_less_than_half(sizes: list[int]) -> None:
    assert parted(grouped(sizes), seed=1).held_out_by == "group"


@pytest.mark.parametrize(
    ("sizes", "why"),
    [
        ([60], "review, because there are fewer than 10 groups"),
        ([20] * 9, "review, because there are fewer than 10 groups"),
        ([900, *[2] * 12], "review, because its groups are too uneven"),
    ],
)
def test_where_groups_cannot_be_parted_reviews_are(sizes: list[int], why: str) -> None:
    found = parted(grouped(sizes), seed=1)

    assert found.held_out_by == why
    assert len(found.test) == pytest.approx(0.21 * sum(sizes), abs=3)


def test_equal_reviews_stay_together() -> None:
    rows = [*reviews(100), *reviews(100)]

    found = parted(rows, seed=1)

    assert all((index + 100) in found.test for index in found.test if index < 100)
    assert len(found.test) == pytest.approx(42, abs=2)


@pytest.mark.parametrize(
    "rows", [[], reviews(4), reviews(100, positive=0), reviews(50, positive=0.04)]
)
def test_too_few_reviews_are_refused(rows: list[Row]) -> None:
    with pytest.raises(DatasetError, match="at least 20 of each"):
        parted(rows, seed=1)


def test_twenty_of_each_label_are_enough() -> None:
    for seed in range(50):
        found = parted(reviews(40), seed)

        assert list(map(len, parts(found))) == [28, 4, 8]


def test_twenty_of_a_rare_label_are_enough() -> None:
    """A twentieth of them, which is one, validates."""
    rows = reviews(20_000, positive=0.001)

    found = parted(rows, seed=1)

    assert shares(rows, found, 1) == [0.75, 0.05, 0.2]


def test_any_beginning_of_an_order_has_its_share_of_both_labels():
    positive = np.arange(1_000) % 10 == 0

    order = order_of_both(positive, 1)

    assert sorted(order.tolist()) == list(range(1_000))
    for size in (10, 100, 500):
        assert positive[order[:size]].sum() == pytest.approx(size / 10, abs=1)
    assert order.tolist() == order_of_both(positive, 1).tolist()
    assert order.tolist() != order_of_both(positive, 2).tolist()


def test_a_rare_label_is_at_the_beginning_too():
    for rare in (True, False):
        labels = np.full(1_000, not rare)
        labels[77] = rare
        assert 77 in order_of_both(labels, 1)[:2].tolist()
    assert sorted(order_of_both(np.ones(3, np.bool_), 1).tolist()) == [0, 1, 2]
