"""Labels that look wrong: a quick linear model that has not seen a row contradicts its label.

Cross-validation (after Northcutt et al. 2021, "Confident Learning", but ranked, since a linear
model's probabilities are too sure): of the half of the rows that the model finds clearest, those
are suspected that it would label the other way. Of the clearest tenth hardly one in fifty is wrong
in a clean dataset, and one in five where one label in five is: that tells how many may be wrong.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sentiment.arrays import Floats, Labels, Truths
from sentiment.dataset.rows import Rows
from sentiment.dataset.split import order_of_both
from sentiment.evaluation import Suspect, Suspects

FOLDS = 5
FEWEST_ROWS = 100  # of fewer, nothing can be told
MOST_ROWS, MOST_WORDS = 30_000, 3_000_000  # that are looked at: a few seconds
LISTED, LINES_IN_REMARK = 100, 5
FEWEST_REMARKED, REMARKED = 2, 0.02  # of the clearest tenth, contradicted
SUSPECTED_OF, CLEAREST = 0.5, 0.1  # shares of the rows looked at, the clearest ones
FEATURES = 2**18  # words and pairs share them
STRENGTH = 1.0  # inverse regularisation


def suspects(rows: Rows, seed: int, most_words: float = MOST_WORDS) -> Suspects:
    """The rows whose labels look wrong, the worst first; those of `rows` are left as they are."""
    some = _some(rows, seed, most_words)
    labels = some.labels
    if len(some) < FEWEST_ROWS or min(labels.sum(), (1 - labels).sum()) < FOLDS:
        return {"looked_at": 0, "suspected": 0, "clearest": 0, "contradicted": 0, "rows": []}
    logits = _logits_of_others(_features(some), labels, _folds(some, seed))
    wrong = (logits > 0) != (labels == 1)
    surest = np.argsort(-np.abs(logits), kind="stable")
    half, tenth = (surest[: int(share * len(some))] for share in (SUSPECTED_OF, CLEAREST))
    found = half[wrong[half]]
    return {
        "looked_at": len(some),
        "suspected": len(found),
        "clearest": len(tenth),
        "contradicted": int(wrong[tenth].sum()),
        "rows": [_suspect(some, index) for index in found[:LISTED].tolist()],
    }


def remarks(found: Suspects) -> list[str]:
    """A sentence for the dataset's owner, where the plainest reviews show that labels are wrong.

    Elsewhere hard reviews are suspected as well, and who looks for them finds them in the report.
    """
    wrong = found["contradicted"]
    if wrong < FEWEST_REMARKED or wrong < REMARKED * found["clearest"]:
        return []
    lines = ", ".join(_place(row) for row in found["rows"][:LINES_IN_REMARK])
    labels = "1 label looks" if found["suspected"] == 1 else f"{found['suspected']:,} labels look"
    return [
        f"{labels} wrong beside the words of {found['looked_at']:,} reviews, most of all on lines"
        f" {lines}: look at them; nothing was left out for it."
    ]


def _place(row: Suspect) -> str:
    return f"{row['line']} of {row['file']}" if "file" in row else str(row["line"])


def _suspect(rows: Rows, index: int) -> Suspect:
    row = rows[index]
    found: Suspect = {"line": row.line, "label": "positive" if row.label else "negative"}
    file = getattr(row, "file", None)  # of an archive
    return {**found, "file": file} if file else found


def _some(rows: Rows, seed: int, most_words: float) -> Rows:
    """All rows, or a sample by chance that is looked at in seconds."""
    order = order_of_both(rows.labels == 1, seed)[:MOST_ROWS]
    enough = int(np.searchsorted(np.cumsum(rows.lengths(order)), most_words, "right"))
    return rows.select(np.sort(order[: max(FEWEST_ROWS, enough)]))


def _folds(rows: Rows, seed: int) -> NDArray[np.int64]:
    """A fold for each row (rows,): rows of a group share one, or their film would tell."""
    lots = np.random.default_rng(seed).integers(0, FOLDS, 1 + len(rows.names))
    alone = np.empty(len(rows), np.int64)
    alone[order_of_both(rows.labels == 1, seed)] = np.arange(len(rows)) % FOLDS
    folds = np.where(rows.groups >= 0, lots[rows.groups + 1], alone)
    tested = [rows.labels[folds != fold] for fold in range(FOLDS)]
    has_both = all(0 < labels.sum() < len(labels) for labels in tested)
    return folds if has_both else alone


def _features(rows: Rows) -> Any:
    """TF-IDF of words and pairs of words, sparse: (rows, FEATURES), each row of length 1."""
    from scipy.sparse import csr_matrix
    from sklearn.feature_extraction.text import TfidfTransformer

    numbers = np.arange(len(rows.lexicon), dtype=np.int64)
    words, starts = rows.encoded(np.arange(len(rows)), numbers)
    row = np.repeat(np.arange(len(rows)), np.diff(starts))
    inside = row[:-1] == row[1:]
    pairs = (words[:-1] * 1_000_003 + words[1:] * 7_919 + 17)[inside]
    columns = np.concatenate([words, pairs]) % FEATURES
    where = (np.concatenate([row, row[:-1][inside]]), columns)
    counts = csr_matrix((np.ones(len(columns), np.float32), where), (len(rows), FEATURES))
    counts.sum_duplicates()
    return TfidfTransformer(sublinear_tf=True).fit_transform(counts)


def _logits_of_others(features: Any, labels: Labels, folds: NDArray[np.int64]) -> Floats:
    """What a model fitted on the other folds says of each row, (rows,)."""
    from sklearn.linear_model import LogisticRegression

    logits = np.zeros(len(labels))
    for fold in np.unique(folds):
        here: Truths = folds == fold
        model = LogisticRegression(
            C=STRENGTH, class_weight="balanced", solver="liblinear", random_state=0
        )
        model.fit(features[~here], labels[~here])
        logits[here] = model.decision_function(features[here])
    return logits
