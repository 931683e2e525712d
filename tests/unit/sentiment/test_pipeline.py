"""From a file to the parts that are learnt from."""

from pathlib import Path

import numpy as np
import pytest

from sentiment.budget import Budget
from sentiment.pipeline import Data, encoded, prepare
from sentiment.settings import settings
from tests.unit.made import csv_text, rows


@pytest.fixture
def prepared(tmp_path):
    """What is made of 200 rows in a folder without any model to start from."""
    (tmp_path / "reviews.csv").write_text(csv_text(rows(100)))
    nowhere = str(tmp_path / "nowhere")
    flags = ["--dataset", str(tmp_path / "reviews.csv"), "--imdb", nowhere, "--base", nowhere]

    def prepare_at_most(most: int, seed: int = 1) -> Data:
        work = tmp_path / f"work-{most}-{seed}"
        work.mkdir()
        chosen = settings([*flags, "--seed", str(seed)], {"SAGEMAKER_BASE_DIR": nowhere})
        return prepare(chosen, work, Budget(), most)

    return prepare_at_most


def lines(data: Data) -> list[int]:
    return [row.line for row in data.rows]


def test_more_rows_than_there_is_memory_for_are_drawn_by_chance(prepared):
    data, drawn_anew, whole = prepared(120), prepared(120, seed=2), prepared(1_000)

    assert len(data.rows) == sum(map(len, data.parts[:3])) == 120
    assert data.rows.labels.sum() == 60
    assert lines(data) == sorted(lines(data))
    assert lines(data) != lines(drawn_anew)
    assert len(whole.rows) == len(whole.dataset.rows) == 200


def test_parts_are_told_in_ids_of_one_vocabulary(prepared, tmp_path: Path):
    data = prepared(1_000)

    test = encoded(data.rows, data.parts.test, data.ids, tmp_path / "test.npy")

    assert len(data.material.train) == len(data.parts.train)
    assert np.asarray(test.labels).tolist() == data.rows.labels[data.parts.test].tolist()
    words = data.rows.words(int(data.parts.test[0]))
    assert test.review(0).tolist() == data.material.vocabulary.encode(words).tolist()


def test_labels_are_looked_at_though_no_model_can_be_asked(prepared):
    looked = prepared(1_000).looked

    assert looked.suspects["looked_at"] == 200
    assert looked.second is None
