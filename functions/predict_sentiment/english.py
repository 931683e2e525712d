"""What can be said of words without a model: whether they look like English, and say anything.

English is told by its function words, which are a third to a half of any text in it and whose list
is short. Those that other languages have too are no sign of it.
"""

from collections.abc import Sequence

SHARED = "a an i in on at to as so me he we is was am do or for will over her no"
PLAIN = """the and of it this that these those with but are be been being you they she your my his
    its our their them him us there here what which who whose where when how if then than because
    though while until since about into from through during between after before by had has have
    having does did doing would could should might must it's that's i'm i've you're he's she's
    there's what's just also some any each both other another such own same again"""
# They turn or strengthen an opinion: "not for me" says a lot.
TURNING = """not never nothing few much many more most very too only even ever every all why out off
    up down although once something anything everything can't don't didn't doesn't isn't wasn't
    aren't weren't won't wouldn't couldn't myself yourself himself herself itself themselves"""

ENGLISH_ONLY = frozenset((PLAIN + " " + TURNING).split())
WITHOUT_OPINION = frozenset((PLAIN + " " + SHARED).split()) - {"no"}


def english_share(words: Sequence[str]) -> float:
    """Give the share of words that are English and no other language's."""
    return sum(word in ENGLISH_ONLY for word in words) / len(words)


def says_nothing(words: Sequence[str]) -> bool:
    """There are only words that stand in every review, whatever it says."""
    return all(word in WITHOUT_OPINION for word in words)
