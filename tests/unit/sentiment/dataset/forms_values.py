"""Labels as shops, surveys and programs write them: stars in words, grades, a column for each."""

from collections.abc import Sequence

from tests.unit.sentiment.dataset.forms import (
    REVIEWS,
    WORDS,
    Form,
    Refused,
    Taken,
    csv_of,
    labels_of,
    plain,
    scaled,
    two,
)


def of_three(
    name: str,
    what: str,
    good: Sequence[object],
    bad: Sequence[object],
    middle: Sequence[object],
    column: str = "sentiment",
    *notes: str,
) -> Form:
    """A third of the rows is neutral."""
    rows = scaled(good, bad, middle)
    return labels_of(name, what, rows, column, kept=200, neutral=100, notes=notes)


def flagged(
    names: str, kinds: Sequence[int], yes: object = 1, no: object = 0
) -> list[list[object]]:
    """Reviews with a flag below one of these names: kind 2 is positive, 1 neutral, 0 negative."""
    rows = scaled([2], [0], [1] if 1 in kinds else [])
    return [[text, *(yes if kind == each else no for each in kinds)] for text, kind in rows]


def hot(name: str, what: str, names: str, kinds: Sequence[int], *flags: object) -> Form:
    neutral = 100 if 1 in kinds else 0
    label = names.replace(",", ", ")
    content = csv_of(f"review,{names}", flagged(names, kinds, *flags))
    return Form(name, what, content, Taken("review", label, 300 - neutral, neutral=neutral))


COMPOUND = [
    (text, round((0.06 + index % 90 / 100) * (1 if good else -1), 4) if index % 6 < 4 else 0.0123)
    for index, (text, good) in enumerate(REVIEWS)
]
STARS = scaled([5, 4], [1, 2], [3])

