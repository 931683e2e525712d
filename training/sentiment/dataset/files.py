"""What every part of reading a dataset shares: its error, its limits and words for its messages."""

from collections.abc import Mapping, Sequence
from typing import Any

from sentiment.errors import SentimentError

MAXIMUM_BYTES = 64 << 30  # unpacked: a few kilobytes of .xz can hide terabytes
MAXIMUM_LINE_BYTES = 1_000_000
HEAD_BYTES = 64 << 10
EMPTY = "The file is empty: upload one with a row for each review."


class DatasetError(SentimentError):
    """A dataset can't be trained on; the message tells its owner in one sentence what to change.

    `findings` are what was found until then, an `account.Findings`, where it was read at all.
    """

    findings: Mapping[str, Any] | None = None


def shown(value: str, longest: int = 40) -> str:
    """Quote a value from a dataset for a message: short, on one line, printable."""
    cleaned = "".join(c if c.isprintable() else " " for c in value[: longest + 1])
    return f'"{cleaned}"' if len(value) <= longest else f'"{cleaned[:longest]}…"'


def listed(values: Sequence[str], most: int = 8) -> str:
    """Quote values for a message, the first few of them."""
    if not values:
        return "none"
    more = f" and {len(values) - most} more" if len(values) > most else ""
    return ", ".join(shown(value, 24) for value in values[:most]) + more
