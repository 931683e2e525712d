"""Archives whose files and folders are named after labels, and those whose tables differ."""

from collections.abc import Callable, Sequence

from tests.unit.sentiment.dataset.forms import (
    REVIEWS,
    WORDS,
    Form,
    Refused,
    Taken,
    csv_of,
    jsonl_of,
    scaled,
)
from tests.unit.sentiment.dataset.forms_packed import tar_of, zip_of

Content = Callable[[], bytes]
LABELLED = Taken("text", "label", 300)
BY_FILE = "label of the file"
ROWS = [(text, WORDS[good]) for text, good in REVIEWS]


def texts(
    good: Sequence[str], bad: Sequence[str], middle: Sequence[str] = ()
) -> dict[str, Content]:
    """A file for each text, in folders of these names."""
    rows = scaled(good, bad, middle)
    return {f"{folder}/{i}.txt": str(text).encode for i, (text, folder) in enumerate(rows)}


def lines(good: bool) -> Content:
    """All texts of a label, one on each line."""
    return lambda: "".join(f"{text}\n" for text, is_good in REVIEWS if is_good == good).encode()


def by_label(header: str, good: bool, *more: object) -> Content:
    """A table of texts with one label."""
    return csv_of(header, [(*more, text) for text, is_good in REVIEWS if is_good == good])


