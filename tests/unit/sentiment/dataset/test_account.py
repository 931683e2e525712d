"""What an owner is told of rows; one is told of as one, and nothing is a fault that is none."""

import pytest

from sentiment.dataset.account import Account, Described, Findings
from sentiment.dataset.files import DatasetError
from sentiment.dataset.records import LeftOut

DESCRIBED: Described = {
    "format": "csv",
    "encoding": "utf-8",
    "columns": {"text": "text", "label": "label", "group": None},
    "notes": [],
}


def account(**left_out: int) -> Account:
    """Of a hundred rows, so many are left out of each kind."""
    made = Account()
    made.rows_read = 100
    made.rows_neutral = left_out.pop("neutral", 0)
    for kind, count in left_out.items():
        for line in range(count):
            made.leave_out(LeftOut(line + 2, "it is odd", "Mend it."), kind)
    return made


def notes(made: Account, negative: int = 50, positive: int = 50) -> list[str]:
    return findings(made, negative, positive)["notes"]


def findings(made: Account, negative: int = 50, positive: int = 50) -> Findings:
    return made.findings(DESCRIBED, negative, positive)


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("neutral", "passed over because the label is neutral."),
        ("duplicate", "left out because the same review stands on an earlier line."),
        ("conflict", "left out because the same review has both labels."),
    ],
)
def test_one_row_is_told_of_as_one(kind: str, told: str) -> None:
    assert notes(account(**{kind: 1})) == [f"1 row was {told}"]
    assert notes(account(**{kind: 2})) == [f"2 rows were {told}"]
    assert notes(account(**{kind: 1_000})) == [f"1,000 rows were {told}"]


@pytest.mark.parametrize(
    ("negative", "positive", "rarer"), [(9, 91, "negative"), (91, 9, "positive")]
)
def test_a_lopsided_dataset_is_told_what_it_lacks(negative: int, positive: int, rarer: str) -> None:
    told = [f"Few reviews are {rarer}: more of them would make the model better."]

    assert notes(account(), negative, positive) == told
    assert notes(account(), 90, 10) == notes(account(), 10, 90) == []  # nine of ten aren't too many


def test_half_of_the_rows_may_be_faulty_and_repeats_and_neutral_ones_are_no_fault() -> None:
    account(odd=25, conflict=25, neutral=30, duplicate=20).check(20, 20)

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


def test_a_refusal_tells_how_to_say_what_labels_mean_and_of_neutral_rows() -> None:
    made = account(neutral=3)
    made.hint = " Say so."

    with pytest.raises(DatasetError, match=r"at least 20\. Say so\.$"):
        made.check(0, 30)
    with pytest.raises(DatasetError, match=r"\(100 rows were read, 0 left out, 3 are neutral\)"):
        made.check(19, 30)


def test_rows_of_a_kind_are_told_by_the_first_and_their_number() -> None:
    made = account(odd=2, duplicate=4)
    for line in (9, 30):
        made.leave_out(LeftOut(line, f"it has {line} fields", "Mend it."))
    made.leave_out(LeftOut(8, 'it says "x"', "Mend it.", "b.csv"))

    found = findings(made)

    assert found["rows_left_out"] == 9
    assert found["rows_at_fault"] == 5
    assert found["duplicates"] == 4
    assert found["left_out"] == [
        {"line": 2, "reason": "it is odd", "fix": "Mend it.", "rows": 2},
        {"line": 2, "reason": "it is odd", "fix": "Mend it.", "rows": 4},
        {"line": 9, "reason": "it has 9 fields", "fix": "Mend it.", "rows": 2},
        {"line": 8, "file": "b.csv", "reason": 'it says "x"', "fix": "Mend it.", "rows": 1},
    ]


def test_kinds_beyond_the_hundredth_are_told_together() -> None:
    made = account(**{f"kind {chr(65 + n)}": 1 for n in range(100)})
    for kind in ("one", "another", "conflict", "kind A"):
        made.leave_out(LeftOut(200, "it is odd", "Mend it."), kind)

    found = findings(made)

    assert [row["rows"] for row in found["left_out"]] == [2, *[1] * 99, 2, 1]
    assert found["conflicts"] == 1


def test_the_file_of_an_archive_is_told_in_a_refusal() -> None:
    made = Account()
    made.rows_read = 1
    made.leave_out(LeftOut(1_234, "it is odd", "Mend it.", "pos/7.txt"))

    with pytest.raises(DatasetError, match=r"like line 1,234 of pos/7\.txt: it is odd\. Mend"):
        made.check(20, 20)


def test_a_dataset_without_rows_is_refused_as_such() -> None:
    with pytest.raises(DatasetError, match="has no rows"):
        Account().check(0, 0)
