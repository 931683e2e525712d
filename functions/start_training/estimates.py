"""How long a training takes, told before it starts: from what trainings were measured to take."""

from itertools import pairwise
from typing import Any

# Rows dropped, and seconds until the model was exported and examined: reviews of 230 words on two
# cores, in docs/model.md (From few rows), by the command that stands there.
MEASURED = ((146, 58), (434, 116), (1_450, 206), (7_250, 612), (24_901, 1_059))
BYTES_A_ROW = 1_300  # of those reviews, where the first look can't tell how many rows there are


def seconds_for(rows: int) -> float:
    """Straight lines between what was measured; beyond it as many seconds a row as at its end."""
    if rows <= MEASURED[0][0]:
        return MEASURED[0][1]
    for (fewer, sooner), (more, later) in pairwise(MEASURED):
        if rows <= more:
            return sooner + (later - sooner) * (rows - fewer) / (more - fewer)
    last, seconds = MEASURED[-1]
    return seconds * rows / last


def estimate(rows: int | None, size_bytes: int, limit_seconds: int) -> dict[str, Any]:
    """The receipt's member: rows, seconds to learn from all of them, and that in a sentence.

    A training plans what it learns so that it ends within the limit.
    """
    rows = max(1, size_bytes // BYTES_A_ROW) if rows is None else rows
    seconds = round(seconds_for(rows))
    text = f"Training takes about {spoken(seconds)} once an instance is there"
    if seconds > limit_seconds:
        text = (
            f"Learning from all of it would take about {spoken(seconds)}; the training plans what "
            f"it learns from so that it ends within {spoken(limit_seconds)}"
        )
    return {"rows": rows, "seconds": seconds, "text": f"{text}."}


def spoken(seconds: float) -> str:
    """A time as people say it."""
    minutes = max(1, round(seconds / 60))
    if minutes < 120:
        return "a minute" if minutes == 1 else f"{minutes} minutes"
    hours = round(minutes / 60)
    return f"{hours:,} hours"
