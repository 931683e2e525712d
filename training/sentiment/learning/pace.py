"""How much can be learnt in the time there is: fewer passes, then shorter windows, then a sample.

Which of the three follows from what was measured of a full training (docs/model.md, "How soon"): a
second pass is worth less than whole reviews are, and a look at every review, if only at a part of
it, more than both.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from sentiment.dataset.encoded import Encoded
from sentiment.learning.batches import SENTENCE_WORDS, Batch

SHORTEST_WINDOW = 40
STEP_WORDS = 2_000  # what a step costs besides its words, in words
SAMPLED_BATCHES = 500
FORWARD_SHARE = 0.5  # of what learning from a word costs, what only reading it does


class Pace(NamedTuple):
    """Steps in all, and words of the windows that are learnt from."""

    steps: int
    window: int


class Work(NamedTuple):
    """What is to be done: as was wished, steps of a pass, and cost of a step by window, in words.

    After each pass, `validation` words are read.
    """

    wished: Pace
    a_pass: int
    cost: Callable[[int], float]
    validation: float


def pace(work: Work, now: Pace, done: int, seconds: float, seconds_a_word: float) -> Pace:
    """The most that can be learnt in so many seconds, once `done` steps are done at the pace `now`.

    The window gets no longer again, and steps grow in number only before the half of them is done.
    """
    reading = FORWARD_SHARE * work.validation * seconds_a_word
    needed = min(work.wished.steps, work.a_pass)
    window, steps = now.window, now.steps
    for shorter in windows(now.window):
        if shorter < now.window and work.cost(shorter) == work.cost(window):
            continue  # no review is so long
        window = shorter
        a_step = seconds_a_word * work.cost(window) + reading / work.a_pass
        steps = done + max(0, int((seconds - reading) / a_step))
        if steps >= needed:
            break
    if steps > now.steps and 2 * done >= now.steps:
        steps = now.steps
    return Pace(max(1, done, min(work.wished.steps, steps)), window)


def windows(longest: int) -> list[int]:
    """Lengths of windows to choose from, the longest first."""
    found = [longest]
    while found[-1] // 2 >= SHORTEST_WINDOW:
        found.append(found[-1] // 2)
    return found


def step_costs(train: Encoded, batches: Sequence[Batch], lessons: int) -> Callable[[int], float]:
    """What a step of these costs on average, in words with padding, by the length of windows."""
    few = batches[:: -(-len(batches) // SAMPLED_BATCHES)]
    lengths = train.lengths
    longest = np.array([lengths[batch.reviews].max() for batch in few])
    sizes = np.array([len(batch.reviews) for batch in few])
    first_lesson = len(train) - lessons
    short = np.array([batch.sentences and batch.reviews[0] < first_lesson for batch in few])
    longest = np.where(short, np.minimum(longest, SENTENCE_WORDS), longest)
    return lambda window: float((sizes * np.minimum(longest, window)).mean()) + STEP_WORDS
