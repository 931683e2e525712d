"""What the behaviour suite asks: edits of reviews, and sentences that are plain to a person."""

import random
from collections import Counter

import numpy as np
import pytest

from sentiment.judging import behaviour_sentences as sentences
from sentiment.judging.behaviour import renamed, typo, with_aside

LONG = "It was a long review of a thing that we liked very much and that was really good, all of it"

# --- Edits ------------------------------------------------------------------------------------


def test_a_typing_error_swaps_drops_or_doubles_one_letter_inside_a_word():
    chance = random.Random(1)
    kinds = Counter()
    for _ in range(300):
        changed = typo(LONG, chance)
        kinds[len(changed) - len(LONG)] += 1
        before, after = LONG.split(), changed.split()
        different = [pair for pair in zip(before, after, strict=True) if pair[0] != pair[1]]
        [(old, new)] = different
        assert len(old.strip(",")) >= 4
        assert old[0] == new[0]
        assert set(new) <= set(old)
    assert min(kinds[change] for change in (-1, 0, 1)) > 50
    assert typo("so it is", chance) == "so it is"


def test_a_name_becomes_another_of_its_kind_wherever_it_stands():
    text = "John met Mary in Italy. But John, Johnny and the marys stayed."

    before, after = renamed(text, random.Random(1))

    assert before == text
    words, others = before.split(), after.split()
    changed = {one: other for one, other in zip(words, others, strict=True) if one != other}
    assert set(changed) == {"John", "Mary", "Italy.", "John,"}
    assert changed["John,"] == changed["John"] + ","
    women, men, countries = sentences.NAMES
    assert changed["Mary"] in women
    assert changed["John"] in men
    assert changed["Italy."][:-1] in countries


def test_a_review_that_names_nobody_gets_a_sentence_that_does():
    before, after = renamed("Lovely {braces}", random.Random(1))

    assert before.startswith("Lovely {braces} ")
    assert before != after
    assert len(before.split()) == len(after.split())


def test_an_aside_comes_before_after_or_between_sentences():
    chance = random.Random(1)
    text = "One is good. Two is better! Is three 3.5 times as good?"
    places = Counter()
    for _ in range(200):
        changed = with_aside(text, chance)
        added = next(aside for aside in sentences.ASIDES if aside in changed)
        place = changed.index(added)
        places[place] += 1
        assert changed.replace(added, "").split() == text.split()
    assert set(places) == {0, 13, 28, len(text) + 1}


# --- Sentences --------------------------------------------------------------------------------


def test_the_sentences_are_distinct_whole_and_as_often_positive_as_negative():
    said = list(sentences.statements())
    turns = list(sentences.turns())
    plain = [*sentences.negated_verdicts(), *sentences.contrasts()]
    texts = [text for one in (*said, *turns) for text in one] + [one.text for one in plain]

    assert len(set(texts)) == len(texts)
    assert not [text for text in texts if "{" in text or "}" in text or text[-1] != "."]
    contrasts = [one.positive for one in sentences.contrasts()]
    assert sum(contrasts) * 2 == len(contrasts)
    verdicts = [one.positive for one in sentences.negated_verdicts()]
    assert 0.35 < np.mean(verdicts) < 0.65


def test_no_word_is_praise_and_blame_and_each_occurs_once():
    words = [word for pair in sentences.OPPOSITES for word in pair]

    assert len(set(words)) == len(words)
    assert {good for good, _ in sentences.CLEARLY_NEGATED} <= {
        good for good, _ in sentences.OPPOSITES
    }
    assert {bad for _, bad in sentences.CLEARLY_NEGATED} <= {bad for _, bad in sentences.OPPOSITES}


@pytest.mark.parametrize("row", range(3))
def test_no_name_stands_in_two_rows(row):
    others = {name for other, names in enumerate(sentences.NAMES) if other != row for name in names}

    assert len(set(sentences.NAMES[row])) == len(sentences.NAMES[row])
    assert not others & set(sentences.NAMES[row])
