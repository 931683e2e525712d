from collections import Counter

import pytest

from sentiment.dataset.files import DatasetError
from sentiment.dataset.label_words import NEGATIVE, NEUTRAL, POSITIVE
from sentiment.dataset.labels import Meaning, example_of, fault_of, meaning, told_share
from sentiment.dataset.said import Said


def meant(values: str, *, is_rating: bool = False) -> dict[str, int]:
    return meaning(Counter(values.split() * 5), "y", is_rating).labels


@pytest.mark.parametrize(
    ("negative", "positive"),
    [
        ("negative", "positive"), ("neg", "pos"), ("bad", "good"), ("false", "true"), ("no", "yes"),
        ("-", "+"), ("0", "1"), ("-1", "1"), ("1", "2"), ("0", "4"), ("1", "5"), ("3", "7.5"),
    ],
)  # fmt: skip
def test_two_values_are_a_pair(negative: str, positive: str) -> None:
    assert meant(f"{positive} {negative}") == {negative: 0, positive: 1}


@pytest.mark.parametrize(
    ("values", "is_rating", "expected"),
    [
        ("1 2 3 4 5", True, {"1": 0, "2": 0, "3": NEUTRAL, "4": 1, "5": 1}),
        ("1 2 3 4 5", False, {"1": 0, "2": 0, "3": NEUTRAL, "4": 1, "5": 1}),
        ("0.5 2.5 3.5 4.5", True, {"0.5": 0, "2.5": NEUTRAL, "3.5": NEUTRAL, "4.5": 1}),
        ("0 4 6", True, {"0": 0, "4": 0, "6": NEUTRAL}),  # of 1 to 10
        ("1 4 5 6 7 10", True, {"1": 0, "4": 0, "5": NEUTRAL, "6": NEUTRAL, "7": 1, "10": 1}),
        ("4 5", True, {"4": 1, "5": 1}),
        ("1 2", True, {"1": 0, "2": 0}),
        ("0 1", True, {"0": 0, "1": 1}),
        ("0 1 2 3 4", False, {"0": 0, "1": 0, "2": NEUTRAL, "3": 1, "4": 1}),
        ("0 2 4", False, {"0": 0, "2": NEUTRAL, "4": 1}),
        ("0 1 2 3 4", True, {"0": 0, "1": 0, "2": NEUTRAL, "3": 1, "4": 1}),
        ("1 2 3 4", False, {"1": 0, "2": 0, "3": 1, "4": 1}),
        ("1 2 4", False, {"1": 0, "2": 0, "4": 1}),  # of 1 to 5
        ("0 1 2 3", False, {"0": 0, "1": 0, "2": 1, "3": 1}),
        ("0 1 2", False, {"0": 0, "1": NEUTRAL, "2": 1}),
        ("1 2 3", True, {"1": 0, "2": NEUTRAL, "3": 1}),
        ("1 2 3 4 5 6", True, {"1": 0, "2": 0, "3": NEUTRAL, "4": NEUTRAL, "5": 1, "6": 1}),
        ("1 2 3 4 5 6 7", False, {"1": 0, "2": 0, "3": 0, "4": NEUTRAL, "5": 1, "6": 1, "7": 1}),
        ("0 0.4 0.5 0.6 1", False, {"0": 0, "0.4": 0, "0.5": NEUTRAL, "0.6": 1, "1": 1}),
        ("0 40 41 60 100", True, {"0": 0, "40": 0, "41": NEUTRAL, "60": 1, "100": 1}),
        ("-5 -1 0 1 5", True, {"-5": 0, "-1": 0, "0": NEUTRAL, "1": 1, "5": 1}),
        ("-1 1 2 3 4 5", True, {"-1": NEUTRAL, "1": 0, "2": 0, "3": NEUTRAL, "4": 1, "5": 1}),
        ("1 2 3 4 5 99", True, {"1": 0, "2": 0, "3": NEUTRAL, "4": 1, "5": 1, "99": NEUTRAL}),
        ("1/5 2/5 3/5 4/5 5/5", True, {"1/5": 0, "2/5": 0, "3/5": NEUTRAL, "4/5": 1, "5/5": 1}),
        ("5 1/5 2/5 3/5", True, {"5": 1, "1/5": 0, "2/5": 0, "3/5": NEUTRAL}),
        ("2/4 3/4 2/10 7/10 90/100", True, {"2/4": 0, "3/4": 1, "2/10": 0, "7/10": 1, "90/100": 1}),
        ("1 2 3 4 5 6 0", True, dict(zip("0123456", (0, 0, 0, NEUTRAL, 1, 1, 1), strict=True))),
        ("0.5 1 1.5 2 2.5 3 3.5 4", True, {
            "0.5": 0, "1": 0, "1.5": 0, "2": NEUTRAL, "2.5": NEUTRAL, "3": 1, "3.5": 1, "4": 1,
        }),
        ("20 40 60 80 100", True, {"20": 0, "40": 0, "60": NEUTRAL, "80": 1, "100": 1}),
        ("20/100 60/100 80/100", True, {"20/100": 0, "60/100": NEUTRAL, "80/100": 1}),
        ("20/100 60/100 75/100", True, {"20/100": 0, "60/100": 1, "75/100": 1}),
        ("positive negative 0", False, {"positive": 1, "negative": 0, "0": NEUTRAL}),
        ("positive negative 0 1", False, {"positive": 1, "negative": 0, "0": 0, "1": 1}),
        ("n p", False, {"n": 0, "p": 1}),
        ("y n", False, {"n": 0, "y": 1}),
        ("pos n mixed", False, {"pos": 1, "n": 0, "mixed": NEUTRAL}),
        ("pos neg n", False, {"pos": 1, "neg": 0}),  # nobody can tell
        ("p+ p neu n n+", False, {"p+": 1, "p": 1, "neu": NEUTRAL, "n": 0, "n+": 0}),
        ("+ o - --", False, {"+": 1, "o": NEUTRAL, "-": 0, "--": 0}),
        ("p n o", False, {"p": 1, "n": 0, "o": NEUTRAL}),
        ("pos neg -", False, {"pos": 1, "neg": 0}),  # no label
        ("pos neg --", False, {"pos": 1, "neg": 0}),
        ("a b c d e f", True, {"a": 1, "b": 1, "c": NEUTRAL, "d": 0, "e": 0, "f": 0}),
        ("a+ a b- f", True, {"a+": 1, "a": 1, "b-": 1, "f": 0}),
        ("0 4 8 9 13 14 20", True, {"0": 0, "4": 0, "8": 0, "9": NEUTRAL, "13": NEUTRAL, "14": 1,
                                    "20": 1}),
        ("pos neg unsup", False, {"pos": 1, "neg": 0, "unsup": NEUTRAL}),
        ("-1 0 1", False, {"-1": 0, "0": NEUTRAL, "1": 1}),
        ("-2 -1 1 2", False, {"-2": 0, "-1": 0, "1": 1, "2": 1}),
        ("-0.5 0 0.5", False, {"-0.5": 0, "0": NEUTRAL, "0.5": 1}),
        ("1", False, {"1": 1}),
        ("pos neg 1 0 7", False, {"pos": 1, "neg": 0, "1": 1, "0": 0}),
        ("pos neg 1 -1", False, {"pos": 1, "neg": 0, "1": 1, "-1": 0}),
        ("pos neg neutral odd", False, {"pos": 1, "neg": 0, "neutral": NEUTRAL}),
    ],
)  # fmt: skip
def test_more_values_are_a_scale(values: str, is_rating: bool, expected: dict[str, int]) -> None:
    assert meant(values, is_rating=is_rating) == expected


