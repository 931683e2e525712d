"""Windows hold every word of a review once, in order."""

from itertools import pairwise

import pytest

from sentiment.windows import windows


@pytest.mark.parametrize(
    ("words", "longest", "expected"),
    [
        (0, 30, [(0, 0)]),
        (1, 30, [(0, 1)]),
        (30, 30, [(0, 30)]),
        (31, 30, [(0, 15), (15, 31)]),
        (60, 30, [(0, 30), (30, 60)]),
        (61, 30, [(0, 20), (20, 40), (40, 61)]),
        (3, 1, [(0, 1), (1, 2), (2, 3)]),
    ],
)
def test_the_fewest_that_are_short_enough(words, longest, expected):
    assert windows(words, longest) == expected


@pytest.mark.parametrize("words", [1, 2, 399, 400, 401, 799, 801, 2_537, 100_000])
def test_they_join_and_are_of_about_equal_size(words):
    made = windows(words, 400)
    sizes = [end - start for start, end in made]

    assert made[0][0] == 0
    assert made[-1][1] == words
    assert all(before[1] == after[0] for before, after in pairwise(made))
    assert max(sizes) <= 400
    assert max(sizes) - min(sizes) <= 1
    assert len(made) == -(-words // 400)
