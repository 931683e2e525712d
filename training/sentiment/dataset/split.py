"""Which rows are learnt from, which tune the learning, and which are kept to judge it by."""

from hashlib import blake2b
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sentiment.dataset.files import DatasetError
from sentiment.dataset.finding import FEWEST_GROUPS
from sentiment.dataset.rows import Rows

TEST = 0.21  # of the rows of each label; of 25,000 reviews more than 5,000
VALIDATION, ENOUGH_VALIDATION = 0.1, 1_000  # share, and rows of which no more are needed

Part = NDArray[np.int64]  # indices of its rows, ascending
_Parts = tuple[Part, Part, Part]


class Split(NamedTuple):
    """The three parts; `held_out_by` says what never straddles two parts."""

    train: Part
    validation: Part
    test: Part
    held_out_by: str


def shares(rows: int) -> tuple[float, float, float]:
    """How much of so many rows goes to train, validation and test."""
    validation = min(VALIDATION, ENOUGH_VALIDATION / max(rows, 1))
    return 1 - validation - TEST, validation, TEST


def split(rows: Rows, seed: int) -> Split:
    """Part the rows by `shares`, alike for the same rows and seed in whatever order they come.

    All rows of a group go to one part, and so do rows of equal words; with few groups, or groups
    too uneven to be parted so, reviews are held out one by one. Raises DatasetError where a part
    would lack one of the labels.
    """
    labels, of_group = rows.labels, rows.groups >= 0
    groups = len(np.unique(rows.groups[of_group]))
    why = "review"
    if groups >= FEWEST_GROUPS:
        by_group = _parted(rows, of_group, seed)
        if _are_sound(by_group, labels):
            return Split(*by_group, "group")
        why = "review, because its groups are too uneven"
    elif groups:
        why = f"review, because there are fewer than {FEWEST_GROUPS} groups"
    by_review = _parted(rows, np.zeros_like(of_group), seed)
    if not _are_sound(by_review, labels):
        raise DatasetError(
            "The dataset is too small to hold out reviews of both labels:"
            " add reviews until there are at least 20 of each."
        )
    return Split(*by_review, why)


def order_of_both(positive: NDArray[np.bool_], seed: int) -> NDArray[np.int64]:
    """All rows (rows,) in an order of chance, of which any beginning has its share of each label.

    Two rows or more are of both, however rare one is.
    """
    lots = np.random.default_rng(seed).permutation(len(positive))
    place = np.zeros(len(positive))
    for of in (positive[lots], ~positive[lots]):
        place[of] = np.arange(of.sum()) / max(of.sum(), 1)
    return np.asarray(lots[np.argsort(place, kind="stable")], np.int64)


def _parted(rows: Rows, of_group: NDArray[np.bool_], seed: int) -> _Parts:
    """Give each unit, the largest first, to the part that lacks most of what the unit holds.

    `held_by` is (units, 2): rows of each label.
    """
    unit_of, lots = _units(rows, of_group, seed)
    held_by = np.bincount(2 * unit_of + rows.labels, minlength=2 * len(lots)).reshape(-1, 2)
    order = np.lexsort((lots[:, 1], lots[:, 0], -held_by.sum(1)))
    totals = held_by.sum(0).tolist()
    wanted = [[max(share * total, 1e-9) for total in totals] for share in shares(len(rows))]
    missing = [list(part) for part in wanted]
    part_of = np.zeros(len(lots), np.int8)
    for unit, held in zip(order, held_by[order].tolist(), strict=True):
        need = [
            sum(n * m / w for n, m, w in zip(held, *pair, strict=True))
            for pair in zip(missing, wanted, strict=True)
        ]
        chosen = need.index(max(need))
        part_of[unit] = chosen
        missing[chosen] = [m - n for m, n in zip(missing[chosen], held, strict=True)]
    train, validation, test = (np.flatnonzero(part_of[unit_of] == part) for part in range(3))
    return train, validation, test


def _units(
    rows: Rows, of_group: NDArray[np.bool_], seed: int
) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    """The number of each row's unit (rows,), a group or a review, and lots (units, 2)."""
    groups, group_of = np.unique(rows.groups[of_group], return_inverse=True)
    reviews, review_of = np.unique(rows.fingerprints[~of_group], return_inverse=True)
    unit_of = np.zeros(len(rows), np.int64)
    unit_of[of_group], unit_of[~of_group] = group_of, review_of + len(groups)
    lots = bytearray()
    for group in groups:
        lots += _lot(f"group {rows.names[group]}", seed)
    for review in reviews:
        lots += _lot(f"{review:016x}", seed)
    return unit_of, np.frombuffer(lots, ">u8").reshape(-1, 2)


def _lot(unit: str, seed: int) -> bytes:
    return blake2b(f"{seed} {unit}".encode("utf-8", "replace"), digest_size=16).digest()


def _are_sound(parts: _Parts, labels: NDArray[np.int64]) -> bool:
    """Tell whether each part has both labels and at least half of the rows it should have."""
    return all(
        0 < labels[part].sum() < len(part) and len(part) >= share * len(labels) / 2
        for part, share in zip(parts, shares(len(labels)), strict=True)
    )
