"""What a job leaves behind: the model folder, the evaluation, and that as a page."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sentiment.evaluation import Evaluation
from sentiment.judging.report import report
from sentiment.judging.statistics import unsure_band
from sentiment.learning.mixture import Combined
from sentiment.learning.plan import Plan
from sentiment.model.export import export
from sentiment.model_folder import (
    DESCRIPTION,
    EVALUATION,
    FINGERPRINT,
    FINGERPRINTS,
    FOUND,
    GRAPH,
    REPORT,
    VERSION,
    ModelDescription,
)
from sentiment.text import TOKENIZER

LABELS = ("negative", "positive")
LIBRARIES = ("torch", "onnx", "onnxruntime", "scikit-learn", "numpy", "nltk", "beautifulsoup4")


@dataclass(frozen=True)
class Description:
    """What model.json says besides the weights."""

    run: str
    vocabulary: Sequence[str]
    plan: Plan


def write_model(
    folder: Path,
    description: Description,
    combined: Combined,
    learnt_from: NDArray[np.uint64],
) -> None:
    """Write the graph, model.json, and the fingerprints of all rows it learnt labels from."""
    folder.mkdir(parents=True, exist_ok=True)
    export(combined.model, folder / GRAPH)
    content: ModelDescription = {
        "version": VERSION,
        "run": description.run,
        "trained_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "labels": LABELS,
        "tokenizer": TOKENIZER,
        "longest": description.plan.longest,
        "bias": combined.model.bias.item(),
        "unsure": unsure_band(combined.validation_probabilities, combined.validation_labels),
        "mixture": combined.mixture._asdict(),
        "config": combined.model.config.as_dict(),
        "plan": asdict(description.plan),
        "libraries": {name: version(name) for name in LIBRARIES},
        "vocabulary": list(description.vocabulary),
    }
    _write_json(folder / DESCRIPTION, content)
    np.unique(learnt_from).astype(FINGERPRINT).tofile(folder / FINGERPRINTS)


def write_evaluation(folders: Sequence[Path], evaluation: Evaluation) -> None:
    """Write evaluation.json and the same as a page: beside the model, and where outputs go."""
    page = report(evaluation)
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True)
        _write_json(folder / EVALUATION, evaluation)
        (folder / REPORT).write_text(page, encoding="utf-8")


def write_found(folder: Path, name: str, findings: Mapping[str, Any]) -> None:
    """Write what was found in the dataset, for the receipt of a training that comes to no end."""
    folder.mkdir(parents=True, exist_ok=True)
    _write_json(folder / FOUND, {"name": name, **findings})


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    path.write_text(
        json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False), encoding="utf-8"
    )
