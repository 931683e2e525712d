"""The model now live, as it arrives in the job's optional channel."""

import tarfile
from pathlib import Path

import numpy as np

from sentiment.arrays import Truths
from sentiment.dataset.rows import Rows
from sentiment.judging.judge import ChampionEvidence
from sentiment.model_folder import ModelError, learnt_from
from sentiment.processors import processors
from sentiment.serving.predictor import Predictor
from sentiment.text import TOKENIZER

REVIEWS_AT_ONCE = 1_000


def compare(channel: Path, work: Path, test: Rows, challenger_right: Truths) -> ChampionEvidence:
    """Let it answer the test reviews that it hasn't learnt from; that it can't is evidence too.

    `challenger_right` is (reviews,), for each of `test`; the evidence has both models' (unseen,).
    """
    try:
        folder = _model_folder(channel, work)
        champion = Predictor(folder, processors())
        learnt = learnt_from(folder)
    except (ModelError, OSError, tarfile.TarError) as error:
        why = f"The live model can't be read ({error}): a person has to decide."
        return ChampionEvidence("unknown", incomparable=why)
    if champion.tokenizer != TOKENIZER:
        why = (
            f"The live model {champion.run} uses tokenizer version {champion.tokenizer}, this one"
            f" version {TOKENIZER}: they can't be compared, and a person has to decide."
        )
        return ChampionEvidence(champion.run, incomparable=why)
    unseen = np.flatnonzero(~np.isin(test.fingerprints, learnt))
    comparable = test.select(unseen)
    logits = [
        champion.logits([part.words(index) for index in range(len(part))])
        for part in comparable.parts(REVIEWS_AT_ONCE)
    ]
    right = (np.concatenate([np.zeros(0), *logits]) > 0) == (comparable.labels == 1)
    return ChampionEvidence(champion.run, right, challenger_right[unseen])


def _model_folder(channel: Path, work: Path) -> Path:
    """The channel itself, or what is in its model.tar.gz."""
    archive = channel / "model.tar.gz"
    if not archive.is_file():
        return channel
    folder = work / "champion"
    with tarfile.open(archive) as content:
        content.extractall(folder, filter="data")  # no path outside, no links out, no devices
    return folder
