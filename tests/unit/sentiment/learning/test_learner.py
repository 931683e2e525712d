"""How many steps are learnt, and at what rate."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sentiment.dataset.encoded import Encoded
from sentiment.learning.learner import Learner
from sentiment.learning.parallel import World
from sentiment.model.network import ModelConfig
from tests.unit.models import PLAN

ROWS, BATCH = 40, 4


def learner(folder: Path, epochs: float) -> Learner:
    reviews = [np.array([2 + row % 2, 4, 5]) for row in range(ROWS)]
    train = Encoded.of(reviews, [float(row % 2) for row in range(ROWS)])
    plan = replace(PLAN, epochs=epochs, batch=BATCH, sentences=False, patience=1000)
    config = ModelConfig(6, embedding=4, hidden=3, buckets=8)
    return Learner(config, plan, train, train, World(), folder)


@pytest.mark.parametrize(
    ("epochs", "steps", "passes"), [(0.3, 3, 1), (1, 10, 1), (1.5, 15, 2), (2, 20, 2)]
)
def test_epochs_need_not_be_whole(tmp_path, epochs, steps, passes):
    learnt = learner(tmp_path, epochs)
    learnt.run()

    assert learnt.progress.total_reviews == steps * BATCH
    assert learnt.progress.epoch - 1 == passes


def test_the_rate_falls_to_nothing_where_the_last_epoch_ends_early(tmp_path):
    learnt = learner(tmp_path, 7.5)
    learnt.run()

    rates = [group["lr"] / group["rate"] for group in learnt.optimizer.param_groups]
    assert rates == pytest.approx([PLAN.learning_rate / 75] * 3)


def test_a_fraction_of_an_epoch_is_not_learnt_again_by_a_restart(tmp_path):
    learner(tmp_path, 1.5).run()
    again = learner(tmp_path, 1.5)
    again.run()

    assert again.progress.total_reviews == 15 * BATCH
    assert again.progress.finished