def ratings(start: int, end: int, good: Sequence[int], bad: Sequence[int]) -> Content:
    """Some of the reviews with numbers in turn."""
    rows = [
        (text, (good if is_good else bad)[i // 2 % len(good)])
        for i, (text, is_good) in enumerate(REVIEWS[start:end])
    ]
    return csv_of("review,label", rows)


def told(*names: str) -> Taken:
    return LABELLED._replace(notes=(", ".join(f'"{name}"' for name in names),))


STARS = "5 stars", "4 stars", "1 star", "2 stars", "3 stars"

FORMS = [
    Form(
        "Positive reviews.zip",
        "folders Positive reviews and Negative reviews",
        zip_of(texts(["Positive reviews"], ["Negative reviews"])),
        told("Negative reviews", "Positive reviews"),
    ),
    Form(
        "pos_reviews.tar.gz",
        "folders train/pos_reviews, train/neg_reviews, the same in test",
        tar_of(
            texts(
                ["train/pos_reviews", "test/pos_reviews"],
                ["train/neg_reviews", "test/neg_reviews"],
            )
        ),
        told("neg_reviews", "pos_reviews"),
    ),
    Form("folders_0_1.zip", "folders 0 and 1", zip_of(texts(["1"], ["0"])), told("0", "1")),
    Form(
        "folders_1_5.zip",
        "folders 1 to 5",
        zip_of(texts(["4", "5"], ["1", "2"], ["3"])),
        Taken("text", "label", 200, neutral=100, notes=('"1", "2", "3", "4", "5"',)),
    ),
    Form(
        "folders_stars.zip",
        "folders 1star to 5stars",
        zip_of(texts(["4stars", "5stars"], ["1star", "2stars"], ["3stars"])),
        Taken("text", "label", 200, neutral=100),
    ),
    Form(
        "folders_stars_blank.zip",
        "folders 1 star, 2_stars, … and one without",
        zip_of(texts(["4_stars", "5 stars"], ["1 star", "2_stars"])),
        LABELLED,
    ),
    Form(
        "folders_parts.zip",
        "folders 1, 2 and 3 of texts: parts, no labels",
        zip_of(texts(["1", "2"], ["2", "3"])),
        Refused("holds no table of reviews"),
    ),
    Form(
        "gut_schlecht.zip",
        "folders gut and schlecht",
        zip_of(texts(["gut"], ["schlecht"])),
        LABELLED,
    ),
    Form(
        "positifs_negatifs.zip",
        "folders positifs, négatifs, neutres",
        zip_of(texts(["positifs"], ["négatifs"], ["neutres"])),
        Taken("text", "label", 200, neutral=100),
    ),
    Form(
        "buenas_malas.zip",
        "folders buenas and malas",
        zip_of(texts(["buenas"], ["malas"])),
        LABELLED,
    ),
    Form(
        "positive_folder_one_file.zip",
        "positive/reviews.txt and negative/reviews.txt, a text a line",
        zip_of({f"{WORDS[good]}/reviews.txt": lines(good) for good in (True, False)}),
        LABELLED,
    ),
    Form(
        "numbered_parts.zip",
        "folders 1 to 5 of tables with labels: parts of them",
        zip_of(
            {
                f"{n}/a.csv": csv_of("review,sentiment", ROWS[n * 60 - 60 : n * 60])
                for n in range(1, 6)
            }
        ),
        Taken("review", "sentiment", 300),
    ),
    Form(
        "star_tables.zip",
        "1_star.csv to 5_star.csv of a column of texts",
        zip_of(
            {
                f"{stars}_star.csv": csv_of(
                    "review", [(t,) for t, n in scaled([5, 4], [1, 2], [3]) if n == stars]
                )
                for stars in range(1, 6)
            }
        ),
        Taken("review", BY_FILE, 200, neutral=100),
    ),
    Form(
        "titles_that_praise.zip",
        "texts named good day.txt and bad day.txt among others: no labels",
        zip_of({f"{name}.txt": lines(True) for name in ("a good day", "so so", "no bad film")}),
        Refused("holds no table of reviews"),
    ),
    Form(
        "positive_negative_csv.zip",
        "positive.csv and negative.csv of a column of texts",
        zip_of({f"{WORDS[good]}.csv": by_label("review", good) for good in (True, False)}),
        Taken("review", BY_FILE, 300, notes=('"negative", "positive"',)),
    ),
    Form(
        "positive_negative_ids.zip",
        "the same with ids",
        zip_of(
            {
                "d/positive.csv": by_label("id,review", True, "a"),
                "d/negative.csv": by_label("id,review", False, "b"),
            }
        ),
        Taken("review", BY_FILE, 300),
    ),
    Form(
        "positive_negative_label.zip",
        "the same with a column of labels",
        zip_of(
            {
                "positive.csv": by_label("sentiment,review", True, "positive"),
                "negative.csv": by_label("sentiment,review", False, "negative"),
            }
        ),
        Taken("review", "sentiment", 300),
    ),
    Form(
        "positive_negative_turned.zip",
        "the same with 0 for positive, as the names of the files tell",
        zip_of(
            {
                "positive.csv": by_label("label,review", True, 0),
                "negative.csv": by_label("label,review", False, 1),
            }
        ),
        Taken("review", BY_FILE, 300, notes=("the other way round",)),
    ),
    Form(
        "positive_negative_jsonl.tar.gz",
        "reviews-positive.jsonl and reviews-negative.jsonl",
        tar_of(
            {
                f"reviews-{WORDS[good]}.jsonl": jsonl_of(
                    [{"text": text} for text, is_good in REVIEWS if is_good == good]
                )
                for good in (True, False)
            }
        ),
        Taken("text", BY_FILE, 300),
    ),
    Form(
        "yelp_pos_neg.zip",
        "yelp_pos.txt and yelp_neg.txt, a text a line",
        zip_of({"yelp_pos.txt": lines(True), "yelp_neg.txt": lines(False)}),
        told("yelp_neg", "yelp_pos"),
    ),
    Form(
        "pos_1_neg_2.zip",
        "pos_0.txt, neg_1.txt, …: many files with a text of two lines each",
        zip_of(
            {
                f"{WORDS[good][:3]}_{i}.txt": f"{text}\nThe end.".encode
                for i, (text, good) in enumerate(REVIEWS)
            }
        ),
        LABELLED._replace(is_of_ours=False),
    ),
    Form(
        "pos_reviews_and_table.zip",
        "folders of texts beside a table of them, which is believed",
        zip_of(
            {**texts(["pos_reviews"], ["neg_reviews"]), "all.csv": csv_of("review,label", ROWS)}
        ),
        Taken("review", "label", 300),
    ),
    Form(
        "good_bad.zip",
        "good.txt and bad.txt",
        zip_of({"good.txt": lines(True), "bad.txt": lines(False)}),
        LABELLED,
    ),
    Form(
        "other_case.zip",
        "two tables, one with its names in capitals",
        zip_of(
            {
                "a.csv": csv_of("Review,Sentiment", ROWS[:200]),
                "b.csv": csv_of("review,SENTIMENT", ROWS[200:]),
            }
        ),
        Taken("Review", "Sentiment", 300),
    ),
    Form(
        "one_more_column.zip",
        "two tables, one with ids",
        zip_of(
            {
                "a.csv": csv_of("review,sentiment", ROWS[:200]),
                "b.csv": csv_of("id,review,sentiment", [(7, *row) for row in ROWS[200:]]),
            }
        ),
        Taken("review", "sentiment", 300, notes=('Only some of the files have "id"',)),
    ),
    Form(
        "one_column_less.zip",
        "two tables, one without the others' ids",
        zip_of(
            {
                "a.csv": csv_of("id,review,sentiment", [(7, *row) for row in ROWS[:200]]),
                "b.csv": csv_of("review,sentiment", ROWS[200:]),
            }
        ),
        Taken("review", "sentiment", 300, notes=('Some of the files lack "id"',)),
    ),
    Form(
        "scales_two_and_five.zip",
        "two tables, 0 and 1 in one and 1 to 5 in the other",
        zip_of({"a.csv": ratings(0, 150, [1], [0]), "b.csv": ratings(150, 300, [4, 5], [1, 2])}),
        Refused("different scales.* 0 and 1 in .*a.csv.* 1 to 5 in .*b.csv"),
    ),
    Form(
        "scales_five_and_ten.zip",
        "two tables, 1 to 5 in one and 1 to 10 in the other",
        zip_of(
            {"a.csv": ratings(0, 150, [4, 5], [1, 2]), "b.csv": ratings(150, 300, [8, 10], [1, 4])}
        ),
        Refused("different scales.* 1 to 5 in .*a.csv.* 1 to 10 in .*b.csv"),
    ),
    Form(
        "scales_of_films.zip",
        "a table for each film, one of which nobody gives 5 stars",
        zip_of(
            {
                "a.csv": ratings(0, 100, [4, 5], [1, 2]),
                "b.csv": ratings(100, 200, [4, 4], [1, 2]),
                "c.csv": ratings(200, 300, [4, 5], [2, 2]),
            }
        ),
        Taken("review", "label", 300),
    ),
    Form(
        "words_and_stars.zip",
        "two tables, words in one and 1 to 5 in the other",
        zip_of(
            {
                "a.csv": csv_of("review,label", ROWS[:200]),
                "b.csv": ratings(200, 300, [5, 4], [1, 2]),
            }
        ),
        Taken("review", "label", 200, left_out=100),
    ),
]
