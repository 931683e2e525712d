"""The judge, by tables of cases."""

from math import comb

import numpy as np
import pytest

from sentiment.evaluation import Decision, Reason, Suspects
from sentiment.judging.judge import ChampionEvidence, DatasetEvidence, Evidence, judge
from sentiment.judging.statistics import BASELINE


def truths(right: int, wrong: int) -> np.ndarray:
    return np.array([True] * right + [False] * wrong, np.bool_)


BEHAVED = {"typo": {"passed": 95, "of": 100, "rate": 0.95, "needed": 0.9, "what": "It stays"}}


def evidence(**changes) -> Evidence:
    """What is approved, with changes."""
    labels = np.array([0, 1] * 200)
    probabilities = np.where(labels == 1, 0.9, 0.1)
    probabilities[::9] = 1 - probabilities[::9]
    fields = {
        "probabilities": probabilities,
        "labels": labels,
        "baseline_right": (probabilities > 0.5) == (labels == 1),
        "behaviour": BEHAVED,
        "champion": None,
        "seed": 1,
        **changes,
    }
    return Evidence(**fields)


def champion(ours: int, theirs: int, both: int = 0) -> ChampionEvidence:
    """So many reviews that only one of them got right, and that both did."""
    challenger = truths(ours, theirs)
    return ChampionEvidence(
        "run-0",
        np.concatenate([~challenger, truths(both, 0)]),
        np.concatenate([challenger, truths(both, 0)]),
    )


def reasons(decision: Decision) -> dict[str, Reason]:
    """The checks by name."""
    return {one["check"]: one for one in decision["reasons"]}


def suspects(clearest: int, contradicted: int) -> Suspects:
    return {
        "looked_at": 10 * clearest,
        "suspected": contradicted,
        "clearest": clearest,
        "contradicted": contradicted,
        "rows": [],
    }


COIN = np.tile([0.9, 0.9, 0.1, 0.1], 100)
CASES = [
    ({}, "Approved", None),
    ({"champion": champion(20, 20, 60)}, "Approved", None),
    ({"champion": champion(12, 20, 60)}, "Approved", None),
    ({"probabilities": COIN, "baseline_right": truths(200, 200)}, "Rejected", "majority"),
    ({"baseline_right": truths(400, 0)}, "Rejected", "baseline"),
    ({"champion": champion(5, 30, 60)}, "Rejected", "champion"),
    ({"champion": champion(5, 10, 14)}, "PendingManualApproval", "champion"),
    (
        {"champion": ChampionEvidence("run-0", incomparable="It can't be read.")},
        "PendingManualApproval",
        "champion",
    ),
    (
        {"champion": champion(5, 10), "baseline_right": truths(400, 0)},
        "Rejected",
        "baseline",
    ),
    (
        {"behaviour": {"typo": {**BEHAVED["typo"], "passed": 70, "rate": 0.7}}},
        "Rejected",
        "behaviour: typo",
    ),
    (
        {"behaviour": {"typo": {**BEHAVED["typo"], "passed": 0, "rate": 0.0, "needed": 0.0}}},
        "Approved",
        None,
    ),
    (
        {"behaviour": {"typo": {"needed": 0.9, "skipped": "Not tested."}}},
        "Approved",
        None,
    ),
    (
        {"behaviour": {"typo": {**BEHAVED["typo"], "passed": 10, "of": 12, "rate": 10 / 12}}},
        "Approved",
        None,
    ),
]


@pytest.mark.parametrize(("changes", "status", "failed"), CASES)
def test_the_decision_follows_from_the_evidence(changes, status, failed):
    decision = judge(evidence(**changes))

    assert decision["status"] == status
    not_passed = [one["check"] for one in decision["reasons"] if not one["passed"]]
    assert (failed in not_passed) if failed else not not_passed


