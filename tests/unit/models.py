"""A tiny untrained model and its folder, for the tests that need one to ask."""

from pathlib import Path

import numpy as np
import torch

from sentiment.dataset import Row
from sentiment.folder import Description, write_model
from sentiment.learn import Plan
from sentiment.mixture import Combined, Mixture
from sentiment.model import ModelConfig, SentimentModel
from sentiment.text import fingerprint

WORDS = ("film", "good", "bad", "not", "the", "was", "book", "very")
PLAN = Plan(
    epochs=2,
    batch=8,
    learning_rate=0.01,
    maximum_words=20,
    longest=30,
    word_dropout=0.1,
    smoothing=5,
    patience=2,
    checkpoint_steps=5,
    seed=1,
)


def model(words: int = len(WORDS) + 2, *, seed: int = 1, buckets: int = 64) -> SentimentModel:
    """A model with random weights everywhere, none of them zero."""
    torch.manual_seed(seed)
    made = SentimentModel(ModelConfig(words, embedding=6, hidden=5, buckets=buckets)).eval()
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.normal_()
    made.set_linear(torch.randn(words), torch.randn(buckets))
    return made


def row(text: str, label: int = 0) -> Row:
    """A row of lower-case words."""
    words = tuple(text.split())
    return Row(text, words, label, None, 2, fingerprint(words))


def model_folder(folder: Path, run: str = "run-1", learnt_from: tuple[str, ...] = ()) -> Path:
    """A whole model folder around a random model that reads at most 30 words."""
    combined = Combined(
        model(), Mixture(1.0, 1.0, 0.0), np.array([0.1, 0.9]), np.array([0, 1]), alone={}
    )
    rows = [row(text) for text in learnt_from]
    write_model(folder, Description(run, WORDS, PLAN), combined, rows)
    return folder
