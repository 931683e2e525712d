"""A tiny untrained model and its folder, for the tests that need one to ask."""

from pathlib import Path

import numpy as np
import torch

from sentiment.learning.mixture import Combined, Mixture
from sentiment.learning.plan import Plan
from sentiment.model.network import ModelConfig, SentimentModel
from sentiment.output import Description, write_model
from sentiment.text import fingerprint

WORDS = ("film", "good", "bad", "not", "the", "was", "book", "very")
PLAN = Plan(
    epochs=2,
    batch=8,
    learning_rate=0.01,
    embedding_rate=1,
    head_rate=1,
    maximum_words=20,
    longest=30,
    word_dropout=0.1,
    sentences=True,
    sentence_ends=(9,),
    lessons=0,
    lesson_share=0.2,
    smoothing=5,
    patience=2,
    checkpoint_steps=5,
    device="cpu",
    bfloat16=False,
    seed=1,
)


def model(words: int = len(WORDS) + 2, *, seed: int = 1, buckets: int = 64) -> SentimentModel:
    """A model with random weights everywhere, none of them zero.

    Its state fills whole vectors of the processor, as that of a real model does: the last digit of
    what is left over would depend on the batch.
    """
    torch.manual_seed(seed)
    made = SentimentModel(ModelConfig(words, embedding=6, hidden=16, buckets=buckets)).eval()
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.normal_()
    made.set_linear(torch.randn(words), torch.randn(buckets), 0.5)
    return made


def model_folder(folder: Path, run: str = "run-1", learnt_from: tuple[str, ...] = ()) -> Path:
    """A whole model folder around a random model that reads at most 30 words."""
    combined = Combined(
        model(), Mixture(1.0, 1.0, 0.0, 0.0), np.array([0.1, 0.9]), np.array([0, 1])
    )
    rows = np.array([fingerprint(text.split()) for text in learnt_from], np.uint64)
    write_model(folder, Description(run, WORDS, PLAN), combined, rows)
    return folder
