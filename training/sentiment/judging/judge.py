"""May the model go live? A pure function of the evidence, whose reasons carry the numbers."""

from dataclasses import dataclass, field

import numpy as np

from sentiment.arrays import Floats, Labels, Truths
from sentiment.evaluation import Behaviour, Champion, Decision, Reason, Status
from sentiment.judging.statistics import (
    BASELINE,
    binomial_tail,
    calibration_error,
    calibration_limit,
    worse_p_value,
)

SIGNIFICANT = 0.05
FEWEST_COMMON_ROWS = 30


@dataclass(frozen=True)
class Check:
    """One check: what came of it, and what it makes of the decision where it isn't passed."""

    check: str
    passed: bool
    text: str
    otherwise: Status = "Rejected"


@dataclass(frozen=True)
class ChampionEvidence:
    """How the live model does on those test reviews that neither has learnt from."""

    run: str
    right: Truths = field(default_factory=lambda: np.zeros(0, np.bool_))
    challenger_right: Truths = field(default_factory=lambda: np.zeros(0, np.bool_))
    incomparable: str = ""  # a sentence that says why, if the two can't be compared

    def summary(self) -> Champion:
        """The champion's entry in evaluation.json; its figures are None without rows to compare."""
        rows = len(self.right)
        return {
            "run": self.run,
            "rows": rows,
            "accuracy": float(self.right.mean()) if rows else None,
            "challenger_accuracy": float(self.challenger_right.mean()) if rows else None,
            "p_value": worse_p_value(self.challenger_right, self.right) if rows else None,
        }


@dataclass(frozen=True)
class Evidence:
    """All that the judge looks at; arrays are over the test part."""

    probabilities: Floats
    labels: Labels
    baseline_right: Truths
    behaviour: dict[str, Behaviour]
    champion: ChampionEvidence | None
    seed: int
    baseline: str = BASELINE

    @property
    def right(self) -> Truths:
        """Which test reviews the challenger got right."""
        return np.asarray((self.probabilities > 0.5) == (self.labels == 1))


def judge(evidence: Evidence) -> Decision:
    """The decision of evaluation.json; one Rejected outweighs any PendingManualApproval."""
    reasons = [
        _beats_majority(evidence),
        _holds_against_baseline(evidence),
        *_holds_against_champion(evidence.champion),
        _is_calibrated(evidence),
        *(_behaves(check, result) for check, result in evidence.behaviour.items()),
    ]
    failed: set[Status] = {reason.otherwise for reason in reasons if not reason.passed}
    status: Status = "Approved"
    if failed:
        status = "Rejected" if "Rejected" in failed else "PendingManualApproval"
    listed = [Reason(check=one.check, passed=one.passed, text=one.text) for one in reasons]
    return {"status": status, "reasons": listed}


def _beats_majority(evidence: Evidence) -> Check:
    rows, right = len(evidence.labels), int(evidence.right.sum())
    share = majority(evidence.labels)
    p_value = binomial_tail(right, rows, share)
    passed = p_value < SIGNIFICANT
    text = (
        f"It is right on {right:,} of {rows:,} held-out reviews ({right / rows:.1%}); always giving"
        f" the more frequent answer would be right on {share:.1%}, and the difference is"
        f" {'no accident' if passed else 'too small to be sure of'} ({_p(p_value)})."
    )
    return Check("majority", passed, text)


def majority(labels: Labels) -> float:
    """The share of the more frequent label."""
    return float(max(labels.mean(), 1 - labels.mean()))


def _holds_against_baseline(evidence: Evidence) -> Check:
    ours, theirs = float(evidence.right.mean()), float(evidence.baseline_right.mean())
    p_value = worse_p_value(evidence.right, evidence.baseline_right)
    passed = p_value >= SIGNIFICANT
    text = (
        f"It reaches {ours:.1%} where a {evidence.baseline} reaches {theirs:.1%} on the same"
        f" reviews; it is {_significantly(passed)} worse (one-sided paired test, {_p(p_value)})."
    )
    return Check("baseline", passed, text)


def _holds_against_champion(champion: ChampionEvidence | None) -> list[Check]:
    if champion is None:
        return []
    if champion.incomparable:
        return [Check("champion", False, champion.incomparable, "PendingManualApproval")]
    rows = len(champion.right)
    if rows < FEWEST_COMMON_ROWS:
        text = (
            f"Only {rows} held-out reviews are new to the live model {champion.run} as well, fewer"
            f" than the {FEWEST_COMMON_ROWS} that a comparison needs: a person has to decide."
        )
        return [Check("champion", False, text, "PendingManualApproval")]
    ours, theirs = champion.challenger_right, champion.right
    p_value = worse_p_value(ours, theirs)
    passed = p_value >= SIGNIFICANT
    text = (
        f"On {rows:,} reviews that are new to both it reaches {ours.mean():.1%},"
        f" the live model {champion.run} {theirs.mean():.1%}; it is {_significantly(passed)}"
        f" worse (one-sided paired test, {_p(p_value)})."
    )
    return [Check("champion", passed, text)]


def _is_calibrated(evidence: Evidence) -> Check:
    error = calibration_error(evidence.probabilities, evidence.labels)
    limit = calibration_limit(evidence.probabilities, evidence.seed)
    text = (
        f"Its probabilities are off by {error:.3f} on average (expected calibration error);"
        f" up to {limit:.3f} is tolerated for so many reviews."
    )
    return Check("calibration", error <= limit, text)


def _behaves(check: str, result: Behaviour) -> Check:
    """Few cases can miss the needed rate by accident; only what is significantly below it fails."""
    name = f"behaviour: {check.replace('_', ' ')}"
    if "skipped" in result:
        return Check(name, True, result["skipped"])
    passed, of, needed = result["passed"], result["of"], result["needed"]
    p_value = binomial_tail(of - passed, of, 1 - needed)
    demand = f"{needed:.0%} are needed" if needed else "it is told, and nothing is demanded"
    text = f"{result['what']} in {passed} of {of} cases ({passed / of:.0%}); {demand}."
    if passed / of < needed and p_value >= SIGNIFICANT:
        text += f" So few cases don't show that it falls short ({_p(p_value)})."
    return Check(name, p_value >= SIGNIFICANT, text)


def _significantly(passed: bool) -> str:
    return "not significantly" if passed else "significantly"


def _p(value: float) -> str:
    return f"p = {value:.2g}" if value >= 0.0001 else "p < 0.0001"
