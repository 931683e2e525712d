"""The model now live, as it arrives in the job's optional channel."""

import tarfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from sentiment.evaluate import Labels, Truths
from sentiment.judge import ChampionEvidence
from sentiment.predictor import ModelError, Predictor
from sentiment.text import TOKENIZER


def compare(
    channel: Path,
    work: Path,
    words: Sequence[Sequence[str]],
    labels: Labels,
    fingerprints: Sequence[int],
    challenger_right: Truths,
) -> ChampionEvidence:
    """Let it answer the test reviews that it hasn't learnt from; that it can't is evidence too."""
    try:
        folder = _model_folder(channel, work)
        champion = Predictor(folder)
        learnt = np.fromfile(folder / "fingerprints.bin", "<u8")
    except (ModelError, OSError, tarfile.TarError) as error:
        why = f"The live model can't be read ({error}): a person has to decide."
        return ChampionEvidence("unknown", incomparable=why)
    if champion.tokenizer != TOKENIZER:
        why = (
            f"The live model {champion.run} uses tokenizer version {champion.tokenizer}, this one"
            f" version {TOKENIZER}: they can't be compared, and a person has to decide."
        )
        return ChampionEvidence(champion.run, incomparable=why)
    unseen = np.flatnonzero(~np.isin(np.array(fingerprints, np.uint64), learnt))
    logits = champion.logits([words[index] for index in unseen.tolist()])
    right = (logits > 0) == (labels[unseen] == 1)
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
