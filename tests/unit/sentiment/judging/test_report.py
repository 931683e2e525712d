"""The report is one safe page that says what evaluation.json says."""

import copy
from html.parser import HTMLParser

import pytest

from sentiment.judging.report import kinds, report

EVALUATION = {
    "version": 1,
    "run": "verdict-0123456789ab",
    "dataset": {
        "name": "spring reviews.csv",
        "format": "csv",
        "encoding": "utf-8",
        "columns": {"text": "review", "label": "sentiment", "group": None},
        "labels": {"negative": 300, "positive": 700},
        "rows_read": 1010,
        "rows_kept": 1000,
        "rows_left_out": 10,
        "left_out": [{"line": 17, "reason": "there is no label", "fix": "Write one."}],
        "duplicates": 4,
        "conflicts": 2,
        "notes": ["Columns are separated by semicolons."],
    },
    "split": {"train": 700, "validation": 100, "test": 200, "held_out_by": "review"},
    "metrics": {
        "accuracy": 0.915,
        "f1": 0.92,
        "roc_auc": 0.97,
        "log_loss": 0.21,
        "expected_calibration_error": 0.031,
        "confusion": [[50, 8], [9, 133]],
    },
    "majority": {"accuracy": 0.7},
    "baseline": {"name": "baseline of words", "accuracy": 0.9},
    "parts": {"lstm_alone": {"accuracy": 0.89}, "linear_alone": {"accuracy": 0.895}},
    "champion": {
        "run": "verdict-live",
        "rows": 180,
        "accuracy": 0.88,
        "challenger_accuracy": 0.9,
        "p_value": 0.7,
    },
    "behaviour": {},
    "decision": {
        "status": "Approved",
        "reasons": [
            {"check": "majority", "passed": True, "text": "It is right often."},
            {"check": "champion", "passed": False, "text": "Only 3 rows are new."},
        ],
    },
    "reliability": [
        {"reviews": 80, "probability": 0.05, "positive": 0.1},
        {"reviews": 120, "probability": 0.95, "positive": 0.9},
    ],
    "words": {"positive": ["lovely"], "negative": ["dull"]},
    "training": {
        "seconds": 61.2,
        "epochs": 4,
        "best_epoch": 2,
        "reviews_per_second": 210.0,
        "processes": 2,
        "peak_memory_mb": 900,
        "vocabulary": 4321,
    },
}
VOID = {"meta", "br", "hr", "img"}


