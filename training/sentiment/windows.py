"""A long review is read in windows of about equal size, to its end.

    logit = bias + sum over windows of share * (the window's logit - bias)

A window's share is its number of words by the review's. The same holds for contributions: what a
word contributes in its window, times the window's share, is what it contributes to the review.
"""

from itertools import pairwise


def windows(words: int, longest: int) -> list[tuple[int, int]]:
    """Start and end of the fewest windows of at most `longest` words; sizes differ by one word."""
    count = max(1, -(-words // longest))
    cuts = [words * number // count for number in range(count + 1)]
    return list(pairwise(cuts))
