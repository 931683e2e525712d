"""The example dataset is what its README promises: balanced, varied and free of filler."""

import csv
import re
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.unit.made import alike

EXAMPLE = Path(__file__).parents[2] / "examples" / "reviews.csv"
NEGATION = re.compile(r"\b(?:not|no|never|nothing|nobody|none|nor|hardly|without|cannot|\w+n't)\b")
TURN = re.compile(r"\b(?:but|yet|still|though|although|unfortunately|anyway|instead|honestly)\b")
SCORE = re.compile(r"\b\d{1,2} ?(?:/|out of) ?10\b|\b(?:one|five|six|zero) stars?\b")
EMOTICON = re.compile(r"[\u2600-\u27bf\U0001f300-\U0001faff]|[:;]-?[()]")


class Review(NamedTuple):
    """One row of the file."""

    review: str
    sentiment: str
    subject: str


@pytest.fixture(scope="module")
def reviews() -> list[Review]:
    with EXAMPLE.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file, strict=True)
    assert header == ["review", "sentiment", "subject"]
    return [Review(*row) for row in rows]


def words_of(text: str) -> list[str]:
    return re.findall(r"[\w']+", text.lower())


def share(reviews: list[Review], pattern: re.Pattern[str]) -> float:
    return sum(bool(pattern.search(row.review.lower())) for row in reviews) / len(reviews)


def test_there_are_enough_reviews_and_as_many_positive_as_negative(reviews: list[Review]) -> None:
    sentiments = Counter(row.sentiment for row in reviews)

    assert len(reviews) >= 400
    assert set(sentiments) == {"positive", "negative"}
    assert sentiments["positive"] == sentiments["negative"]


def test_films_books_places_and_things_each_have_both_sentiments(reviews: list[Review]) -> None:
    cells = Counter((row.subject, row.sentiment) for row in reviews)

    assert {subject for subject, _ in cells} == {"film", "book", "place", "thing"}
    assert len(cells) == 8
    assert min(cells.values()) >= 50


def test_no_review_occurs_twice(reviews: list[Review]) -> None:
    texts = Counter(" ".join(words_of(row.review)) for row in reviews)

    assert [text for text, times in texts.items() if times > 1] == []


def test_no_review_is_another_one_with_a_few_words_changed(reviews: list[Review]) -> None:
    longer = [text for text in texts(reviews) if len(text.split()) >= 7]
    pairs = {text: set(pairwise(words_of(text))) for text in longer}

    assert alike(pairs, 0.3) == []


def test_no_sentence_opening_is_a_template(reviews: list[Review]) -> None:
    openings = Counter(tuple(words_of(text)[:4]) for text in texts(reviews))

    assert [opening for opening, times in openings.items() if times > 2] == []


def test_lengths_vary_from_terse_to_chatty(reviews: list[Review]) -> None:
    lengths = sorted(len(text.split()) for text in texts(reviews))

    assert lengths[0] >= 4
    assert lengths[-1] <= 60
    assert sum(length <= 8 for length in lengths) >= 40
    assert sum(length >= 30 for length in lengths) >= 20
    assert len(set(lengths)) >= 30


def test_negation_occurs_often_and_on_both_sides(reviews: list[Review]) -> None:
    for sentiment in ("positive", "negative"):
        rows = [row for row in reviews if row.sentiment == sentiment]
        assert share(rows, NEGATION) >= 0.25, sentiment


def test_feelings_are_mixed_in_a_good_part_of_the_reviews(reviews: list[Review]) -> None:
    for sentiment in ("positive", "negative"):
        rows = [row for row in reviews if row.sentiment == sentiment]
        assert share(rows, TURN) >= 0.1, sentiment


def test_scores_emoji_commas_and_quotes_are_among_the_text(reviews: list[Review]) -> None:
    everything = texts(reviews)

    assert sum(bool(SCORE.search(text.lower())) for text in everything) >= 8
    assert sum(bool(EMOTICON.search(text)) for text in everything) >= 8
    assert sum("," in text for text in everything) >= 200
    assert sum('"' in text for text in everything) >= 5


def test_the_text_is_clean_utf8_without_markup_or_stray_spaces(reviews: list[Review]) -> None:
    for text in texts(reviews):
        assert text == " ".join(text.split())
        assert text.isprintable()
        assert not re.search(r"[<>\ufffd]", text)


def texts(reviews: list[Review]) -> list[str]:
    return [row.review for row in reviews]
