"""Sentences that teach: other words than those of the examination, and known ones only."""

from collections import defaultdict
from itertools import islice
from random import Random

from sentiment.judging import behaviour_sentences as examined
from sentiment.learning.lesson_sentences import ALONE, WORD_FORMS
from sentiment.learning.lessons import STRENGTHS, every_lesson, forms, lessons
from sentiment.text import read
from tests.unit.made import all_lessons


def words_of(texts: list[str]) -> list[list[str]]:
    return [[token.word for token in read(text).tokens] for text in texts]


def test_no_lesson_is_in_the_examination():
    taught = {tuple(lesson.words) for lesson in all_lessons()}
    said = [text for one in examined.statements() for text in one]
    said += [one.text for one in [*examined.negated_verdicts(), *examined.contrasts()]]
    said += [text for pair in examined.turns() for text in pair]

    assert not taught & set(map(tuple, words_of(said)))


def test_no_word_of_praise_or_blame_is_taught_and_examined():
    taught = {word for lesson in all_lessons() for word in lesson.words}

    assert not taught & {word for pair in examined.OPPOSITES for word in pair}


def test_only_known_words_are_taught_and_the_same_seed_teaches_the_same():
    some = lessons(lambda word: word != "movie", 1)

    assert 1000 < len(some) < len(all_lessons())
    assert some == [lesson for lesson in all_lessons() if "movie" not in lesson.words]


def test_negation_turns_the_label():
    labels = {(form, of.get("word")): label for form, label, of in forms(Random(1))}

    assert labels["far from {word}", "terrific"] < 0.5 < labels["far from {word}", "lame"]
    assert labels["it bored me", None] < 0.5 < labels["it never bored me", None]


def test_every_word_is_affirmed_as_often_as_it_is_negated():
    """Else the word would be learnt as what it mostly stands in."""
    labels_of = defaultdict(list)
    for _, label, of in forms(Random(1)):
        labels_of[of.get("word")].append(label)
    for words, affirmed, negated in STRENGTHS:
        for word in words.split():
            labels = labels_of[word]

            assert labels.count(negated) == len(WORD_FORMS)
            assert labels.count(affirmed) == len(WORD_FORMS) + len(ALONE)


def test_the_seed_chooses_what_stands_beside_what():
    one, other = (list(islice(every_lesson(Random(seed)), 200)) for seed in (1, 2))

    assert one == all_lessons()[:200]
    assert one != other
