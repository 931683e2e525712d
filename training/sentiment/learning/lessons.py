"""Short sentences that teach what reviews seldom show plainly: negation, contrast, turns.

In a review of two hundred words one "not" decides nothing, so a model that has learnt from reviews
alone reads "not good" as praise. Every form comes affirmed and negated, with every word, equally
often: so neither the words beside a negation nor the words that are negated get a wrong label for
themselves. Labels are probabilities: "not lame" is less of a praise than "terrific".
"""

import re
from collections.abc import Callable, Iterator
from random import Random
from typing import NamedTuple

from sentiment.learning import lesson_sentences as say
from sentiment.text import read

PRAISED, BLAMED = 0.93, 0.07
# Words of praise or blame, and the labels of what affirms and of what negates them.
STRENGTHS = (
    (say.PLAIN_PRAISE, PRAISED, 0.1),
    (say.STRONG_PRAISE, 0.96, 0.2),
    (say.PLAIN_BLAME, BLAMED, 0.85),
    (say.STRONG_BLAME, 0.04, 0.7),
)
NOUNS = ((say.GOOD_NOUNS, PRAISED, 0.15), (say.POOR_NOUNS, BLAMED, 0.8))
PAIRS_A_CONTRAST = 60
TIMES_A_PHRASE = 8  # with another opening and closing each time
OPENED = 0.3  # of all sentences, so many have an opening


class Lesson(NamedTuple):
    """Words, and how probably who writes them is pleased."""

    words: list[str]
    label: float


def lessons(is_known: Callable[[str], bool], seed: int) -> list[Lesson]:
    """All lessons of words that are known only; the seed chooses what stands beside what."""
    chance = Random(seed)  # noqa: S311 - a choice of examples, no secret
    return [lesson for lesson in every_lesson(chance) if all(map(is_known, lesson.words))]


def every_lesson(chance: Random) -> Iterator[Lesson]:
    """Each form as a sentence, whatever the words in it."""
    for form, label, words in forms(chance):
        yield Lesson(_sentence(form, chance, **words), label)


def forms(chance: Random) -> Iterator[tuple[str, float, dict[str, str]]]:
    """Each form with its label and the words for its gaps; as many affirmed as negated."""
    for words, affirmed, negated in STRENGTHS:
        for word in words.split():
            for said in say.WORD_FORMS:
                yield said.affirmed, affirmed, {"word": word}
                yield said.negated, negated, {"word": word}
            for form in say.ALONE:
                yield form, affirmed, {"word": word}
    for words, affirmed, negated in NOUNS:
        for word in words.split():
            for said in say.NOUN_FORMS:
                yield said.affirmed, affirmed, {"word": word}
                yield said.negated, negated, {"word": word}
    for line in say.VERBS.strip().splitlines():
        affirmed, negated = (PRAISED, 0.1) if line[0] == "+" else (BLAMED, 0.85)
        for form, label in zip(line[2:].split("|"), (affirmed, negated), strict=True):
            yield from ((form, label, {}) for _ in range(TIMES_A_PHRASE))
    for label, phrases in say.PHRASES.items():
        for form in phrases.split("|"):
            yield from ((form, label, {}) for _ in range(TIMES_A_PHRASE))
    praise, blame = ((" ".join(words)).split() for words in _words_of_praise_and_blame())
    for form in say.CONTRASTED:
        for _ in range(PAIRS_A_CONTRAST):
            good, poor = chance.choice(praise), chance.choice(blame)
            yield form, 0.88, {"first": poor, "second": good}
            yield form, 0.12, {"first": good, "second": poor}


def _words_of_praise_and_blame() -> tuple[tuple[str, str], tuple[str, str]]:
    return (say.PLAIN_PRAISE, say.STRONG_PRAISE), (say.PLAIN_BLAME, say.STRONG_BLAME)


def _sentence(form: str, chance: Random, **words: str) -> list[str]:
    """The words of a form, now and then with something before and after it."""
    whole, detail = (chance.choice(names.split()) for names in (say.WHOLES, say.DETAILS))
    text = form.format(whole=whole, detail=detail, **words)
    if chance.random() < OPENED:
        text = f"{chance.choice(say.OPENINGS.split('|'))} {text}"
    text = f"{text} {chance.choice(say.CLOSINGS.split('|'))}"
    text = re.sub(r"\ba (?=[aeiou])", "an ", text)
    return [token.word for token in read(text).tokens]
