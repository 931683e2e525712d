"""How much is learnt in the time there is, in numbers that can be reckoned by hand."""

import numpy as np
import pytest

from sentiment.dataset.encoded import Encoded
from sentiment.learning.batches import Batch
from sentiment.learning.pace import STEP_WORDS, Pace, Work, pace, step_costs, windows

WISHED = Pace(200, 320)
# A step of the longest window costs 320 words, one of the next 160, and so on.
WORK = Work(WISHED, 100, float, 0.0)
A_WORD = 1 / 320  # seconds: a step of the longest window takes one


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (1_000, WISHED),
        (200, WISHED),
        (150, Pace(150, 320)),
        (100, Pace(100, 320)),
        (99, Pace(198, 160)),
        (50, Pace(100, 160)),
        (30, Pace(120, 80)),
        (13, Pace(104, 40)),
        (10, Pace(80, 40)),
        (0.1, Pace(1, 40)),
        (-5, Pace(1, 40)),
    ],
)
def test_first_passes_are_saved_then_words_of_windows_then_reviews(seconds, expected):
    assert pace(WORK, WISHED, 0, seconds, A_WORD) == expected


def test_what_is_done_counts_and_is_never_undone():
    assert pace(WORK, WISHED, 150, 20, A_WORD) == Pace(170, 320)
    assert pace(WORK, WISHED, 150, -1, A_WORD) == Pace(150, 320)


def test_a_window_gets_no_longer_again_but_there_may_be_more_steps():
    slow = Pace(100, 80)

    assert pace(WORK, slow, 10, 1_000, A_WORD) == Pace(200, 80)
    assert pace(WORK, slow, 49, 1_000, A_WORD) == Pace(200, 80)
    assert pace(WORK, slow, 50, 1_000, A_WORD) == Pace(100, 80)


def test_less_than_a_pass_that_is_wished_for_is_no_reason_for_shorter_windows():
    little = Work(Pace(10, 320), 100, float, 0.0)

    assert pace(little, little.wished, 0, 10, A_WORD) == Pace(10, 320)
    assert pace(little, little.wished, 0, 9, A_WORD) == Pace(10, 160)


def test_the_validation_part_takes_time_too():
    """Reading costs half of learning: 3,200 words five seconds, after each pass and in the end."""
    work = WORK._replace(validation=3_200.0)

    assert pace(work, WISHED, 0, 155, A_WORD) == Pace(142, 320)  # 150 / 1.05


def test_windows_are_halved_until_they_are_short():
    assert windows(300) == [300, 150, 75]
    assert windows(320) == [320, 160, 80, 40]
    assert windows(30) == [30]


def test_a_step_costs_its_words_with_padding():
    lengths = [10, 100, 30, 400, 8, 6]
    train = Encoded.of([np.ones(length, np.int64) for length in lengths], [0.0] * 6)
    batches = [
        Batch(np.array([0, 1]), False),  # 2 * 100
        Batch(np.array([2, 3]), False),  # 2 * 400
        Batch(np.array([1, 3]), True),  # sentences of them, 2 * 40
        Batch(np.array([4, 5]), True),  # lessons: 2 * 8
    ]

    cost = step_costs(train, batches, 2)

    assert cost(1_000) == (200 + 800 + 80 + 16) / 4 + STEP_WORDS
    assert cost(50) == (100 + 100 + 80 + 16) / 4 + STEP_WORDS


def test_where_no_review_is_long_its_windows_stay():
    """Of 100 words at most: only the shorter windows of 80 and 40 would save anything."""
    short = WORK._replace(cost=lambda window: float(min(window, 100)))

    assert pace(short, WISHED, 0, 31, A_WORD) == Pace(124, 80)
    assert pace(short._replace(a_pass=20), WISHED, 0, 10, A_WORD) == Pace(32, 320)
    assert pace(short, WISHED, 0, 20, A_WORD) == Pace(160, 40)
    all_short = WORK._replace(cost=lambda window: 20.0)
    assert pace(all_short, WISHED, 0, 1, A_WORD) == Pace(16, 320)