FORMS = [
    of_three(
        "star_rating.csv",
        "5.0 star rating",
        ["5.0 star rating", "4 star rating"],
        ["1.0 star rating", "2 star rating"],
        ["3.0 star rating"],
        "rating",
    ),
    of_three(
        "rated_out_of.csv",
        "Rated 4 out of 5",
        ["Rated 4 out of 5", "Rated 5 out of 5 stars"],
        ["Rated 1 out of 5", "Rated 2.0 out of 5"],
        ["Rated 3 out of 5"],
        "rating",
    ),
    of_three("rated.csv", "Rated 4", ["Rated 4", "Rated 5"], ["Rated 1"], ["Rated 3"], "rating"),
    of_three(
        "words_with_shares.csv",
        "Positive (98%), NEGATIVE: 0.6, neutral 55.5 %",
        ["Positive (98%)", "POSITIVE 0.71"],
        ["Negative (88%)", "NEGATIVE: 0.6"],
        ["neutral 55.5 %"],
    ),
    of_three("P_N_NEU.csv", "P+, P, NEU, N, N+", ["P+", "P"], ["N+", "N"], ["NEU"]),
    of_three("pos_neg_points.csv", "pos., neg., neu.", ["pos."], ["neg."], ["neu."]),
    of_three("plus_minus.csv", "++, +, o, -, --", ["++", "+"], ["--", "-"], ["o"]),
    labels_of(
        "minus_for_nothing.csv",
        "positive, negative, and - where there is no label",
        scaled(["positive"], ["negative"], ["-"]),
        kept=200,
        left_out=100,
    ),
    of_three(
        "half_stars.csv", "4½, ½, 2 ½", ["4½", "5", "4"], ["1½", "2", "½"], ["3", "2 ½"], "rating"
    ),
    labels_of("labels_of_bytes.csv", "b'positive'", two("b'positive'", "b'negative'")),
    labels_of("labels_of_lists.csv", "['positive']", two("['positive']", "['negative']")),
    of_three(
        "marks_out_of_20.csv",
        "marks from 0 to 20",
        [18, 15, 16, 20, 14],
        [4, 7, 2, 0, 5],
        [11, 10, 12],
        "note",
        "up to 8 were read as negative, from 14 as positive. If they mean something else",
    ),
    of_three("nps.csv", "promoter, detractor, passive", ["Promoter"], ["Detractors"], ["Passive"]),
    of_three(
        "nps_score.csv",
        "answers of a Net Promoter Score",
        [9, 10],
        [0, 3, 6],
        [7, 8],
        "nps_score",
        "up to 6 were read as negative",
    ),
    of_three(
        "likelihood.csv",
        "the same, named after its question",
        [9, 10],
        [0, 3, 6],
        [7, 8],
        "likelihood_to_recommend",
        "from 9 as positive",
    ),
    labels_of(
        "vader.csv",
        "VADER's compound",
        COMPOUND,
        "compound",
        kept=200,
        neutral=100,
        notes=("up to -0.05 were read as negative",),
    ),
    Form(
        "vader_all.csv",
        "VADER's neg, neu, pos and compound",
        csv_of("review,neg,neu,pos,compound", [(t, 0.1, 0.8, 0.1, n) for t, n in COMPOUND]),
        Taken("review", "compound", 200, neutral=100),
    ),
    Form(
        "vader_beside_stars.csv",
        "VADER's compound beside the reviewer's stars, which are believed",
        csv_of(
            "review,compound,stars",
            [
                (text, -number, 5 if good else 1)
                for (text, number), (_, good) in zip(COMPOUND, REVIEWS, strict=True)
            ],
        ),
        Taken("review", "stars", 300),
    ),
    Form(
        "sentiment_beside_answers.csv",
        "a sentiment beside answers to other questions, which may differ",
        csv_of(
            "review,sentiment,service satisfaction,nps",
            [(text, WORDS[good], 1 + i % 5, i % 11) for i, (text, good) in enumerate(REVIEWS)],
        ),
        Taken("review", "sentiment", 300),
    ),
    of_three(
        "likert.csv",
        "strongly agree to strongly disagree",
        ["Strongly agree", "Somewhat agree"],
        ["Strongly Disagree", "disagree"],
        ["Neither agree nor disagree"],
        "answer",
    ),
    of_three(
        "likert_numbered.csv",
        "5 - Strongly agree",
        ["5 - Strongly agree", "Agree (4)"],
        ["1 - Strongly disagree", "Disagree (2)"],
        ["3 - Neutral"],
        "rating",
    ),
    of_three(
        "likert_german.csv",
        "stimme voll zu, stimme nicht zu",
        ["stimme voll zu", "stimme eher zu"],
        ["stimme gar nicht zu", "Stimme nicht zu"],
        ["teils/teils"],
    ),
    of_three(
        "overall_satisfaction.csv",
        "Very satisfied, Somewhat unsatisfied",
        ["Very satisfied", "Somewhat Satisfied"],
        ["Very Unsatisfied", "Somewhat unsatisfied"],
        ["Neither satisfied nor unsatisfied"],
        "Overall satisfaction",
    ),
    labels_of(
        "thumbs_with_tones.csv",
        "👍 and 👎 in every tone of skin",
        scaled(["👍🏽", "👍🏿", "👍"], ["👎🏻", "👎", "👎🏾"]),
    ),
    labels_of(
        "would_you_recommend.csv",
        "Yes and No to a question",
        two("Yes", "No"),
        "Would you recommend it to a friend?",
        notes=("The labels were taken from column",),
    ),
    labels_of("do_recommend.csv", "true and false", two("true", "false"), "reviews.doRecommend"),
    of_three(
        "grades.csv",
        "grades from A to F",
        ["A", "B", "A-"],
        ["D", "F", "d+"],
        ["C", "C+"],
        "grade",
        "A the best",
    ),
    plain(
        "kinds_by_letter.csv",
        "a category A, B, C or D",
        scaled(["A", "B"], ["C", "D"]),
        Refused('"a".*--positive'),
        "review,category",
    ),
    plain(
        "school_years.csv",
        "a grade from 1 to 12 beside no label",
        scaled([1, 5, 9], [3, 7, 12]),
        Refused("no column with the labels"),
        "review,grade",
    ),
    hot("one_hot.csv", "a column for each label", "negative,neutral,positive", (0, 1, 2)),
    hot(
        "get_dummies.csv",
        "the same as pandas writes it",
        "sentiment_negative,sentiment_neutral,sentiment_positive",
        (0, 1, 2),
        True,
        False,
    ),
    hot("survey_crosses.csv", "a cross below one of two", "positive,negative", (2, 0), "x", ""),
    Form(
        "one_hot_stars.csv",
        "a column for each star",
        csv_of(
            "review,star_1,star_2,star_3,star_4,star_5",
            [(text, *(int(stars == each) for each in range(1, 6))) for text, stars in STARS],
        ),
        Taken("review", "star_1 … star_5", 200, neutral=100),
    ),
    Form(
        "one_hot_labels.csv",
        "label_1 and label_2, one of them 1",
        csv_of("review,label_1,label_2", [(t, int(not g), int(g)) for t, g in REVIEWS]),
        Taken("review", "label_1 … label_2", 300, notes=("1 was read as negative and 2",)),
    ),
    Form(
        "shares_in_columns.csv",
        "a share for each label",
        csv_of("review,positive,negative,neutral", [(t, 0.2, 0.3, 0.5) for t, _ in REVIEWS]),
        Refused("labels stand in several columns"),
    ),
]
