"""The base folder: an encoder that has read reviews but no label, as fine-tuning starts from it.

`base.json` has the vocabulary and where the weights come from, `weights.npz` the weights of
language.LanguageModel, matrices as bytes with a scale for each row. No pickle, no text of any
review.
"""

import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch

from sentiment.errors import SentimentError
from sentiment.model.language import LanguageConfig, LanguageModel
from sentiment.model.quantize import quantized
from sentiment.text import TOKENIZER
from sentiment.vocabulary import Vocabulary

SCALES = "_scales"


class BaseError(SentimentError):
    """A folder doesn't hold base weights that this version can start from."""


class Base(NamedTuple):
    """What was learnt, the words it was learnt on, and how."""

    model: LanguageModel
    vocabulary: Vocabulary
    provenance: dict[str, Any]


def save(folder: Path, base: Base) -> None:
    """Write both files."""
    folder.mkdir(parents=True, exist_ok=True)
    weights = {}
    for name, tensor in base.model.state_dict().items():
        weights[name] = tensor.detach().cpu().numpy()
        if weights[name].ndim == 2:
            weights[name], weights[name + SCALES] = quantized(weights[name], axis=1)
    np.savez_compressed(folder / "weights.npz", **weights)
    content = {
        "version": 2,
        "tokenizer": TOKENIZER,
        "config": base.model.config.as_dict(),
        "provenance": base.provenance,
        "vocabulary": base.vocabulary.words,
    }
    text = json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False)
    (folder / "base.json").write_text(text, encoding="utf-8")


def load(folder: Path) -> Base:
    """Read both files; raises BaseError where they can't be used."""
    try:
        content = json.loads((folder / "base.json").read_text(encoding="utf-8"))
        if content["tokenizer"] != TOKENIZER:
            raise BaseError(
                f"The base weights in {folder} were learnt with tokenizer version"
                f" {content['tokenizer']}, this is version {TOKENIZER}: pretrain again."
            )
        model = LanguageModel(LanguageConfig(**content["config"]))
        with np.load(folder / "weights.npz", allow_pickle=False) as weights:
            arrays = {name: weights[name].astype(np.float32) for name in weights.files}
        scales = {name: arrays.pop(name) for name in list(arrays) if name.endswith(SCALES)}
        tensors = {
            name: torch.from_numpy(array * scales.get(name + SCALES, 1))
            for name, array in arrays.items()
        }
        model.load_state_dict(tensors)
    except (OSError, ValueError, KeyError, TypeError, RuntimeError) as error:
        raise BaseError(f"There are no base weights to start from in {folder}: {error}") from error
    return Base(model.eval(), Vocabulary(content["vocabulary"]), content["provenance"])
