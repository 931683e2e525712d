"""Does the model behave? Small tests whose outcome is known without a label.

After Ribeiro et al. 2020, "Beyond Accuracy: Behavioral Testing of NLP Models with CheckList":
edits of held-out reviews that must not change the answer, pairs of sentences of which one must come
out more positive, and sentences that are plainly positive or negative.
"""

import random
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import cycle
from typing import Any

from sentiment.evaluation import Behaviour
from sentiment.judging.behaviour_sentences import (
    ASIDES,
    MENTIONS,
    NAMES,
    Pair,
    Plain,
    contrasts,
    negated_verdicts,
    statements,
    turns,
)
from sentiment.text import read

FEWEST_CASES = 10
MOST_CASES = 100
LONG_REVIEW_WORDS = 20
STEADY = 0.9  # of the edits, so many must leave the answer as it is

OTHER_NAMES = {name: [other for other in row if other != name] for row in NAMES for name in row}
NAME = re.compile(rf"\b(?:{'|'.join(OTHER_NAMES)})\b")
BETWEEN_SENTENCES = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")

Answers = Sequence[tuple[float, float]]  # probability of positive, share of known words
Predict = Callable[[list[list[str]]], Answers]
Suite = dict[str, Behaviour]


def behave(predict: Predict, texts: Sequence[str], unsure: tuple[float, float], seed: int) -> Suite:
    """Run the suite; each check gives passed, of, rate and needed, or says why it was skipped.

    Nothing is needed of what a good model may have had no chance to learn from few reviews.
    """
    chance = random.Random(seed)  # noqa: S311 - a choice of examples, no secret
    return {**_steadiness(predict, texts, unsure, chance), **_understanding(predict)}


def overall(suite: Suite) -> float | None:
    """The share of cases passed, of all checks together; None where all were skipped."""
    cases = sum(check["of"] for check in suite.values())
    return sum(check["passed"] for check in suite.values()) / cases if cases else None


# --- Reviews, edited --------------------------------------------------------------------------


def _steadiness(
    predict: Predict, texts: Sequence[str], unsure: tuple[float, float], chance: random.Random
) -> Suite:
    sure = _sure(predict, texts, unsure, chance)
    long = [text for text in sure if len(read(text).tokens) >= LONG_REVIEW_WORDS]
    forms = zip(sure, cycle((str.upper, str.lower, str.title)), strict=False)
    edits: dict[str, tuple[list[Pair], str]] = {
        "case": ([Pair(text, form(text)) for text, form in forms], "in other letter case"),
        "typo": (
            [Pair(text, typo(text, chance)) for text in long],
            f"after a typing error in a review of {LONG_REVIEW_WORDS} words or more",
        ),
        "name": (
            [renamed(text, chance) for text in sure],
            "when another person or country is named",
        ),
        "aside": (
            [Pair(text, with_aside(text, chance)) for text in long],
            "when a sentence without an opinion is added",
        ),
    }
    return {
        check: _same(predict, pairs, f"The answer stays the same {what}")
        for check, (pairs, what) in edits.items()
    }


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


def typo(text: str, chance: random.Random) -> str:
    """Swap two neighbouring letters, or drop or double one, inside a word of at least four."""
    words = list(re.finditer(r"[^\W\d_]{4,}", text))
    if not words:
        return text
    word = chance.choice(words)
    at = chance.randrange(word.start() + 1, word.end() - 1)
    one, other = text[at], text[at + 1]
    slips = [other, one + one + other, *([other + one] if one != other else [])]
    return text[:at] + chance.choice(slips) + text[at + 2 :]


def renamed(text: str, chance: random.Random) -> Pair:
    """The text and itself with other names; one that names nobody gets a sentence that does."""
    others = {name: chance.choice(OTHER_NAMES[name]) for name in sorted(set(NAME.findall(text)))}
    if others:
        return Pair(text, NAME.sub(lambda match: others[match[0]], text))
    people = chance.sample(chance.choice(NAMES[:2]), 2)
    mention = chance.choice(MENTIONS)
    return Pair(*(f"{text} {mention.format(name)}" for name in people))


