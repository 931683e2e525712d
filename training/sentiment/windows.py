"""A long review is read in windows of about equal size, to its end.

The review's logit is the bias plus, over its windows, the share of the review's words that the
window holds times what the window adds to the bias. So it does for each word's contribution.
"""

from itertools import pairwise


def windows(words: int, longest: int) -> list[tuple[int, int]]:
    """Start and end of the fewest windows of at most `longest` words; sizes differ by one word."""
    count = max(1, -(-words // longest))
    cuts = [words * number // count for number in range(count + 1)]
    return list(pairwise(cuts))
