"""What was found in a dataset, in lines for a person."""

import pytest

from operations.telling import SHOWN, lines, why_not_live

ROW = {"line": 7, "reason": "there is no label", "fix": "Write positive or negative."}
FOUND = {
    "name": "reviews.csv",
    "format": "csv",
    "encoding": "utf-8",
    "columns": {"text": "Text", "label": "Score", "group": "Hotel", "rating": "Score"},
    "labels": {"negative": 1_200, "positive": 400},
    "rows_read": 2_000,
    "rows_kept": 1_600,
    "rows_neutral": 250,
    "rows_left_out": 150,
    "left_out": [{**ROW, "rows": 128}, {**ROW, "line": 1_900, "file": "b.csv", "rows": 1}],
    "notes": ["Columns are separated by semicolons."],
}


def test_the_whole_of_it_is_told_once_each():
    assert list(lines(FOUND)) == [
        'taken: reviews from "Text", ratings from "Score", groups from "Hotel", csv in utf-8',
        "rows: 2,000 read; 1,600 learnt from (1,200 negative, 400 positive); 250 neutral; "
        "150 left out",
        "left out: 128 rows like line 7: there is no label. Write positive or negative.",
        "left out: line 1,900 of b.csv: there is no label. Write positive or negative.",
        "note: Columns are separated by semicolons.",
    ]


@pytest.mark.parametrize(
    ("labels", "by_label"),
    [((0, 0), ""), ((7, 0), " (7 negative, 0 positive)")],
    ids=["before labels were known", "afterwards"],
)
def test_of_a_refused_file_no_rows_are_learnt_from(labels, by_label):
    counted = dict(zip(("negative", "positive"), labels, strict=True))
    refused = {"labels": counted, "rows_read": 9, "rows_kept": 7, "rows_left_out": 2}

    assert list(lines(refused, is_refused=True)) == [
        f"rows: 9 read; 7 without a fault{by_label}; 2 left out"
    ]


def test_what_is_not_known_is_not_told():
    first_look = {"name": "a", "columns": {"text": "a\nb", "label": None}, "rows_estimated": 5_000}

    assert list(lines({})) == list(lines({"name": "a.csv"})) == []
    assert list(lines({"rows_read": 0, "columns": {"text": None, "label": None}})) == []
    assert list(lines(first_look)) == ['taken: reviews from "a b"', "rows: about 5,000"]


def test_of_many_kinds_the_first_are_told_and_where_the_rest_is():
    told = list(lines({"left_out": [{**ROW, "line": line} for line in range(SHOWN + 3)]}))

    assert told[0] == "left out: line 0: there is no label. Write positive or negative."
    assert told[-1] == "left out: 3 further entries in the receipt"
    assert len(told) == SHOWN + 1


def rejected(reason, *checks):
    """A receipt with the checks of its decision, each of which passed or failed."""
    reasons = [{"check": "", "passed": passed, "text": text} for text, passed in checks]
    decision = {"status": "Rejected", "reasons": reasons}
    return {"state": "rejected", "reason": reason, "decision": decision, "next": "Mend it."}


@pytest.mark.parametrize(
    ("receipt", "told"),
    [
        (rejected("One.", ("One.", False), ("Two.", True)), ["rejected: One."]),
        (
            rejected("One. Three.", ("One.", False), ("Two.", True), ("Three.", False)),
            ["rejected: 2 checks failed", "  One.", "  Three."],
        ),
        (
            rejected("The endpoint would not.", ("One.", False)),
            ["rejected: The endpoint would not.", "  One."],
        ),
        (rejected(None), ["rejected: no reason given"]),
    ],
)
def test_why_it_is_not_live_is_told_once(receipt, told):
    assert list(why_not_live(receipt)) == [*told, "Mend it."]
