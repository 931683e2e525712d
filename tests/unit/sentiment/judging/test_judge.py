"""The judge, by tables of cases."""

import numpy as np
import pytest

from sentiment.judging.judge import ChampionEvidence, Evidence, judge


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


def test_every_reason_is_a_sentence_with_numbers():
    for reason in judge(evidence(champion=champion(20, 20, 60)))["reasons"]:
        assert reason["text"].endswith((".", ")."))
        assert any(character.isdigit() for character in reason["text"])
