"""pretrain.py as it is run: a process that can be killed at any time."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from sentiment.model import base
from tests.integration.training_job import ROOT, reviews

SIZES = ["--embedding", "12", "--hidden", "16", "--candidates", "32", "--vocabulary", "100"]
SIZES += ["--piece-words", "20", "--batch-words", "300", "--held-out", "30", "--passes", "6"]
SIZES += ["--learning-rate", "0.02"]


def command(folder: Path, *more: str) -> list[str]:
    folders = ["--work", str(folder / "work"), "--out", str(folder / "base")]
    program = [sys.executable, str(ROOT / "training/pretrain.py"), str(folder / "reviews.csv")]
    return [*program, *folders, *SIZES, *more]


def run(folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(folder, *more), capture_output=True, text=True, timeout=300)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    (folder / "reviews.csv").write_text(reviews(600))
    done = run(folder)
    assert done.returncode == 0, done.stderr
    return folder


def test_it_learns_the_language_of_the_reviews(finished):
    learnt = base.load(finished / "base")

    words, forwards, backwards = learnt.provenance["perplexities"][-1]
    uniform = len(learnt.vocabulary) - 2
    assert forwards < uniform / 4
    assert backwards < uniform / 4
    assert words == learnt.provenance["words_read"]
    assert learnt.provenance["steps"] == learnt.provenance["planned_steps"]
    assert "good" in learnt.vocabulary


def test_every_word_can_be_a_candidate_and_a_share_of_the_weights_is_hidden(finished, tmp_path):
    """As on a GPU; each of the two changes what is learnt."""
    state = "lstms.0.weight_hh_l0"
    learnt = []
    for number, flags in enumerate((["--weight-dropout", "0"], ["--weight-dropout", "0.2"])):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "reviews.csv").write_bytes((finished / "reviews.csv").read_bytes())
        done = run(folder, "--candidates", "0", *flags)
        assert done.returncode == 0, done.stderr
        found = base.load(folder / "base")
        _, forwards, backwards = found.provenance["perplexities"][-1]
        assert max(forwards, backwards) < (len(found.vocabulary) - 2) / 4
        learnt.append(found.model.state_dict()[state])

    drawn = base.load(finished / "base").model.state_dict()[state]
    assert not np.allclose(learnt[0], drawn, atol=0.01)
    assert not np.allclose(learnt[0], learnt[1], atol=0.01)


def test_killed_and_started_again_it_ends_with_the_same_weights(finished, tmp_path):
    (tmp_path / "reviews.csv").write_bytes((finished / "reviews.csv").read_bytes())
    process = subprocess.Popen(
        command(tmp_path, "--checkpoint-seconds", "0"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 60
    while not (tmp_path / "work/last.pt").exists() and time.monotonic() < deadline:
        time.sleep(random.random() / 10)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()

    again = run(tmp_path)

    assert again.returncode == 0, again.stderr
    assert "going on from step" in again.stdout
    with (
        np.load(finished / "base/weights.npz") as whole,
        np.load(tmp_path / "base/weights.npz") as resumed,
    ):
        for name in whole.files:
            np.testing.assert_allclose(resumed[name], whole[name], rtol=1e-3, atol=1e-4)


def test_a_file_that_is_no_dataset_is_one_sentence(tmp_path):
    (tmp_path / "reviews.csv").write_bytes(b"PK\x03\x04 something else")

    done = run(tmp_path)

    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "archive is damaged" in done.stderr


def test_the_base_holds_no_review(finished):
    content = json.loads((finished / "base/base.json").read_text())

    assert all(" " not in word for word in content["vocabulary"])
    assert content["provenance"]["files"] == ["reviews.csv"]