def test_an_uncalibrated_model_is_rejected():
    sure = evidence()
    certain = np.where(sure.probabilities > 0.5, 0.999, 0.001)

    decision = judge(evidence(probabilities=certain))

    failed = [one for one in decision["reasons"] if not one["passed"]]
    assert [one["check"] for one in failed] == ["calibration"]


def test_thirty_common_reviews_are_enough_for_a_comparison_and_29_are_not():
    few, enough = (judge(evidence(champion=champion(5, 10, both))) for both in (14, 15))

    assert (few["status"], enough["status"]) == ("PendingManualApproval", "Approved")


def test_the_champions_entry_says_how_both_did_and_whether_the_new_one_is_worse():
    found = champion(10, 30, 60).summary()

    p_value = sum(comb(40, wins) for wins in range(30, 41)) / 2**40
    assert found == {
        "run": "run-0",
        "rows": 100,
        "accuracy": 0.9,
        "challenger_accuracy": 0.7,
        "p_value": pytest.approx(p_value),
    }
    unknown = {"accuracy": None, "challenger_accuracy": None, "p_value": None}
    assert ChampionEvidence("run-0").summary() == {"run": "run-0", "rows": 0, **unknown}


def test_every_reason_is_a_sentence_with_its_numbers():
    decision = judge(evidence(champion=champion(10, 30, 60)))

    *_, majority, baseline, champions, calibration, behaviour = (
        reason["text"] for reason in decision["reasons"]
    )
    assert majority == (
        "It is right on 355 of 400 held-out reviews (88.8%); always giving the more frequent answer"
        " would be right on 50.0%, and the difference is no accident (p < 0.0001)."
    )
    assert baseline == (
        f"It reaches 88.8% where a {BASELINE} reaches 88.8% on the same reviews; it is not"
        " significantly worse (one-sided paired test, p = 1)."
    )
    assert champions == (
        "On 100 reviews that are new to both it reaches 70.0%, the live model run-0 90.0%; it is"
        " significantly worse (one-sided paired test, p = 0.0011)."
    )
    assert calibration.startswith("Its probabilities are off by 0.012 on average")
    assert behaviour == "It stays in 95 of 100 cases (95%); 90% are needed."


@pytest.mark.parametrize("rarer", [0, 1])
def test_the_more_frequent_answer_is_that_of_either_label(rarer):
    labels = np.array([rarer, 1 - rarer, 1 - rarer, 1 - rarer] * 100)

    decision = judge(evidence(labels=labels, probabilities=0.1 + 0.8 * labels))

    text = reasons(decision)["majority"]["text"]
    assert "the more frequent answer would be right on 75.0%" in text


def test_a_coin_is_told_to_be_one():
    text = reasons(judge(evidence(probabilities=COIN)))["majority"]["text"]

    assert "(50.0%)" in text
    assert "the difference is too small to be sure of (p = 0.52)." in text


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        (
            {"passed": 10, "of": 12},
            "It stays in 10 of 12 cases (83%); 90% are needed."
            " So few cases don't show that it falls short (p = 0.34).",
        ),
        ({"passed": 70}, "It stays in 70 of 100 cases (70%); 90% are needed."),
        ({"passed": 90}, "It stays in 90 of 100 cases (90%); 90% are needed."),
        (
            {"passed": 0, "needed": 0.0},
            "It stays in 0 of 100 cases (0%); it is told, and nothing is demanded.",
        ),
    ],
)
def test_behaviour_is_told_in_cases_and_few_ones_with_a_doubt(changes, says):
    behaviour = {"typo": {**BEHAVED["typo"], **changes}}

    reason = judge(evidence(behaviour=behaviour))["reasons"][-1]

    assert reason["text"] == says


# --- The dataset itself -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at_fault", "status"),
    [(0, "Approved"), (200, "Approved"), (201, "PendingManualApproval")],
)
def test_over_a_fifth_of_the_rows_at_fault_is_left_to_a_person(at_fault, status):
    decision = judge(evidence(dataset=DatasetEvidence(1_000, at_fault)))

    assert decision["status"] == status
    text = reasons(decision)["faults"]["text"]
    assert text.startswith(f"{at_fault} of 1,000 rows ({at_fault / 1000:.1%}) were left out")
    assert ("A person has to decide" in text) == (status != "Approved")


