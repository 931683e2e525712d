"""A name proposes a column, what stands in it decides, and the uploader's word is above both."""

from typing import Any

import pytest

from sentiment.dataset.choosing import Columns, choose
from sentiment.dataset.columns import first, is_known, plain, rank, words_of
from sentiment.dataset.files import DatasetError
from sentiment.dataset.records import Record
from sentiment.dataset.said import Said
from sentiment.dataset.sample import columns_of
from sentiment.dataset.tables.headers import MOST_COLUMNS
from tests.unit.sentiment.dataset.forms import REVIEWS, WORDS

TEXTS = [text for text, _ in REVIEWS[:60]]
OTHERS = [text for text, _ in REVIEWS[100:160]]
WORD_LABELS = [WORDS[good] for _, good in REVIEWS[:60]]
NUMBER_LABELS = [int(good) for _, good in REVIEWS[:60]]
STARS = [5 if good else 1 for _, good in REVIEWS[:60]]


def chosen(said: dict[str, str] | None = None, **columns: list[Any]) -> Columns:
    """The columns that are chosen of a table of sixty rows."""
    names = [name.replace("__", ".") for name in columns]
    rows = [
        Record(line, dict(zip(names, values, strict=True)))
        for line, values in enumerate(zip(*columns.values(), strict=True))
    ]
    return choose(names, rows, Said.of(said or {}))


def used(found: Columns) -> tuple[str, str, str | None]:
    return found.text.name, found.label.name, found.group.name if found.group else None


# --- Names ------------------------------------------------------------------------------------


def test_a_name_is_what_is_left_without_case_accents_and_signs() -> None:
    assert [plain(name) for name in (" Review_Text", "reseña", "STAR-Rating", "\u200btext")] == [
        "reviewtext", "resena", "starrating", "text",
    ]  # fmt: skip
    assert words_of("OriginalTweet_en") == ["original", "tweet", "en"]


def test_names_are_known_by_kind_and_a_number_behind_them_does_not_count() -> None:
    assert rank("text", "Review.1") == rank("text", "review (2)") == 0
    assert rank("label", "airline_sentiment") is not None
    assert rank("rating", "review") is None
    assert first("group", ["id", "product_id", "Movie"]) == "Movie"
    assert first("group", ["id"]) is None


@pytest.mark.parametrize(
    ("name", "is_of_header"),
    [
        ("customer_review", True), ("Bewertung", True), ("label", True), ("asin", True),
        ("review_date", False), ("good", False), ("What a fine film this review is", False),
    ],
)  # fmt: skip
def test_a_cell_of_a_header_is_known(name: str, is_of_header: bool) -> None:
    assert is_known(name) == is_of_header


# --- What is chosen ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"text": TEXTS, "label": WORD_LABELS}, ("text", "label", None)),
        ({"a": TEXTS, "b": WORD_LABELS}, ("a", "b", None)),
        ({"text": STARS, "other": TEXTS, "label": STARS}, ("other", "label", None)),
        ({"summary": ["In short"] * 60, "told": TEXTS, "y": STARS}, ("told", "y", None)),
        ({"summary": TEXTS, "y": STARS}, ("summary", "y", None)),
        ({"review_title": ["So"] * 60, "my_review": TEXTS, "y": STARS}, ("my_review", "y", None)),
        ({"text": TEXTS, "score": STARS, "label": STARS}, ("text", "label", None)),
        ({"text": TEXTS, "label": STARS, "mood": WORD_LABELS}, ("text", "mood", None)),
        ({"text": TEXTS, "label": ["a", "b"] * 30, "stars": STARS}, ("text", "stars", None)),
        ({"text": TEXTS, "label": [""] * 60, "stars": STARS}, ("text", "stars", None)),
        ({"text": TEXTS, "label": [""] * 60}, ("text", "label", None)),
        ({"text": TEXTS, "label": [2] * 60}, ("text", "label", None)),  # the first half of a file
        ({"text": TEXTS, "vote_score": STARS, "voted_up": WORD_LABELS}, ("text", "voted_up", None)),
        ({"text": TEXTS, "your_score": STARS, "liked": NUMBER_LABELS}, ("text", "liked", None)),
        ({"text": TEXTS, "your_score": STARS}, ("text", "your_score", None)),
        ({"text": TEXTS, "votes": STARS, "liked": NUMBER_LABELS}, ("text", "liked", None)),
        ({"text": TEXTS, "verified": ["yes", "no"] * 30, "stars": STARS}, ("text", "stars", None)),
        ({"text": TEXTS, "state": ["good", "fair"] * 30, "stars": STARS}, ("text", "stars", None)),
        ({"text": TEXTS, "label": STARS, "film": ["a", "b"] * 30}, ("text", "label", "film")),
        ({"data": [{"text": t} for t in TEXTS], "label": STARS}, ("data.text", "label", None)),
    ],
)  # fmt: skip
def test_names_propose_and_contents_decide(
    columns: dict[str, list[Any]], expected: tuple[str, str, str | None]
) -> None:
    assert used(chosen(**columns)) == expected


