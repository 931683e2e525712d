"""What was left out of what one would wish for, and what would change it: for people."""

from collections.abc import Iterator
from typing import NamedTuple

from sentiment.evaluation import Planned
from sentiment.learning.learner import Learner


class Counts(NamedTuple):
    """Rows: kept and used of them; learnt from, and by the linear part; held out, and examined."""

    kept: int
    used: int
    train: int
    linear: int
    test: int
    examined: int


def passes(learner: Learner) -> float:
    """How many were made: the last may have ended early, as planned or for want of time."""
    progress = learner.progress
    if _is_cut(learner):
        return round(min(progress.epoch - 1, progress.steps / learner.steps), 3)
    return min(progress.epoch - 1, learner.plan.epochs)


def planned(limit: int, learner: Learner, counts: Counts) -> Planned:
    """The member `plan` of an evaluation's training; `limit` is in seconds, 0 for none."""
    return {
        "max_runtime_seconds": limit,
        "rows": counts.used,
        "passes": passes(learner),
        "wished_passes": learner.plan.epochs,
        "window": learner.progress.window,
        "wished_window": learner.wished.window,
        "linear_rows": counts.linear,
        "examined_rows": counts.examined,
        "notes": [*_of_rows(counts), *_of_time(limit, learner)],
    }


def _is_cut(learner: Learner) -> bool:
    """Whether time made it end: without patience it may have ended before."""
    progress = learner.progress
    ended_in_time = (progress.epoch - 1) * learner.steps < progress.steps
    return progress.steps < learner.wished.steps and not ended_in_time


def _of_rows(counts: Counts) -> Iterator[str]:
    if counts.used < counts.kept:
        yield (
            f"Of {counts.kept:,} reviews {counts.used:,} were taken by chance: more of them would"
            " take more memory than they are worth."
        )
    if counts.linear < counts.train:
        yield (
            f"Its linear part learnt from {counts.linear:,} of {counts.train:,} reviews, taken by"
            " chance: as many as there are memory and time for."
        )
    if counts.examined < counts.test:
        yield (
            f"It was examined on {counts.examined:,} of {counts.test:,} held-out reviews, taken by"
            " chance: they are enough to judge it by, or all that there was time for."
        )


def _of_time(limit: int, learner: Learner) -> Iterator[str]:
    progress, wished = learner.progress, learner.wished
    because = f"Because of the limit of {limit:,} seconds"
    if _is_cut(learner):
        made = progress.steps / learner.steps
        what = f"{made:.1f} passes" if made >= 1 else f"a sample of {made:.0%}"
        yield f"{because} it learnt from {what} of the reviews instead of {_whole(learner)} passes."
    if progress.window < wished.window:
        yield (
            f"{because} it learnt from windows of {progress.window} words of longer reviews instead"
            f" of {wished.window}."
        )
    if _is_cut(learner) or progress.window < wished.window:
        yield "A higher TrainingMaxRuntimeSeconds or a faster TrainingInstanceType changes that."


def _whole(learner: Learner) -> str:
    return f"{learner.plan.epochs:g}"
