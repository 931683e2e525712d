"""Does the model behave? Small tests whose outcome is known without a label.

After Ribeiro et al. 2020, "Beyond Accuracy: Behavioral Testing of NLP Models with CheckList":
edits of held-out reviews that must not change the answer, and pairs of sentences of which one must
come out more positive. All sentences are ours and say nothing that is true of films or books only.
"""

import random
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from sentiment.text import read

FEWEST_CASES = 10
MOST_CASES = 100
LONG_REVIEW_WORDS = 20

OPPOSITES = (
    ("good", "bad"),
    ("great", "awful"),
    ("excellent", "terrible"),
    ("wonderful", "horrible"),
    ("brilliant", "boring"),
    ("superb", "dull"),
    ("beautiful", "poor"),
    ("lovely", "disappointing"),
    ("fantastic", "weak"),
    ("amazing", "stupid"),
    ("perfect", "dreadful"),
    ("enjoyable", "annoying"),
    ("delightful", "tedious"),
    ("charming", "pointless"),
    ("clever", "ridiculous"),
    ("funny", "mediocre"),
    ("fascinating", "unpleasant"),
    ("impressive", "bland"),
    ("memorable", "clumsy"),
    ("pleasant", "useless"),
)
STATEMENTS = ("It was {}.", "I found it {}.", "This is {}.")
NEGATIONS = ("It was not {}.", "I did not find it {}.", "This is not {}.")
TURNS = (
    (
        "I thought it would be {bad}, but it is {good}.",
        "I thought it would be {good}, but it is {bad}.",
    ),
    ("They said it was {bad}. It is {good}.", "They said it was {good}. It is {bad}."),
)
NAMES = (
    ("Anna", "Fatima"),
    ("John", "Mohammed"),
    ("Emily", "Lakshmi"),
    ("Peter", "Wei"),
    ("Maria", "Oluwaseun"),
    ("David", "Hiroshi"),
)
ASIDES = (
    "I am writing this on a Tuesday.",
    "My sister was with me that day.",
    "We talked about it on the train.",
    "It is raining outside as I write.",
    "I made some tea afterwards.",
)

Answers = Sequence[tuple[float, float]]  # probability of positive, share of known words
Predict = Callable[[list[list[str]]], Answers]


class Pair(NamedTuple):
    """Two texts that must get the same answer, or of which the first must be more positive."""

    first: str
    second: str


def behave(
    predict: Predict, texts: Sequence[str], unsure: tuple[float, float], seed: int
) -> dict[str, Any]:
    """Run the suite; each check gives passed, of, rate and needed, or says why it was skipped."""
    chance = random.Random(seed)  # noqa: S311 - a choice of examples, no secret
    sure = _sure(predict, texts, unsure, chance)
    long = [text for text in sure if len(read(text).tokens) >= LONG_REVIEW_WORDS]
    stays = "The answer stays the same"
    return {
        "case": _invariance(
            predict, [Pair(text, text.upper()) for text in sure], f"{stays} in capital letters"
        ),
        "typo": _invariance(
            predict,
            [Pair(text, typo(text, chance)) for text in long],
            f"{stays} after a typing error in a review of {LONG_REVIEW_WORDS} words or more",
        ),
        "name": _invariance(
            predict, list(_names(sure, chance)), f"{stays} when another person's name is mentioned"
        ),
        "aside": _invariance(
            predict,
            [Pair(text, f"{text} {chance.choice(ASIDES)}") for text in long],
            f"{stays} when a sentence without an opinion is added",
        ),
        "plain_words": _direction(
            predict, list(_plain_words()), 0.8, "Praise comes out more positive than blame"
        ),
        "negation": _direction(
            predict, list(_negations()), 0.7, "Negated praise comes out less positive than praise"
        ),
        "turn": _direction(
            predict,
            list(_turns()),
            0.5,
            "What a review turns to counts more than what it turns from",
        ),
    }


def typo(text: str, chance: random.Random) -> str:
    """Swap two neighbouring letters inside one word of at least four letters."""
    words = list(re.finditer(r"[^\W\d_]{4,}", text))
    if not words:
        return text
    word = chance.choice(words)
    at = chance.randrange(word.start() + 1, word.end() - 1)
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def _sure(
    predict: Predict, texts: Sequence[str], unsure: tuple[float, float], chance: random.Random
) -> list[str]:
    """Held-out reviews that the model is sure about: of the others nobody expects steadiness."""
    chosen = chance.sample(list(texts), min(len(texts), 2 * MOST_CASES))
    answers = predict([_words(text) for text in chosen])
    sure = [
        text
        for text, (probability, _) in zip(chosen, answers, strict=True)
        if not unsure[0] <= probability <= unsure[1]
    ]
    return sure[:MOST_CASES]


def _names(texts: Sequence[str], chance: random.Random) -> Iterator[Pair]:
    for text in texts:
        one, other = chance.choice(NAMES)
        yield Pair(f"{text} {one} told me about it.", f"{text} {other} told me about it.")


def _plain_words() -> Iterator[Pair]:
    for statement in STATEMENTS:
        for good, bad in OPPOSITES:
            yield Pair(statement.format(good), statement.format(bad))


def _negations() -> Iterator[Pair]:
    for statement, negation in zip(STATEMENTS, NEGATIONS, strict=True):
        for good, _ in OPPOSITES:
            yield Pair(statement.format(good), negation.format(good))


def _turns() -> Iterator[Pair]:
    for better, worse in TURNS:
        for good, bad in OPPOSITES:
            yield Pair(better.format(good=good, bad=bad), worse.format(good=good, bad=bad))


def _invariance(predict: Predict, pairs: list[Pair], what: str) -> dict[str, Any]:
    if len(pairs) < FEWEST_CASES:
        return _skipped(0.9, f"Not tested: only {len(pairs)} held-out reviews are suitable.")
    before, after = _both(predict, pairs)
    passed = sum(
        (one[0] > 0.5) == (other[0] > 0.5) for one, other in zip(before, after, strict=True)
    )
    return _result(passed, len(pairs), 0.9, what)


def _direction(predict: Predict, pairs: list[Pair], needed: float, what: str) -> dict[str, Any]:
    """Only pairs whose words the model knows: a word it has never met can't be held against it."""
    better, worse = _both(predict, pairs)
    known = [
        one[0] > other[0]
        for one, other in zip(better, worse, strict=True)
        if one[1] == 1 and other[1] == 1
    ]
    if len(known) < FEWEST_CASES:
        return _skipped(
            needed, f"Not tested: it knows the words of only {len(known)} test sentences."
        )
    return _result(sum(known), len(known), needed, what)


def _both(predict: Predict, pairs: list[Pair]) -> tuple[Answers, Answers]:
    answers = predict([_words(text) for pair in pairs for text in pair])
    return answers[0::2], answers[1::2]


def _result(passed: int, of: int, needed: float, what: str) -> dict[str, Any]:
    return {"passed": passed, "of": of, "rate": passed / of, "needed": needed, "what": what}


def _skipped(needed: float, why: str) -> dict[str, Any]:
    return {"passed": 0, "of": 0, "rate": None, "needed": needed, "skipped": why}


def _words(text: str) -> list[str]:
    return [token.word for token in read(text).tokens]
