"""The model folder as everyone who reads it sees it: its files, and what model.json says.

All that serving needs, which rows it has learnt from, and no pickle; output.py writes it.
"""

import json
from pathlib import Path
from typing import Any, TypedDict, cast

import numpy as np
from numpy.typing import NDArray

from sentiment.errors import SentimentError

DESCRIPTION, GRAPH, FINGERPRINTS = "model.json", "model.onnx", "fingerprints.bin"
EVALUATION, REPORT = "evaluation.json", "report.html"  # among the job's outputs as well
FOUND = "found.json"  # among those alone: what was found in the dataset, however the job ends
FINGERPRINT = "<u8"  # how one is written
VERSION = 1  # of the folder's form
NEEDED = {"run", "tokenizer", "unsure", "bias", "longest", "vocabulary"}


class Unsure(TypedDict):
    """The probabilities of positive in between are no answer; how good those outside were."""

    low: float
    high: float
    accuracy_outside: float | None  # None where none was outside
    share_outside: float


class ModelDescription(TypedDict):
    """All of model.json."""

    version: int  # of the folder's form
    run: str
    trained_at: str  # ISO 8601, UTC
    labels: tuple[str, str]
    tokenizer: int  # the version of text.py's words
    longest: int  # words of a window
    bias: float
    unsure: Unsure
    mixture: dict[str, float]  # how much each part counts
    config: dict[str, Any]  # sizes of the network
    plan: dict[str, Any]  # how it learnt
    libraries: dict[str, str]  # versions
    vocabulary: list[str]


class ModelError(SentimentError):
    """The folder holds no model that can be used; the text says why."""


def describe(folder: Path) -> ModelDescription:
    """What model.json says; raises ModelError where it isn't of a model that can be used."""
    try:
        description = json.loads((folder / DESCRIPTION).read_bytes())
    except (OSError, ValueError) as error:
        raise ModelError(f"model.json can't be read: {error}") from error
    if not isinstance(description, dict) or (version := description.get("version")) is None:
        raise ModelError("model.json doesn't describe a model.")
    if version != VERSION:
        raise ModelError(f"The model folder has version {version}; {VERSION} is understood.")
    if missing := NEEDED - description.keys():
        raise ModelError(f"model.json lacks {', '.join(sorted(missing))}.")
    return cast(ModelDescription, description)


def learnt_from(folder: Path) -> NDArray[np.uint64]:
    """The fingerprints of all rows whose labels the model has learnt from."""
    return np.fromfile(folder / FINGERPRINTS, FINGERPRINT)
