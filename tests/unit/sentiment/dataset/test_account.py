"""What an owner is told of rows; one is told of as one, and nothing is a fault that is none."""

import pytest

from sentiment.dataset.account import Account
from sentiment.dataset.columns import Columns
from sentiment.dataset.files import DatasetError
from sentiment.dataset.records import LeftOut

COLUMNS = Columns("text", "label", None, False)


def account(**left_out: int) -> Account:
    """Of a hundred rows, so many are left out of each kind."""
    made = Account()
    made.rows_read = 100
    for kind, count in left_out.items():
        for line in range(count):
            made.leave_out(LeftOut(line + 2, "it is odd", "Mend it."), kind)
    return made


def notes(made: Account, negative: int = 50, positive: int = 50) -> list[str]:
    return made.findings(".csv", COLUMNS, negative, positive)["notes"]


@pytest.mark.parametrize(
    ("kind", "because"),
    [
        ("neutral", "the label is neutral"),
        ("duplicate", "the same review stands on an earlier line"),
        ("conflict", "the same review has both labels"),
    ],
)
def test_one_row_is_told_of_as_one(kind: str, because: str) -> None:
    assert notes(account(**{kind: 1})) == [f"1 row was left out because {because}."]
    assert notes(account(**{kind: 2})) == [f"2 rows were left out because {because}."]
    assert notes(account(**{kind: 1_000}))[0].startswith("1,000 rows were")


@pytest.mark.parametrize(
    ("negative", "positive", "rarer"), [(9, 91, "negative"), (91, 9, "positive")]
)
def test_a_lopsided_dataset_is_told_what_it_lacks(negative: int, positive: int, rarer: str) -> None:
    told = [f"Few reviews are {rarer}: more of them would make the model better."]

    assert notes(account(), negative, positive) == told
    assert notes(account(), 90, 10) == notes(account(), 10, 90) == []  # nine of ten aren't too many


def test_half_of_the_rows_may_be_faulty_and_repeats_and_neutral_ones_are_no_fault() -> None:
    account(odd=50, neutral=30, duplicate=20).check(20, 20)

    with pytest.raises(DatasetError, match=r"51 of 100\), 51 of them like line 2: it is odd. Mend"):
        account(odd=51).check(20, 20)
    with pytest.raises(DatasetError, match=r"60 of 100\), 40 of them like line 2"):
        account(odd=20, strange=40).check(20, 20)


@pytest.mark.parametrize(
    ("negative", "positive", "says"),
    [
        (0, 30, "All 30 usable reviews are positive: add negative ones"),
        (1_000, 0, "All 1,000 usable reviews are negative: add positive ones"),
    ],
)
def test_one_label_alone_is_refused(negative: int, positive: int, says: str) -> None:
    with pytest.raises(DatasetError, match=says):
        account().check(negative, positive)


@pytest.mark.parametrize(("negative", "positive"), [(19, 20), (20, 19)])
def test_twenty_of_each_label_are_enough_and_nineteen_are_not(negative: int, positive: int) -> None:
    account().check(20, 20)
    account().check(21, 5_000)

    with pytest.raises(DatasetError, match=f"{negative} negative and {positive} positive"):
        account().check(negative, positive)


def test_the_first_rows_of_each_kind_are_listed_by_their_lines() -> None:
    made = account(odd=101)
    made.leave_out(LeftOut(1, "it is strange", "Mend it."), "strange")

    found = made.findings(".csv", COLUMNS, 50, 50)

    assert found["rows_left_out"] == 102
    assert [row["line"] for row in found["left_out"]] == list(range(1, 101))


def test_a_column_of_ratings_is_named_as_such() -> None:
    of_labels = account().findings(".csv", COLUMNS, 50, 50)
    of_ratings = account().findings(".csv", COLUMNS._replace(is_rating=True), 50, 50)

    assert of_labels["columns"] == {"text": "text", "label": "label", "group": None}
    assert of_ratings["columns"] == {**of_labels["columns"], "rating": "label"}


def test_a_dataset_without_rows_is_refused_as_such() -> None:
    with pytest.raises(DatasetError, match="has no rows"):
        Account().check(0, 0)