def test_faults_that_nobody_has_counted_are_no_check():
    assert "faults" not in reasons(judge(evidence()))
    assert "faults" not in reasons(judge(evidence(dataset=DatasetEvidence(1_000, None))))


def test_a_rejection_outweighs_what_a_person_might_decide():
    faulty = DatasetEvidence(1_000, 300)

    assert judge(evidence(dataset=faulty, probabilities=COIN))["status"] == "Rejected"


@pytest.mark.parametrize(
    ("clearest", "contradicted", "outcome"),
    [
        (100, 0, "passed"),
        (100, 15, "passed"),
        (100, 16, "failed"),
        (1_000, 117, "failed"),
        (30, 7, "failed"),
        (29, 29, "not made"),
        (0, 0, "not made"),
    ],
)
def test_plain_reviews_with_the_other_label_are_told(clearest, contradicted, outcome):
    found = DatasetEvidence(suspects=suspects(clearest, contradicted))

    decision = judge(evidence(dataset=found))

    assert reasons(decision)["labels"]["outcome"] == outcome
    assert decision["status"] == ("PendingManualApproval" if outcome == "failed" else "Approved")


def test_labels_that_look_wrong_are_told_in_numbers():
    decision = judge(evidence(dataset=DatasetEvidence(suspects=suspects(200, 44))))

    assert reasons(decision)["labels"]["text"] == (
        "Of the 200 reviews whose words speak plainest, 44 (22.0%) have the other label; up to 10%"
        " are tolerated (p < 0.0001). About 22% of all labels may be wrong: look at the rows that"
        " the report lists, mend them and drop the file again."
    )


@pytest.mark.parametrize(
    ("sure", "agreed", "outcome"),
    [
        (100, 83, "passed"),
        (100, 26, "passed"),
        (100, 25, "failed"),
        (20, 5, "failed"),
        (19, 0, "not made"),
    ],
)
def test_labels_are_reversed_where_a_model_that_knows_disagrees_with_most(sure, agreed, outcome):
    second = {"by": "first", "sure": sure, "agreed": agreed}

    decision = judge(evidence(dataset=DatasetEvidence(second=second)))

    assert reasons(decision)["direction"]["outcome"] == outcome
    text = reasons(decision)["direction"]["text"]
    assert ("the labels seem to be reversed" in text) == (outcome == "failed")
    assert ("sure about only 19" in text) == (outcome == "not made")


def test_a_model_that_knows_some_of_the_answers_is_rejected():
    decision = judge(evidence(known=3))

    assert decision["status"] == "Rejected"
    assert reasons(decision)["held out"]["text"].startswith(
        "It has learnt from the labels of 3 of the 400 reviews that it is examined on"
    )


def test_what_was_not_made_or_not_demanded_is_told_as_that():
    behaviour = {
        "typo": {"passed": 0, "of": 0, "rate": None, "needed": 0.9, "skipped": "Not tested."},
        "verdict": {**BEHAVED["typo"], "needed": 0.0},
        "case": BEHAVED["typo"],
    }

    found = reasons(judge(evidence(behaviour=behaviour)))

    outcomes = {check: reason["outcome"] for check, reason in found.items()}
    assert outcomes == {
        "labels": "not made",
        "direction": "not made",
        "majority": "passed",
        "baseline": "passed",
        "champion": "not made",
        "calibration": "passed",
        "behaviour: typo": "not made",
        "behaviour: verdict": "told",
        "behaviour: case": "passed",
    }
    assert all(reason["passed"] for reason in found.values())
    assert found["direction"]["text"] == "Not made: no model that knows sentiment could be asked."
    assert found["champion"]["text"] == "Not made: no other model should be live."