class Page(HTMLParser):
    """Collects texts and tags, and checks that every tag is closed in its turn."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def changed(*path: str, to: object) -> dict:
    """EVALUATION with one value replaced."""
    evaluation = copy.deepcopy(EVALUATION)
    member = evaluation
    for key in path[:-1]:
        member = member[key]
    member[path[-1]] = to
    return evaluation


def test_it_says_what_was_found_and_decided():
    text = Page(report(EVALUATION)).text

    for fact in (
        "verdict-0123456789ab",
        "Approved: it may go live.",
        "Only 3 rows are new.",
        "91.5%",
        "baseline of words",
        "verdict-live",
        "180 reviews new to both",
        "spring reviews.csv",
        "Rows read1,010",
        "kept1,000",
        "left out10",
        "there is no label",
        "Columns are separated by semicolons.",
        "700 positive (70%)",
        "lovely",
        "dull",
        "4,321",
    ):
        assert fact in text


def test_a_figure_that_nobody_measured_is_not_made_up():
    assert "900 MB" in Page(report(EVALUATION)).text

    assert "Peak memory–" in Page(report(changed("training", "peak_memory_mb", to=None))).text


@pytest.mark.parametrize("status", ["Approved", "Rejected", "PendingManualApproval"])
def test_every_decision_has_a_sentence(status):
    text = Page(report(changed("decision", "status", to=status))).text

    assert text.count(".") > 3
    assert (status == "Approved") == ("may go live" in text)


@pytest.mark.parametrize(
    "path",
    [
        ("run",),
        ("dataset", "name"),
        ("dataset", "columns", "text"),
        ("dataset", "notes"),
        ("dataset", "left_out"),
        ("words", "positive"),
        ("baseline", "name"),
        ("champion", "run"),
        ("split", "held_out_by"),
    ],
)
def test_text_of_others_stays_text(path):
    attack = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
    value: object = attack
    if path[-1] in ("notes", "positive"):
        value = [attack]
    if path[-1] == "left_out":
        value = [{"line": 3, "reason": attack, "fix": attack}]

    page = Page(report(changed(*path, to=value)))

    assert attack in page.text
    assert not [tag for tag, _ in page.tags if tag in ("script", "img")]


def test_nothing_is_loaded_from_anywhere():
    page = report(EVALUATION)

    for tag, attributes in Page(page).tags:
        assert tag not in ("script", "link", "iframe", "img", "object")
        assert not [name for name in attributes if name.startswith("on") or name in ("src", "href")]
    assert "http" not in page
    assert "url(" not in page


def test_it_can_do_without_a_champion_and_without_a_curve():
    evaluation = changed("champion", to=None)
    evaluation["metrics"]["roc_auc"] = None
    evaluation["dataset"]["left_out"] = []
    evaluation["words"] = {"positive": [], "negative": []}

    text = Page(report(evaluation)).text

    assert "–" in text
    assert "Rows left out" not in text


def test_the_decision_comes_first_then_the_dataset_then_the_model():
    text = Page(report(EVALUATION)).text

    headings = (
        "Approved: it may go live.",
        "Only 3 rows are new.",
        "What was found in the dataset",
        "How good it is",
        "What it took",
    )
    assert [text.index(one) for one in headings] == sorted(text.index(one) for one in headings)


def test_a_check_that_was_not_made_does_not_read_passed():
    reasons = [
        {"check": "typo", "passed": True, "outcome": "not made", "text": "Not tested."},
        {"check": "blame", "passed": True, "outcome": "told", "text": "In 3 of 9 cases."},
        {"check": "majority", "passed": True, "outcome": "passed", "text": "It is right often."},
        {"check": "champion", "passed": False, "outcome": "failed", "text": "It is worse."},
    ]

    page = Page(report(changed("decision", "reasons", to=reasons)))

    outcomes = [tag["class"] for name, tag in page.tags if "outcome" in (tag.get("class") or "")]
    assert outcomes == ["outcome failed", "outcome passed", "outcome told", "outcome not-made"]
    assert page.text.count("✓ passed") == 1
    assert "– not madetypoNot tested." in "".join(page.text.splitlines())
    assert "It passed 1 check and failed 1; 1 could not be made." in page.text


def test_rows_left_out_for_the_same_reason_are_one_kind():
    def row(line: int, reason: str, **more: object) -> dict:
        return {"line": line, "reason": reason, "fix": "Keep one.", **more}

    left_out = [
        row(3, "there is no label"),
        row(5, "the same review stands on line 2"),
        row(9, "the same review stands on line 4"),
        row(12, "there is no label", rows=128, file="b.csv"),
    ]

    found = kinds(left_out)

    assert [(one["line"], one["rows"]) for one in found] == [(3, 129), (5, 2)]
    text = "".join(Page(report(changed("dataset", "left_out", to=left_out))).text.splitlines())
    assert "1293there is no labelKeep one." in text
    assert "25the same review stands on line 2Keep one." in text


def test_labels_that_look_wrong_are_listed_with_their_lines():
    evaluation = {
        **EVALUATION,
        "suspects": {
            "looked_at": 1_000,
            "suspected": 31,
            "clearest": 100,
            "contradicted": 4,
            "rows": [
                {"line": 812, "label": "negative"},
                {"line": 4, "file": "b.csv", "label": "positive"},
            ],
        },
    }

    text = " ".join(Page(report(evaluation)).text.split())

    assert "31 labels of the 1,000 that were looked at" in text
    assert "812 (negative), 4 of b.csv (positive)" in text
    assert "reviews that are plainest, 4 have the other label" in text


def test_accuracy_is_drawn_by_length_and_by_group():
    one = {"what": "1 to 9 words", "reviews": 40, "accuracy": 0.75, "baseline_accuracy": 0.5}
    evaluation = {**EVALUATION, "by_length": [one], "by_group": [{**one, "what": "<Jaws>"}]}

    page = Page(report(evaluation))

    styles = [tag.get("style") for _, tag in page.tags if tag.get("style")]
    assert styles == ["width:75.0%", "left:50.0%"] * 2
    assert "<Jaws>" in page.text


def test_what_there_was_no_time_for_is_told():
    plan = {"max_runtime_seconds": 600, "notes": ["It learnt from a sample of 40%."]}

    text = " ".join(Page(report(changed("training", "plan", to=plan))).text.split())

    assert "Limit600 s" in text
    assert "What was left out It learnt from a sample of 40%." in text