@pytest.mark.parametrize(
    ("highest", "is_rating", "note"),
    [
        (4, False, "0 and 1 were read as negative, 3 and 4 as positive"),
        (5, True, "ratings up to 2 were read as negative, from 4 as positive"),
        (10, True, "ratings up to 4 were read as negative, from 7 as positive"),
    ],
)
def test_a_scale_begins_at_zero_and_ends_at_its_highest(
    highest: int, is_rating: bool, note: str
) -> None:
    values = {str(value): 900 for value in range(highest + 1)}

    told = meaning(Counter(values | {f"{highest + 1}": 1, "-1": 1}), "y", is_rating)

    assert told.labels.keys() == values.keys()
    assert told.note == f'In column "y" {note}.'


def test_a_single_number_is_no_pair() -> None:
    assert meaning(Counter({"1": 9}), "y", False) == ({"1": POSITIVE}, None)
    assert (NEGATIVE, POSITIVE, NEUTRAL) == (0, 1, -1)


def test_a_stray_number_does_not_change_the_scale() -> None:
    labels = meaning(Counter({"0": 300, "1": 300, "1987": 1, "2": 1}), "y", False).labels

    assert labels == {"0": 0, "1": 1}


@pytest.mark.parametrize(
    ("counts", "is_scale"),
    [
        ({"1": 9, "5": 9, "10": 1}, False),
        ({"1": 9, "5": 9, "10": 2}, True),
        ({"1": 498, "5": 497, "10": 10}, False),
        ({"1": 495, "5": 495, "10": 10}, True),
    ],
)
def test_a_number_counts_if_it_stands_twice_and_in_a_hundredth_of_the_rows(
    counts: dict[str, int], is_scale: bool
) -> None:
    labels = meaning(Counter(counts), "y", False).labels

    assert labels == ({"1": 0, "5": NEUTRAL, "10": 1} if is_scale else {"1": 0, "5": 1})


