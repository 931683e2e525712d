"""A model folder answers: words → calibrated probability, and every word's share of the logit.

Needs NumPy and ONNX Runtime only, so that `serve` starts in well under a second.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from sentiment.vocabulary import PAD, UNKNOWN, Vocabulary

BATCH_WORDS = 8_192  # ids in one batch with padding: enough to be fast, few enough to stay small
VERSION = 1  # of the folder's form
NEEDED = {"run", "tokenizer", "unsure", "bias", "longest", "vocabulary"}


class ModelError(Exception):
    """The folder holds no model that can be used; the text says why."""


class Answer(NamedTuple):
    """What the model says of one review; `contributions` are for words[used[0]:used[1]]."""

    probability: float
    logit: float
    contributions: NDArray[np.float32]
    known: float
    used: tuple[int, int]


class Predictor:
    """A loaded model folder; safe to use from several threads."""

    def __init__(self, folder: Path) -> None:
        description = _description(folder)
        self.run: str = description["run"]
        self.tokenizer: int = description["tokenizer"]
        self.unsure: tuple[float, float] = (
            description["unsure"]["low"],
            description["unsure"]["high"],
        )
        self.bias: float = description["bias"]
        self.longest: int = description["longest"]
        self._vocabulary = Vocabulary(description["vocabulary"])
        self._session = _session(folder / "model.onnx")

    def answer(self, reviews: Sequence[Sequence[str]]) -> list[Answer]:
        """Answers in the reviews' order; of one longer than the model reads, its end is used."""
        used = [(max(0, len(words) - self.longest), len(words)) for words in reviews]
        ids = [
            self._vocabulary.encode(words[start:end])
            for words, (start, end) in zip(reviews, used, strict=True)
        ]
        answers: list[Answer | None] = [None] * len(ids)
        for batch in _batches([len(review) for review in ids]):
            logits, contributions = self._run_batch([ids[index] for index in batch])
            for row, index in enumerate(batch):
                logit = float(logits[row])
                answers[index] = Answer(
                    probability=1 / (1 + float(np.exp(-logit))),
                    logit=logit,
                    contributions=contributions[row, : len(ids[index])],
                    known=float((ids[index] != UNKNOWN).mean()),
                    used=used[index],
                )
        return [answer for answer in answers if answer is not None]

    def logits(self, reviews: Sequence[Sequence[str]]) -> NDArray[np.float64]:
        """Calibrated logits alone, for many reviews."""
        return np.array([answer.logit for answer in self.answer(reviews)], np.float64)

    def _run_batch(self, ids: list[NDArray[np.int64]]) -> tuple[Any, Any]:
        lengths = np.array([len(review) for review in ids], np.int32)
        batch = np.full((len(ids), lengths.max()), PAD, np.int64)
        for row, review in zip(batch, ids, strict=True):
            row[: len(review)] = review
        logits, contributions = self._session.run(None, {"ids": batch, "lengths": lengths})
        return logits, contributions


def _batches(lengths: list[int]) -> Iterator[list[int]]:
    """Indices, shortest review first, in batches of at most BATCH_WORDS ids with padding."""
    batch: list[int] = []
    for index in sorted(range(len(lengths)), key=lengths.__getitem__):
        if batch and (len(batch) + 1) * lengths[index] > BATCH_WORDS:
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch


def _description(folder: Path) -> dict[str, Any]:
    try:
        description = json.loads((folder / "model.json").read_bytes())
    except (OSError, ValueError) as error:
        raise ModelError(f"model.json can't be read: {error}") from error
    if not isinstance(description, dict) or (version := description.get("version")) is None:
        raise ModelError("model.json doesn't describe a model.")
    if version != VERSION:
        raise ModelError(f"The model folder has version {version}; {VERSION} is understood.")
    if missing := NEEDED - description.keys():
        raise ModelError(f"model.json lacks {', '.join(sorted(missing))}.")
    return description


def _session(path: Path) -> onnxruntime.InferenceSession:
    """One thread: the endpoint has one core, and other requests are on theirs."""
    onnxruntime.disable_telemetry_events()  # nobody is told of what is answered here
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime raises its own classes for a bad file
        raise ModelError(f"model.onnx can't be loaded: {error}") from error
