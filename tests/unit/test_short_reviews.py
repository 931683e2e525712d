"""The short reviews are a fair examination: balanced, varied, distinct and nowhere learnt from."""

import csv
import json
import re
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from sentiment.judging import behaviour_sentences
from sentiment.learning.lesson_sentences import PHRASES
from tests.unit.made import alike, all_lessons

ROOT = Path(__file__).parents[2]
KINDS = {
    "plain",
    "negation",
    "contrast",
    "understatement",
    "comparison",
    "recommendation",
    "mild",
    "exclamation",
    "slang",
    "lower_case",
    "typo",
    "sarcasm",
}


@pytest.fixture(scope="module")
def reviews() -> list[dict[str, str]]:
    lines = (ROOT / "tests/data/short_reviews.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def plain(text: str) -> str:
    return " ".join(re.findall(r"[\w']+", text.lower()))


def test_there_are_enough_reviews_and_as_many_positive_as_negative(reviews):
    labels = Counter(row["label"] for row in reviews)

    assert len(reviews) >= 320
    assert set(labels) == {"positive", "negative"}
    assert labels["positive"] == labels["negative"]


def test_every_row_has_the_same_four_texts(reviews):
    for row in reviews:
        assert list(row) == ["text", "label", "kind", "about"]
        assert row["text"] == " ".join(row["text"].split())
        assert row["text"].isprintable()
        assert row["about"] in {"film", "series", "book", "place", "thing"}


def test_every_kind_is_balanced_and_sarcasm_is_rare(reviews):
    kinds = Counter(row["kind"] for row in reviews)
    positive = Counter(row["kind"] for row in reviews if row["label"] == "positive")

    assert set(kinds) == KINDS
    assert all(positive[kind] * 2 == number for kind, number in kinds.items())
    assert min(kinds.values()) >= 10
    assert kinds["sarcasm"] <= 0.05 * len(reviews)


def test_most_are_about_films_and_series(reviews):
    about = Counter(row["about"] for row in reviews)

    assert 0.65 < (about["film"] + about["series"]) / len(reviews) < 0.8
    assert min(about.values()) >= 30
    for subject in about:
        labels = [row["label"] for row in reviews if row["about"] == subject]
        assert 0.4 < labels.count("positive") / len(labels) < 0.6, subject


def test_they_are_short_and_vary_in_length(reviews):
    lengths = [len(row["text"].split()) for row in reviews]

    assert min(lengths) >= 3
    assert max(lengths) <= 25
    assert sum(length >= 15 for length in lengths) >= 30
    assert len(set(lengths)) >= 18


def test_no_review_is_another_one_with_a_few_words_changed(reviews):
    words = [plain(row["text"]) for row in reviews]
    pairs = {text: set(pairwise(text.split())) for text in words if len(text.split()) >= 7}

    assert len(set(words)) == len(words)
    assert alike(pairs, 0.5) == []


def test_kinds_are_what_they_say(reviews):
    def texts(kind):
        return [row["text"] for row in reviews if row["kind"] == kind]

    negation = r"\b(not|no|never|nothing|nobody|none|nowhere|hardly|\w+n't)\b"
    assert all(re.search(negation, text, re.IGNORECASE) for text in texts("negation"))
    assert all("!" in text for text in texts("exclamation"))
    assert all(text == text.lower() and text[-1].isalnum() for text in texts("lower_case"))


def test_no_review_is_learnt_from_or_in_the_behaviour_suite(reviews):
    with (ROOT / "examples/reviews.csv").open(encoding="utf-8", newline="") as file:
        others = {plain(row["review"]) for row in csv.DictReader(file)}
    others |= {plain(text) for one in behaviour_sentences.statements() for text in one}
    others |= {plain(one.text) for one in behaviour_sentences.negated_verdicts()}
    others |= {plain(" ".join(lesson.words)) for lesson in all_lessons()}

    texts = {plain(row["text"]) for row in reviews}
    assert not others & texts
    phrases = [plain(phrase) for row in PHRASES.values() for phrase in row.split("|")]
    telling = [f" {phrase} " for phrase in phrases if len(phrase.split()) > 2]
    assert not [phrase for phrase in telling for text in texts if phrase in f" {text} "]