@pytest.mark.parametrize(
    "values",
    [
        "1 5 11",
        "10 50 100",
        "0 1 4 2 17",
        "-1 3 40 900",
        "0 2 5 90 1500",
        "ham spam",
        "sports politics",
        "",
    ],
)
def test_what_nobody_can_tell_is_refused_with_the_values(values: str) -> None:
    with pytest.raises(DatasetError, match='"y"') as refusal:
        meant(values)

    assert all(f'"{value}"' in str(refusal.value) for value in values.split())
    assert "positive or negative" in str(refusal.value)


def test_what_is_counted_is_no_scale() -> None:
    votes = Counter({str(n): 2000 // (n + 1) for n in range(90)})

    with pytest.raises(DatasetError, match="can't be read"):
        meaning(votes, "votes", is_rating=True)


@pytest.mark.parametrize(
    ("zeros", "means"), [(10, NEUTRAL), (49, NEUTRAL), (50, NEGATIVE), (100, NEGATIVE)]
)
def test_a_rare_zero_beside_stars_stands_for_no_rating(zeros: int, means: int) -> None:
    stars = Counter({str(n): 100 for n in range(1, 6)}) + Counter({"0": zeros})

    told = meaning(stars, "stars", is_rating=True)

    assert told.labels == {"0": means, "1": 0, "2": 0, "3": NEUTRAL, "4": 1, "5": 1}
    assert ("0 stands for no rating" in (told.note or "")) == (means == NEUTRAL)


@pytest.mark.parametrize(
    ("values", "is_sure"),
    [
        ("0 1", True), ("-1 1", True), ("1 2", False), ("0 4", False), ("0 1 2", False),
        ("1 2 3 4", False), ("1 2 3 4 5", True), ("1 2 3 4 5 6", False), ("1 2 3 5 6 7", False),
    ],
)  # fmt: skip
def test_a_scale_that_people_use_in_several_ways_is_told_with_a_way_out(
    values: str, is_sure: bool
) -> None:
    note = meaning(Counter(values.split() * 5), "y", False).note

    assert note
    assert ("--positive and --negative" in note) != is_sure


@pytest.mark.parametrize("numbers", ["1 2 4 5", "1 5", "1 2 3", "0 1 2 3 4 5"])
def test_a_worst_rating_among_words_is_not_read_as_yes(numbers: str) -> None:
    assert meant(f"positive negative {numbers}") == {"positive": 1, "negative": 0}


def test_few_stray_words_do_not_make_numbers_words() -> None:
    stars = Counter({str(n): 100 for n in range(1, 6)})

    assert meaning(stars + Counter({"good": 5}), "stars", True).labels["5"] == POSITIVE
    assert "5" not in meaning(stars + Counter({"good": 100}), "stars", True).labels


# --- What the uploader says -------------------------------------------------------------------


def said(values: str, positive: str, negative: str = "") -> Meaning:
    lists = Said.of({"positive": positive, "negative": negative})
    return meaning(Counter(values.split() * 5), "y", False, lists)


def test_the_uploader_is_believed_before_words_and_numbers() -> None:
    assert said("ham spam", "ham", "spam").labels == {"ham": 1, "spam": 0}
    assert said("0 1", "0", "1").labels == {"0": 1, "1": 0}
    assert said("1 2 3 4 5", "5", "1,2").labels == {
        "1": 0,
        "2": 0,
        "3": NEUTRAL,
        "4": NEUTRAL,
        "5": 1,
    }
    assert said("good bad odd", "odd").labels == {"good": 1, "bad": 0, "odd": 1}
    assert (
        said("0 1", " 0.0 ", "1").note
        == 'In column "y" "1" is negative and "0.0" positive, as was said with the file.'
    )


def test_values_that_do_not_occur_are_told_with_those_that_do() -> None:
    with pytest.raises(
        DatasetError, match=r'positive lists \("yes"\) in column "y".*"ham", "spam"'
    ):
        said("ham spam", "yes", "spam")


def test_what_was_said_counts_as_told() -> None:
    values = Counter({"ham": 3, "spam": 6, "": 5, "good": 1})

    assert told_share(values, False, Said()) == 0.1
    assert told_share(values, False, Said.of({"positive": "ham"})) == 0.4
    assert told_share(Counter(), False, Said()) == 0


def test_a_label_that_cannot_be_read_is_told_with_what_it_may_mean() -> None:
    assert fault_of("postive", "y")[1].startswith("If it means positive, write that. Write")
    assert fault_of("17", "y") == (
        'the label "17" is neither negative nor positive',
        "Write positive or negative, 1 or 0, or a rating from 1 to 5 or 1 to 10.",
    )
    assert fault_of("label", "Label")[0] == "the line repeats the names of the columns"


@pytest.mark.parametrize(
    ("column", "values", "blame"),
    [
        ("sentiment_negative", "0 1", "1"), ("is_negative", "false true", "true"),
        ("Toxic", "0 1", "1"), ("complaint", "no yes", "yes"), ("not_recommended", "0 1", "1"),
        ("label_neg", "1", "1"), ("positive", "0 1", "0"), ("sentiment (neg/pos)", "0 1", "0"),
        ("recommended or not", "0 1", "0"), ("not_positive", "0 1", "1"), ("not bad", "0 1", "0"),
        ("negative or not", "negative positive", "negative"), ("label", "0 1", "0"),
    ],
)  # fmt: skip
def test_numbers_are_turned_round_where_the_name_tells_of_blame(
    column: str, values: str, blame: str
) -> None:
    found = meaning(Counter(values.split()), column, is_rating=False)

    assert found.labels == {value: int(value != blame) for value in values.split()}


@pytest.mark.parametrize(
    ("column", "values"), [("negative_score", "1 2 3 4 5"), ("rating_rank", "1 2 3 4 5 6 7")]
)
def test_numbers_that_may_count_from_the_best_on_are_refused(column: str, values: str) -> None:
    with pytest.raises(DatasetError, match=r"--positive .*--label-column"):
        meaning(Counter(values.split()), column, is_rating=True)
    said = Said(positive=("1",), negative=("5",))
    assert meaning(Counter(values.split()), column, is_rating=True, said=said).labels["1"] == 1


@pytest.mark.parametrize(
    ("column", "is_sure"),
    [("rating", True), ("Note", False), ("Category", False), ("class", False), ("result", False)],
)
def test_numbers_that_may_be_marks_or_kinds_are_told_to_be_unsure(
    column: str, is_sure: bool
) -> None:
    note = meaning(Counter(["1", "2", "3", "4", "5"] * 5), column, is_rating=True).note

    assert note
    assert ("--positive and --negative" in note) != is_sure


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ("1 2 3 4 5 6", {"1": 1, "2": 1, "3": NEUTRAL, "4": NEUTRAL, "5": 0, "6": 0}),
        ("1 2 3 4 5", {"1": 1, "2": 1, "3": NEUTRAL, "4": 0, "5": 0}),
        ("1 5", {"1": 1, "5": 0}),
        ("0 5 10", {"0": 0, "5": NEUTRAL, "10": 1}),  # called so, but points
    ],
)
@pytest.mark.parametrize("column", ["Schulnote", "Zensur", "meine_schulnoten"])
def test_of_marks_the_smallest_is_the_best(
    column: str, values: str, expected: dict[str, int]
) -> None:
    assert meaning(Counter(values.split() * 5), column, is_rating=True).labels == expected