def with_aside(text: str, chance: random.Random) -> str:
    """Add a sentence without an opinion at the beginning, at the end or in between."""
    sentences = BETWEEN_SENTENCES.split(text)
    place = chance.choice((0, chance.randint(0, len(sentences)), len(sentences)))
    return " ".join([*sentences[:place], chance.choice(ASIDES), *sentences[place:]])


# --- Sentences --------------------------------------------------------------------------------


def _understanding(predict: Predict) -> Suite:
    said = list(statements())
    plain = [Pair(one.praise, one.blame) for one in said]
    praise = [Pair(one.praise, one.negated_praise) for one in said]
    blame = [Pair(one.negated_blame, one.blame) for one in said]
    pairs = {
        "plain_words": (plain, 0.8, "Praise comes out more positive than blame"),
        "negation": (praise, 0.6, "Negated praise comes out less positive than praise"),
        "negated_blame": (blame, 0.0, "Negated blame comes out more positive than blame"),
        "turn": (list(turns()), 0.4, "What a review turns to counts more than what it turns from"),
    }
    verdicts = {
        "negated_verdict": (
            list(negated_verdicts()),
            0.0,
            "Praise and blame by negation get the right answer",
        ),
        "contrast": (
            list(contrasts()),
            0.4,
            "Where praise and blame meet, what is said of the whole decides",
        ),
    }
    return {
        **{check: _more_positive(predict, *of) for check, of in pairs.items()},
        **{check: _right(predict, *of) for check, of in verdicts.items()},
    }


# --- Outcomes ---------------------------------------------------------------------------------


def _same(predict: Predict, pairs: list[Pair], what: str) -> Behaviour:
    if len(pairs) < FEWEST_CASES:
        return _skipped(STEADY, f"Not tested: only {len(pairs)} held-out reviews are suitable.")
    passed = [(one[0] > 0.5) == (other[0] > 0.5) for one, other in _both(predict, pairs)]
    return _result(passed, STEADY, what)


def _more_positive(predict: Predict, pairs: list[Pair], needed: float, what: str) -> Behaviour:
    answers = _both(predict, pairs)
    passed = [one[0] > other[0] for one, other in answers if one[1] == other[1] == 1]
    return _of_known(passed, needed, what)


def _right(predict: Predict, sentences: list[Plain], needed: float, what: str) -> Behaviour:
    answers = predict([_words(sentence.text) for sentence in sentences])
    passed = [
        (answer[0] > 0.5) == sentence.positive
        for sentence, answer in zip(sentences, answers, strict=True)
        if answer[1] == 1
    ]
    return _of_known(passed, needed, what)


def _of_known(passed: list[bool], needed: float, what: str) -> Behaviour:
    """Of sentences whose words it knows: a word it has never met can't be held against it."""
    if len(passed) < FEWEST_CASES:
        why = f"Not tested: it knows the words of only {len(passed)} test sentences."
        return _skipped(needed, why)
    return _result(passed, needed, what)


def _both(predict: Predict, pairs: list[Pair]) -> Iterator[tuple[Any, Any]]:
    answers = predict([_words(text) for pair in pairs for text in pair])
    return zip(answers[0::2], answers[1::2], strict=True)


def _result(passed: list[bool], needed: float, what: str) -> Behaviour:
    return {
        "passed": sum(passed),
        "of": len(passed),
        "rate": sum(passed) / len(passed),
        "needed": needed,
        "what": what,
    }


def _skipped(needed: float, why: str) -> Behaviour:
    return {"passed": 0, "of": 0, "rate": None, "needed": needed, "skipped": why}


def _words(text: str) -> list[str]:
    return [token.word for token in read(text).tokens]
