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
        ({"text": TEXTS, "hotel_score": STARS, "my_score": STARS}, ("text", "my_score", None)),
        (
            {"text": TEXTS, "my_score": STARS, "given_reviewer_score": STARS},
            ("text", "given_reviewer_score", None),
        ),
        (
            {"previous_comment": TEXTS, "customer_comment": TEXTS[:30] * 2, "stars": STARS},
            ("customer_comment", "stars", None),
        ),
        ({"text": TEXTS, "likes": [0, 1, 2] * 20, "my_score": STARS}, ("text", "my_score", None)),
        ({"text": TEXTS, "Schulnote": STARS}, ("text", "Schulnote", None)),
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


@pytest.mark.parametrize("other", ["Owner reply text", "Response text", "article_body"])
def test_what_the_reviewer_did_not_write_comes_last(other: str) -> None:
    replies = [f"{text} {text}" for text in OTHERS]

    found = chosen(**{other: replies, "Customer comment": TEXTS, "Stars": STARS})

    assert used(found) == ("Customer comment", "Stars", None)
    assert [note for note in found.notes if "To choose another" in note]
    assert chosen(**{other: replies, "told": TEXTS, "Stars": STARS}).text.name == "told"
    assert chosen(**{other: replies, "summary": TEXTS, "Stars": STARS}).text.name == "summary"
    assert chosen(**{other: replies, "Stars": STARS}).text.name == other


def test_of_two_columns_called_by_a_part_the_other_is_told() -> None:
    [note] = chosen(my_comment=TEXTS, long_comment=OTHERS, stars=STARS).notes

    assert "To choose another" in note
    assert chosen(my_comment=TEXTS, stars=STARS).notes == []


@pytest.mark.parametrize(
    ("praise", "blame"),
    [
        ("pros", "cons"), ("review_pros", "review_cons"), ("Positive comment", "Negative comment"),
        ("What do you like best?", "What do you dislike?"), ("liked_text", "disliked_text"),
        ("good", "bad"), ("Positive_Review", "Negative_Review"),
    ],
)  # fmt: skip
def test_praise_and_blame_in_two_columns_are_refused(praise: str, blame: str) -> None:
    halves: dict[str, list[Any]] = {blame: OTHERS, praise: TEXTS, "stars": STARS}

    with pytest.raises(DatasetError, match="stand in two columns"):
        chosen(**halves)
    assert chosen(review=TEXTS, **halves).text.name == "review"


def words(texts: list[str]) -> int:
    return sum(len(text.split()) for text in texts)


