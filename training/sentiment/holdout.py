"""Which rows are learnt from, which tune the learning, and which are kept to judge it by."""

from collections import defaultdict
from collections.abc import Sequence
from hashlib import blake2b
from typing import NamedTuple

from sentiment.files import DatasetError
from sentiment.records import Row

SHARES = (0.7, 0.1, 0.2)  # of train, validation and test, for each label
FEWEST_GROUPS = 10

_Parts = tuple[list[int], list[int], list[int]]


class Split(NamedTuple):
    """Row indices of each part, ascending; `held_out_by` says what never straddles two parts."""

    train: list[int]
    validation: list[int]
    test: list[int]
    held_out_by: str


def split(rows: Sequence[Row], seed: int) -> Split:
    """Part the rows 70/10/20, the same way for the same rows and seed in whatever order they come.

    All rows of a group go to one part, and so do rows of equal words; with few groups, or groups
    too uneven to be parted so, reviews are held out one by one. Raises DatasetError where a part
    would lack one of the labels.
    """
    groups = len({row.group for row in rows if row.group is not None})
    why = "review"
    if groups >= FEWEST_GROUPS:
        by_group = _parted(rows, seed, by_group=True)
        if _are_sound(by_group, rows):
            return Split(*by_group, "group")
        why = "review, because its groups are too uneven"
    elif groups:
        why = f"review, because there are fewer than {FEWEST_GROUPS} groups"
    by_review = _parted(rows, seed, by_group=False)
    if not _are_sound(by_review, rows):
        raise DatasetError(
            "The dataset is too small to hold out reviews of both labels:"
            " add reviews until there are at least 20 of each."
        )
    return Split(*by_review, why)


def _parted(rows: Sequence[Row], seed: int, *, by_group: bool) -> _Parts:
    """Give each unit, the largest first, to the part that lacks most of what the unit holds."""
    units: dict[str, list[int]] = defaultdict(list)
    for index, row in enumerate(rows):
        key = row.group if by_group and row.group is not None else None
        units[f"{row.fingerprint:016x}" if key is None else f"group {key}"].append(index)
    totals = _labels(rows, range(len(rows)))
    wanted = [[max(share * total, 1e-9) for total in totals] for share in SHARES]
    missing = [list(part) for part in wanted]
    parts: list[list[int]] = [[] for _ in SHARES]
    for unit in sorted(units, key=lambda unit: (-len(units[unit]), _lot(unit, seed))):
        held = _labels(rows, units[unit])
        need = [
            sum(n * m / w for n, m, w in zip(held, *pair, strict=True))
            for pair in zip(missing, wanted, strict=True)
        ]
        chosen = need.index(max(need))
        parts[chosen] += units[unit]
        missing[chosen] = [m - n for m, n in zip(missing[chosen], held, strict=True)]
    train, validation, test = map(sorted, parts)
    return train, validation, test


def _labels(rows: Sequence[Row], indices: Sequence[int]) -> tuple[int, int]:
    positive = sum(rows[index].label for index in indices)
    return len(indices) - positive, positive


def _lot(unit: str, seed: int) -> bytes:
    return blake2b(f"{seed} {unit}".encode("utf-8", "replace"), digest_size=16).digest()


def _are_sound(parts: _Parts, rows: Sequence[Row]) -> bool:
    """Tell whether each part has both labels and at least half of the rows it should have."""
    return all(
        min(_labels(rows, part)) > 0 and len(part) >= share * len(rows) / 2
        for part, share in zip(parts, SHARES, strict=True)
    )