@pytest.mark.parametrize(
    ("column", "values", "expected"),
    [
        ("y", "2 9", "--positive 9 --negative 2"),
        ("y", "bad good", "--positive good --negative bad"),
        ("y", "ham spam", '--positive "values of praise" --negative "values of blame"'),
        ("y", "good spam", '--positive good --negative "values of blame"'),
        ("rank", "1 9", '--positive "values of praise" --negative "values of blame"'),
    ],
)
def test_no_example_has_its_values_the_wrong_way_round(
    column: str, values: str, expected: str
) -> None:
    for seen in (values.split(), values.split()[::-1]):
        assert example_of(Counter([seen[0], *seen]), column) == expected


@pytest.mark.parametrize(
    ("values", "positive", "negative", "says"),
    [
        ("1 2 3 4 5", "5", "1", 'What neither lists, "2", "3", "4" (15 rows), was taken as'),
        ("good bad ok odd", "good", "bad", 'What neither lists, "ok" (5 rows), was taken'),
        (
            "1 2 3 4 5",
            "5",
            "",
            'said with the file; what is negative was read without it: "1", "2"',
        ),
        ("1 2 3 4 5", "", "3,2,1", 'what is positive was read without it: "4", "5"'),
        ("ham spam", "ham", "", "nothing else is negative: list those values, too"),
    ],
)
def test_what_was_not_said_is_told(values: str, positive: str, negative: str, says: str) -> None:
    assert says in (said(values, positive, negative).note or "")


def test_letters_are_grades_below_a_rating_only() -> None:
    with pytest.raises(DatasetError, match="can't be read"):
        meant("a b c d")


@pytest.mark.parametrize(
    ("column", "values", "expected"),
    [
        ("nps_score", "0 6 7 8 9 10", {
            "0": 0, "6": 0, "7": NEUTRAL, "8": NEUTRAL, "9": 1, "10": 1,
        }),
        ("NPS", "1 2 3 4 5", {"1": 0, "2": 0, "3": NEUTRAL, "4": 1, "5": 1}),  # stars
        ("compound", "-1 -0.05 -0.04 0 0.04 0.05 1", {
            "-1": 0, "-0.05": 0, "-0.04": NEUTRAL, "0": NEUTRAL, "0.04": NEUTRAL, "0.05": 1, "1": 1,
        }),
        ("polarity", "-1 -0.04 0 0.04 1", {"-1": 0, "-0.04": 0, "0": NEUTRAL, "0.04": 1, "1": 1}),
    ],
)  # fmt: skip
def test_a_name_may_tell_the_scale(column: str, values: str, expected: dict[str, int]) -> None:
    assert meaning(Counter(values.split() * 5), column, is_rating=True).labels == expected
