"""Reviews without labels: which are learnt from, and what each of them is about."""

import math
from dataclasses import replace

import numpy as np

from sentiment.dataset.encoded import Encoded
from sentiment.dataset.unlabelled import read_unlabelled
from sentiment.learning.fitting import Material, linear_part, suitable_processes, unlabelled_reviews
from sentiment.processors import processors
from sentiment.vocabulary import Vocabulary
from tests.unit.models import PLAN


def test_others_keep_their_groups_when_some_are_in_the_dataset_already(tmp_path):
    folder = tmp_path / "unlabelled"
    folder.mkdir()
    rows = [
        "A good one.,tt1",
        "A bad one.,tt2",
        "A long one.,tt1",
        "One without.,",
        "A bad one.,tt3",
    ]
    (folder / "a.csv").write_text("review,film\n" + "\n".join(rows) + "\n")
    known = read_unlabelled([folder / "a.csv"], tmp_path / "read").fingerprints[:1]
    nothing = Encoded.of([], [])
    material = Material(Vocabulary(["bad", "long", "one"]), nothing, nothing, known)

    unlabelled = unlabelled_reviews(folder, material, tmp_path / "work")

    assert len(unlabelled.reviews) == len(unlabelled.groups) == 3
    assert unlabelled.groups.tolist() == [1, 0, -1]  # tt2, tt1, none; equal reviews count once
    assert np.asarray(unlabelled.reviews.labels).tolist() == [0.5] * 3
    words = material.vocabulary.words
    assert words[unlabelled.reviews.review(1)[1] - 2] == "long"


def test_a_gpu_is_one_process_and_large_data_keeps_every_processor_busy():
    starts = np.arange(100_001) * 100
    large = Encoded(np.zeros(0, np.int32), starts, np.zeros(100_000, np.float32))

    assert suitable_processes(large, replace(PLAN, device="cuda")) == 1
    assert suitable_processes(large, PLAN) == min(8, processors())


def test_the_linear_part_learns_from_as_much_as_there_is_memory_and_time_for():
    lengths = 10_000
    train = Encoded(
        np.zeros(400 * lengths, np.int32),
        np.arange(401) * lengths,
        (np.arange(400) < 4).astype(np.float32),
    )

    assert linear_part(train, math.inf, 1) is train
    assert linear_part(train, 1e6, 1) is train
    some = linear_part(train, 25.0, 1)  # a fifth of the seconds, at 200,000 words each
    assert len(some) == 100
    assert some.labels.sum() == 1
    assert len(linear_part(train, -9.0, 1)) == 20