def test_of_very_many_columns_the_fullest_are_looked_at() -> None:
    rows = [
        Record(line, {f"{line}.{key}": key for key in range(500)} | {"review": text, "label": word})
        for line, (text, word) in enumerate(zip(TEXTS, WORD_LABELS, strict=True))
    ]
    names = list(dict.fromkeys(name for row in rows for name in row.values))

    found = choose(names, rows, Said.of({}))

    assert (found.text.name, found.label.name) == ("review", "label")
    assert len(columns_of(names, rows)) == MOST_COLUMNS < len(names)


def test_what_was_not_obvious_is_told() -> None:
    [text, label] = chosen(a=TEXTS, b=WORD_LABELS).notes
    assert text == 'The reviews were taken from column "a", which reads most like them.'
    assert label == 'The labels were taken from column "b".'
    assert chosen(text=TEXTS, label=WORD_LABELS).notes == []
    assert chosen(a=TEXTS, c=OTHERS, label=STARS).notes == [
        f'The reviews were taken from column "{name}", which has most words. To choose another,'
        f" drop the file with --text-column {other}."
        for name, other in [("a", "c") if words(TEXTS) >= words(OTHERS) else ("c", "a")]
    ]


def words(texts: list[str]) -> int:
    return sum(len(text.split()) for text in texts)


@pytest.mark.parametrize(
    ("columns", "rivals"),
    [
        ({"label": NUMBER_LABELS, "label_text": WORD_LABELS}, ["label"]),
        ({"sentiment": WORD_LABELS, "rating": STARS}, ["rating"]),
        ({"sentiment": WORD_LABELS, "score": STARS}, []),  # may be votes
        ({"sentiment": WORD_LABELS, "rating_count": STARS}, []),
        ({"sentiment": WORD_LABELS, "rating": [i / 60 for i in range(60)]}, []),  # computed
        ({"sentiment": WORD_LABELS, "sentiment_gold": [""] * 59 + ["positive"]}, []),
    ],
)
def test_columns_that_should_say_the_same_are_compared(
    columns: dict[str, list[Any]], rivals: list[str]
) -> None:
    found = chosen(text=TEXTS, **columns)

    assert [column.name for column, _ in found.labels.rivals] == rivals


# --- What the uploader says -------------------------------------------------------------------


def test_columns_that_the_uploader_names_are_taken() -> None:
    columns = {"text": TEXTS, "other": OTHERS, "label": WORD_LABELS, "n": NUMBER_LABELS, "w": STARS}

    found = chosen({"text-column": "Other", "label-column": "n", "group-column": "w"}, **columns)

    assert used(found) == ("other", "n", "w")
    assert found.labels.rivals == ()


def test_values_that_the_uploader_gives_a_meaning_find_their_column() -> None:
    kinds = {"text": TEXTS, "kind": ["ham", "spam"] * 30, "label": ["x", "y"] * 30}

    assert chosen({"positive": "ham", "negative": "spam"}, **kinds).label.name == "kind"
    assert chosen({"positive": "y", "negative": "x"}, **kinds).label.name == "label"


def test_values_that_may_come_later_leave_the_column_to_its_name() -> None:
    found = chosen({"positive": "yay", "negative": "meh"}, text=TEXTS, label=WORD_LABELS)

    assert found.label.name == "label"


@pytest.mark.parametrize(
    ("said", "columns", "says"),
    [
        ({"text-column": "no"}, {"text": TEXTS, "label": STARS}, "which text-column names, among"),
        ({"label-column": "no"}, {"text": TEXTS, "label": STARS}, "which label-column names"),
        ({"group-column": "no"}, {"text": TEXTS, "label": STARS}, "which group-column names"),
        ({}, {"a": STARS, "label": STARS}, "reviews among.*--text-column"),
        ({}, {"review": STARS, "label": STARS}, 'in column "review".*--text-column review'),
        ({}, {"text": TEXTS, "kind": ["x", "y"] * 30}, "labels among.*--label-column kind"),
        ({}, {"text": TEXTS, "label": ["x", "y"] * 30}, '"x", "y".*--positive x --negative y'),
        ({}, {"positive_review": TEXTS, "negative_review": OTHERS}, "two columns.*--text-column"),
    ],
)  # fmt: skip
def test_a_refusal_says_what_the_uploader_can_say(
    said: dict[str, str], columns: dict[str, list[Any]], says: str
) -> None:
    with pytest.raises(DatasetError, match=says):
        chosen(said, **columns)
