"""What a training starts from: the first live model, the base, or nothing.

A start that has learnt from a row of the dataset would know the answers that it is examined on, so
the first live model serves only datasets that it has never seen; the base has seen no label at all.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from sentiment.errors import SentimentError
from sentiment.evaluation import Init
from sentiment.model import base
from sentiment.model.base import BaseError
from sentiment.model.weights import WeightsError, recurrent_weights
from sentiment.model_folder import GRAPH, ModelError, describe, learnt_from
from sentiment.settings import SettingsError
from sentiment.text import TOKENIZER
from sentiment.vocabulary import Vocabulary


class Initial(NamedTuple):
    """Weights of model.Recurrent by name, the words that its embedding knows, and why these.

    A model that starts here has learnt from the labels of `learnt_from` as well, fingerprints.
    """

    name: str  # imdb, base or scratch
    why: str
    vocabulary: Vocabulary
    weights: dict[str, Tensor]
    learnt_from: NDArray[np.uint64] = np.zeros(0, np.uint64)

    def as_dict(self) -> Init:
        """As evaluation.json and the receipt tell it."""
        return {"from": self.name, "why": self.why}


class UnsuitableError(SentimentError):
    """A folder that can't be started from; the sentence says why."""


def choose(wish: str, base_folder: Path, imdb_folder: Path, rows: NDArray[np.uint64]) -> Initial:
    """Where to start for rows of these fingerprints; `wish` is auto, imdb, base or scratch.

    Raises SettingsError where what was wished for by name can't be had.
    """
    if wish == "scratch":
        return _scratch("It was asked for.")
    if wish != "auto":
        start = _imdb if wish == "imdb" else _base
        try:
            return start(imdb_folder if wish == "imdb" else base_folder, rows, "It was asked for.")
        except UnsuitableError as error:
            raise SettingsError(f"{error} Choose another --init, or auto.") from error
    try:
        return _imdb(imdb_folder, rows, "The first live model has learnt from none of these rows.")
    except UnsuitableError as error:
        not_imdb = str(error)
    try:
        return _base(base_folder, rows, not_imdb)
    except UnsuitableError as error:
        return _scratch(f"{not_imdb} {error}")


def _scratch(why: str) -> Initial:
    return Initial("scratch", why, Vocabulary([]), {})


def _base(folder: Path, _rows: NDArray[np.uint64], why: str) -> Initial:
    try:
        found = base.load(folder)
    except BaseError as error:
        raise UnsuitableError(str(error)) from error
    state = found.model.state_dict()
    weights = {"embedding.weight": state["embedding.weight"]}
    for number, direction in enumerate(("forwards", "backwards")):
        for name, weight in found.model.lstms[number].state_dict().items():
            weights[f"{direction}.{name}"] = weight
    return Initial("base", why, found.vocabulary, weights)


def _imdb(folder: Path, rows: NDArray[np.uint64], why: str) -> Initial:
    try:
        description = describe(folder)
        if description["tokenizer"] != TOKENIZER:
            raise UnsuitableError("The first live model was trained with another tokenizer.")
        learnt = learnt_from(folder)
        weights = recurrent_weights(folder / GRAPH)
    except (ModelError, WeightsError, OSError) as error:
        raise UnsuitableError(
            f"There is no first live model to start from: {str(error).rstrip('.')}."
        ) from error
    common = int(np.isin(rows, learnt).sum())
    if common:
        raise UnsuitableError(f"The first live model has learnt from {common:,} of these rows.")
    return Initial("imdb", why, Vocabulary(description["vocabulary"]), weights, learnt)
