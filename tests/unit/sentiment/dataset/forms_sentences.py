"""Reviews for tests: varied sentences of praise and blame, all different, always the same ones."""

from functools import cache
from itertools import product
from random import Random

OPENINGS = (
    "We went there on a rainy evening",
    "My sister gave it to me in spring",
    "I had read about it for weeks",
    "After two long days of travelling we tried it",
    "Nobody had told us what to expect",
    "It came in a plain brown box",
    "This was our third time",
    "I took it along to the mountains",
    "The whole family sat down for it",
    "It stood in the corner of a small shop",
)
THINGS = (
    "the story", "the kitchen", "the camera", "the second half", "the staff", "the battery",
    "the music", "the room", "the ending", "the soup", "the handle", "the main actor",
)  # fmt: skip
PRAISE = (
    "was wonderful", "was a pleasure from start to finish", "worked perfectly", "made us smile",
    "was better than anything before", "was lovely and warm", "impressed everybody",
    "was excellent", "is the best that we know", "was worth every cent",
)  # fmt: skip
BLAME = (
    "was dreadful", "was a bore from start to finish", "broke at once", "made us angry",
    "was worse than anything before", "was cold and stale", "disappointed everybody",
    "was terrible", "is the worst that we know", "was a waste of money",
)  # fmt: skip
HAPPY_ENDS = ("We will be back.", "I recommend it.", "Great!", "A joy.", "Ten out of ten.")
SAD_ENDS = ("Never again.", "I can't recommend it.", "Awful!", "A pity.", "Stay away.")


@cache
def _all(is_good: bool) -> tuple[str, ...]:
    told, ends = (PRAISE, HAPPY_ENDS) if is_good else (BLAME, SAD_ENDS)
    texts = [
        f"{opening} and {thing} {verdict}. {end}"
        for opening, thing, verdict, end in product(OPENINGS, THINGS, told, ends)
    ]
    Random(5).shuffle(texts)
    return tuple(texts)


def reviews(count: int) -> list[tuple[str, bool]]:
    """So many different reviews, good and bad ones in turn, and whether each is good."""
    return [(_all(index % 2 == 0)[index // 2], index % 2 == 0) for index in range(count)]


@cache
def truth() -> dict[str, bool]:
    """Whether a review is good."""
    return {text: is_good for is_good in (True, False) for text in _all(is_good)}
