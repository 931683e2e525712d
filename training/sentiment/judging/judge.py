"""May the model go live? A pure function of the evidence, whose reasons carry the numbers."""

from dataclasses import dataclass, field

import numpy as np

from sentiment.arrays import Floats, Labels, Truths
from sentiment.evaluation import (
    Behaviour,
    Champion,
    Decision,
    Outcome,
    Reason,
    Second,
    Status,
    Suspects,
)
from sentiment.judging.statistics import (
    BASELINE,
    binomial_tail,
    calibration_error,
    calibration_limit,
    worse_p_value,
)

SIGNIFICANT = 0.05
FEWEST_COMMON_ROWS = 30
TOLERATED_FAULTS = 0.2  # of the rows read
FEWEST_CLEAREST, TOLERATED_CONTRADICTED = 30, 0.1  # of the rows whose labels are plainest
FEWEST_SURE, REVERSED_AGREEMENT = 20, 0.25  # of a model that knows sentiment, with the labels


@dataclass(frozen=True)
class Check:
    """One check: what came of it, and what it makes of the decision where it isn't passed."""

    check: str
    passed: bool
    text: str
    otherwise: Status = "Rejected"
    made: bool = True
    demanded: bool = True

    @property
    def reason(self) -> Reason:
        """As evaluation.json tells it."""
        outcome: Outcome = "passed" if self.passed else "failed"
        if not self.made and self.passed:
            outcome = "not made"
        elif not self.demanded:
            outcome = "told"
        return {"check": self.check, "passed": self.passed, "outcome": outcome, "text": self.text}


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
class DatasetEvidence:
    """What speaks for and against the dataset itself; None where nobody has looked."""

    rows_read: int = 0
    rows_at_fault: int | None = None  # left out, and neither repeats nor neutral
    suspects: Suspects | None = None
    second: Second | None = None


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
    dataset: DatasetEvidence = DatasetEvidence()
    known: int = 0  # of the test reviews, those whose labels the challenger has learnt from

    @property
    def right(self) -> Truths:
        """Which test reviews the challenger got right."""
        return np.asarray((self.probabilities > 0.5) == (self.labels == 1))


def judge(evidence: Evidence) -> Decision:
    """The decision of evaluation.json; one Rejected outweighs any PendingManualApproval."""
    reasons = [
        *_is_held_out(evidence),
        *_has_few_faults(evidence.dataset),
        _labels_agree(evidence.dataset),
        _labels_are_the_right_way_round(evidence.dataset),
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
    return {"status": status, "reasons": [one.reason for one in reasons]}


def _is_held_out(evidence: Evidence) -> list[Check]:
    """A model is no good for knowing the answers; told only where it does, for it can't happen."""
    rows = len(evidence.labels)
    if not evidence.known:
        return []
    text = (
        f"It has learnt from the labels of {evidence.known:,} of the {rows:,} reviews that it is"
        " examined on, so that nothing measured on them counts. Train it anew, from a start that"
        " has not seen them."
    )
    return [Check("held out", False, text)]


def _has_few_faults(dataset: DatasetEvidence) -> list[Check]:
    if dataset.rows_at_fault is None or not dataset.rows_read:
        return []
    share = dataset.rows_at_fault / dataset.rows_read
    passed = share <= TOLERATED_FAULTS
    text = (
        f"{dataset.rows_at_fault:,} of {dataset.rows_read:,} rows ({share:.1%}) were left out for"
        f" faults; up to {TOLERATED_FAULTS:.0%} are tolerated."
    )
    if not passed:
        text += (
            " A person has to decide whether the rest is what was meant. Mend the rows that are"
            " listed and drop the file again."
        )
    return [Check("faults", passed, text, "PendingManualApproval")]


def _labels_agree(dataset: DatasetEvidence) -> Check:
    found = dataset.suspects
    if found is None or found["clearest"] < FEWEST_CLEAREST:
        text = "Not made: there are too few reviews to tell whether labels contradict their words."
        return Check("labels", True, text, made=False)
    clearest, contradicted = found["clearest"], found["contradicted"]
    p_value = binomial_tail(contradicted, clearest, TOLERATED_CONTRADICTED)
    passed = p_value >= SIGNIFICANT
    text = (
        f"Of the {clearest:,} reviews whose words speak plainest, {contradicted:,}"
        f" ({contradicted / clearest:.1%}) have the other label; up to"
        f" {TOLERATED_CONTRADICTED:.0%} are tolerated ({_p(p_value)})."
    )
    if not passed:
        text += (
            f" About {contradicted / clearest:.0%} of all labels may be wrong: look at the rows"
            " that the report lists, mend them and drop the file again."
        )
    return Check("labels", passed, text, "PendingManualApproval")


def _labels_are_the_right_way_round(dataset: DatasetEvidence) -> Check:
    found = dataset.second
    if found is None or found["sure"] < FEWEST_SURE:
        why = "no model that knows sentiment could be asked"
        if found is not None:
            why = f"{found['by']} is sure about only {found['sure']} of the reviews it has read"
        return Check("direction", True, f"Not made: {why}.", made=False)
    sure, agreed = found["sure"], found["agreed"]
    p_value = binomial_tail(sure - agreed, sure, 0.5)
    passed = agreed / sure > REVERSED_AGREEMENT or p_value >= SIGNIFICANT
    text = (
        f"The model {found['by']}, which knows sentiment from other reviews, agrees with"
        f" {agreed:,} of {sure:,} labels that it is sure about ({agreed / sure:.0%})."
    )
    if not passed:
        text += (
            " So the labels seem to be reversed, negative where positive is meant: say with the"
            " options positive and negative what the values mean, and drop the file again."
        )
    return Check("direction", passed, text, "PendingManualApproval")


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
        text = "Not made: no other model should be live."
        return [Check("champion", True, text, made=False)]
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
        return Check(name, True, result["skipped"], made=False)
    passed, of, needed = result["passed"], result["of"], result["needed"]
    p_value = binomial_tail(of - passed, of, 1 - needed)
    demand = f"{needed:.0%} are needed" if needed else "it is told, and nothing is demanded"
    text = f"{result['what']} in {passed} of {of} cases ({passed / of:.0%}); {demand}."
    if passed / of < needed and p_value >= SIGNIFICANT:
        text += f" So few cases don't show that it falls short ({_p(p_value)})."
    return Check(name, p_value >= SIGNIFICANT, text, demanded=bool(needed))


def _significantly(passed: bool) -> str:
    return "not significantly" if passed else "significantly"


def _p(value: float) -> str:
    return f"p = {value:.2g}" if value >= 0.0001 else "p < 0.0001"