@pytest.mark.parametrize(
    ("columns", "rivals"),
    [
        ({"label": NUMBER_LABELS, "label_text": WORD_LABELS}, ["label"]),
        ({"sentiment": WORD_LABELS, "rating": STARS}, ["rating"]),
        ({"sentiment": WORD_LABELS, "score": STARS}, ["score"]),
        ({"sentiment": WORD_LABELS, "review_rating": STARS}, ["review_rating"]),
        ({"sentiment": WORD_LABELS, "Note": STARS}, ["Note"]),
        ({"sentiment": WORD_LABELS, "column 3": STARS}, ["column 3"]),
        ({"sentiment": WORD_LABELS, "score": [7 * i for i in range(60)]}, []),  # votes
        ({"sentiment": WORD_LABELS, "hotel_rating": STARS}, []),  # an average
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


BLAMED = [1 - good for good in NUMBER_LABELS]
SOME = [int(i % 3 == 0) for i in range(60)]


def test_labels_in_a_column_for_each_are_read_by_one_where_it_says_all() -> None:
    found = chosen(text=TEXTS, label_negative=BLAMED, label_positive=NUMBER_LABELS)

    assert found.label.name in ("label_negative", "label_positive")


@pytest.mark.parametrize(
    "columns",
    [
        {"sentiment_negative": BLAMED, "sentiment_neutral": SOME, "sentiment_positive": SOME},
        {"negative": BLAMED, "neutral": SOME, "positive": SOME},
        {"label_negative": SOME, "label_positive": SOME},  # both, or neither
        {"neg": [0.1] * 60, "neu": [0.5] * 60, "pos": [0.4] * 60},
    ],
)
def test_labels_in_a_column_for_each_are_refused_where_none_says_all(
    columns: dict[str, list[Any]],
) -> None:
    with pytest.raises(DatasetError, match=r"several columns.*one column of them") as refused:
        chosen(text=TEXTS, **columns)
    assert "--label-column" not in str(refused.value)
    assert chosen(text=TEXTS, **columns, sentiment=WORD_LABELS).label.name == "sentiment"
    assert chosen(text=TEXTS, **columns, stars=STARS).label.name == "stars"


@pytest.mark.parametrize("name", ["likes", "like", "votes"])
def test_votes_are_no_ratings(name: str) -> None:
    with pytest.raises(DatasetError, match="no column with the labels"):
        chosen(text=TEXTS, **{name: [0, 1, 2, 3, 4, 5] * 10})


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
        ({}, {"text": TEXTS, "label": ["x", "y"] * 30}, '"x", "y".*--positive .values of praise'),
        ({}, {"positive_review": TEXTS, "negative_review": OTHERS}, "two columns.*--text-column"),
    ],
)  # fmt: skip
def test_a_refusal_says_what_the_uploader_can_say(
    said: dict[str, str], columns: dict[str, list[Any]], says: str
) -> None:
    with pytest.raises(DatasetError, match=says):
        chosen(said, **columns)


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ({"label-column": "text"}, 'Column "text", which label-column names, holds the reviews'),
        ({"text-column": "text", "label-column": "text"}, "names, holds the reviews themselves"),
        ({"text-column": "stars"}, 'Column "stars", which text-column names, holds no texts'),
        ({"group-column": "text"}, "which group-column names, holds the reviews: name one"),
        ({"group-column": "stars"}, "which group-column names, holds the labels: name one"),
    ],
)
def test_what_can_t_be_meant_is_said_plainly(said: dict[str, str], says: str) -> None:
    with pytest.raises(DatasetError, match=says):
        chosen(said, text=TEXTS, film=["a", "b"] * 30, stars=STARS)


@pytest.mark.parametrize("name", ["review.text", "reviews.review.text", "reviews[].review.text",
                                  "$.review.text", "Review.Text", "text"])  # fmt: skip
def test_a_member_of_objects_is_named_by_its_way_or_its_end(name: str) -> None:
    reviews = [
        {"text": text, "a": {"b": {"c": {"d": n}}}} for text, n in zip(TEXTS, STARS, strict=True)
    ]

    found = chosen({"text-column": name, "label-column": "review.a.b.c.d"}, review=reviews)

    assert used(found) == ("review.text", "review.a.b.c.d", None)
    assert found.label.of({"review": reviews[0]}) == 5


def test_an_object_is_no_group_but_what_stands_in_it_is() -> None:
    products = [{"id": f"p{i}", "price": i} for i in range(60)]

    assert used(chosen(product=products, text=TEXTS, stars=STARS)) == (
        "text",
        "stars",
        "product.id",
    )


def test_a_named_column_is_found_among_too_many() -> None:
    others = {f"x{i}": ["1"] * 60 for i in range(MOST_COLUMNS + 5)}
    few = [text if i < 9 else None for i, text in enumerate(TEXTS)]
    labels = [label if i < 9 else "" for i, label in enumerate(WORD_LABELS)]
    said = {"text-column": "mine", "label-column": "of mine"}

    found = chosen(said, **others, mine=few, **{"of mine": labels})

    assert used(found) == ("mine", "of mine", None)


def test_a_named_column_that_is_empty_at_first_is_found_among_too_many() -> None:
    others = {f"x{i}": ["1"] * 60 for i in range(MOST_COLUMNS + 5)}

    found = chosen({"group-column": "mine"}, text=TEXTS, stars=STARS, **others, mine=[None] * 60)

    assert used(found) == ("text", "stars", "mine")
