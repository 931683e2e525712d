"""A model folder answers: words → calibrated probability, and what each word contributed.

Needs NumPy and ONNX Runtime only, so that `serve` starts in well under a second.
"""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from sentiment.model_folder import GRAPH, ModelError, describe
from sentiment.serving.microbatches import MicroBatches
from sentiment.vocabulary import PAD, UNKNOWN, Vocabulary
from sentiment.windows import windows


class Answer(NamedTuple):
    """What the model says of one review; `contributions` (words,) are of words[used[0]:used[1]]."""

    probability: float
    logit: float
    contributions: NDArray[np.float32]
    known: float
    used: tuple[int, int]
    windows: int


class Predictor:
    """A loaded model folder; safe to use from several threads.

    Reviews are answered a few at a time, whoever asked for them; no answer depends on its batch.
    """

    def __init__(self, folder: Path, threads: int = 1) -> None:
        description = describe(folder)
        self.run: str = description["run"]
        self.tokenizer: int = description["tokenizer"]
        self.unsure: tuple[float, float] = (
            description["unsure"]["low"],
            description["unsure"]["high"],
        )
        self.bias: float = description["bias"]
        self.longest: int = description["longest"]
        self._vocabulary = Vocabulary(description["vocabulary"])
        self._session = _session(folder / GRAPH)
        self._microbatches = MicroBatches(self._contributions, threads)

    def answer(self, reviews: Sequence[Sequence[str]]) -> list[Answer]:
        """Answers in the reviews' order; one longer than the model reads is read in windows."""
        encoded = [self._vocabulary.encode(words) for words in reviews]
        cuts = [windows(len(ids), self.longest) for ids in encoded]
        parts = [
            ids[start:end] for ids, own in zip(encoded, cuts, strict=True) for start, end in own
        ]
        contributions = iter(self._microbatches.all(parts))
        return [
            self._answer(ids, [next(contributions) for _ in own])
            for ids, own in zip(encoded, cuts, strict=True)
        ]

    def logits(self, reviews: Sequence[Sequence[str]]) -> NDArray[np.float64]:
        """Calibrated logits alone, for many reviews."""
        return np.array([answer.logit for answer in self.answer(reviews)], np.float64)

    def close(self) -> None:
        """Compute nothing more: who still waits for an answer gets a CancelledError."""
        self._microbatches.close()

    def _answer(self, ids: NDArray[np.int64], parts: Sequence[NDArray[np.float32]]) -> Answer:
        """What the windows say of the whole review, each by its share of the words."""
        contributions = np.concatenate([part * np.float32(len(part) / len(ids)) for part in parts])
        logit = self.bias + float(contributions.sum(dtype=np.float64))
        return Answer(
            probability=(1 + math.tanh(logit / 2)) / 2,  # the logistic function, without overflow
            logit=logit,
            contributions=contributions,
            known=float((ids != UNKNOWN).mean()),
            used=(0, len(ids)),
            windows=len(parts),
        )

    def _contributions(self, parts: Sequence[NDArray[np.int64]]) -> list[NDArray[np.float32]]:
        """What the words of each window (words,) contribute to its logit: (words,) of each."""
        lengths = np.array([len(part) for part in parts], np.int32)
        ids = np.full((len(parts), lengths.max()), PAD, np.int64)
        for row, part in zip(ids, parts, strict=True):
            row[: len(part)] = part
        found = self._session.run(["contributions"], {"ids": ids, "lengths": lengths})[0]
        return [row[:length] for row, length in zip(found, lengths, strict=True)]


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
