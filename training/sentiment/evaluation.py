"""evaluation.json, member by member: what a job says of the model that it made.

A receipt quotes it, the registry's package and the report are made of it. Shares are of 1, losses
in nats, times in seconds.
"""

from typing import Literal, NotRequired, TypedDict

from sentiment.dataset.account import Findings

Status = Literal["Approved", "Rejected", "PendingManualApproval"]


class DatasetFindings(Findings):
    """What was found in the dataset, and what its uploader calls it."""

    name: str


class Parts(TypedDict):
    """How many rows each part has, and what never straddles two parts."""

    train: int
    validation: int
    test: int
    held_out_by: str


class Metrics(TypedDict):
    """On the test part; positive is the class that f1 and the rows and columns' order are about."""

    accuracy: float
    f1: float
    roc_auc: float | None  # None where only one label occurs
    log_loss: float
    expected_calibration_error: float
    confusion: list[list[int]]  # [[negative right, called positive], [called negative, right]]


class Accuracy(TypedDict):
    """Of something else on the same rows."""

    accuracy: float


class Baseline(Accuracy):
    """A model that any user would try first."""

    name: str


class PartsOfModel(TypedDict):
    """How good each part of the mixture is without the other."""

    lstm_alone: Accuracy
    linear_alone: Accuracy


class Champion(TypedDict):
    """The live model on those test rows that neither has learnt from; None where there are none."""

    run: str
    rows: int
    accuracy: float | None
    challenger_accuracy: float | None
    p_value: float | None  # of McNemar's test, one-sided: the challenger is worse


class Behaviour(TypedDict):
    """One check of the behaviour suite: `what` is true in `passed` of `of` cases, or `skipped`."""

    passed: int
    of: int
    rate: float | None
    needed: float
    what: NotRequired[str]
    skipped: NotRequired[str]


Outcome = Literal["passed", "failed", "told", "not made"]


class Reason(TypedDict):
    """One check of the judge, in a sentence with its numbers.

    `passed` is false only where it failed; `outcome` says as well whether it was made at all, and
    whether anything was demanded. What is from before it was told has passed or failed.
    """

    check: str
    passed: bool
    outcome: NotRequired[Outcome]
    text: str


class Decision(TypedDict):
    """As the model registry takes it for ModelApprovalStatus, and why."""

    status: Status
    reasons: list[Reason]


class Bin(TypedDict):
    """What the reviews of a bin were given on average, and the share of them that is positive."""

    reviews: int
    probability: float
    positive: float


class Words(TypedDict):
    """The words that moved answers most, the strongest first."""

    negative: list[str]
    positive: list[str]


class Suspect(TypedDict):
    """A row whose label looks wrong: where it stands, and the label that it has."""

    line: int
    file: NotRequired[str]  # of an archive
    label: str


class Suspects(TypedDict):
    """What a quick linear model makes of labels that it has not seen (judging/suspects.py).

    Of the `looked_at` rows, 0 where there are too few, `suspected` have a label that the model
    would turn round; of the `clearest` tenth it contradicts `contradicted`.
    """

    looked_at: int
    suspected: int
    clearest: int
    contradicted: int
    rows: list[Suspect]  # the first of those suspected, the worst first


class Second(TypedDict):
    """Another model, which knows sentiment, reads some rows: does it agree with their labels?

    `sure` is how many it was sure about, and `agreed` with how many labels of these.
    """

    by: str
    sure: int
    agreed: int


class Slice(TypedDict):
    """Held-out reviews of so many words, or of one group: how many were answered rightly."""

    what: str
    reviews: int
    accuracy: float
    baseline_accuracy: float


class Planned(TypedDict):
    """What the job planned to do, and did: all that it wished for where no limit was near."""

    max_runtime_seconds: int  # 0: no limit
    rows: int  # that were split and learnt from, of those kept
    passes: float
    wished_passes: float
    window: int  # words of a long review that are learnt from at once
    wished_window: int
    linear_rows: int  # that the linear part has learnt from
    examined_rows: int  # of the test part
    notes: list[str]  # what was left out, and what would change it; empty if nothing


# `from` is a keyword.
Init = TypedDict("Init", {"from": str, "why": str})


class Effort(TypedDict):
    """What the training took."""

    ended_at: str  # ISO 8601, UTC
    seconds: float
    seconds_by_stage: dict[str, float]
    epochs: float
    best_epoch: float
    reviews_per_second: float
    processes: int
    peak_memory_mb: NotRequired[int]  # models/imdb is from before it was told
    vocabulary: int


class Training(Effort):
    """And what was started from, and how many reviews without a label were learnt from."""

    init: Init
    unlabelled: int
    plan: NotRequired[Planned]  # models/imdb is from before it was told


class Examination(TypedDict):
    """What is seen of the model itself."""

    version: int
    run: str
    dataset: DatasetFindings
    split: Parts
    metrics: Metrics
    majority: Accuracy
    baseline: Baseline
    champion: Champion | None
    behaviour: dict[str, Behaviour]
    decision: Decision
    reliability: list[Bin]
    unsure: tuple[float, float]  # probabilities in between are answered with "unsure"
    words: Words
    # What models/imdb is from before:
    suspects: NotRequired[Suspects]
    second_opinion: NotRequired[Second | None]
    by_length: NotRequired[list[Slice]]
    by_group: NotRequired[list[Slice]]


class Evaluation(Examination):
    """All of evaluation.json."""

    parts: PartsOfModel
    training: Training
