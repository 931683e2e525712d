"""How many steps are learnt, and at what rate."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sentiment.dataset.encoded import Encoded
from sentiment.learning.learner import Learner
from sentiment.learning.parallel import World
from sentiment.learning.planned import Counts, passes, planned
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


# --- In little time ---------------------------------------------------------------------------


def hurried(folder: Path, epochs: float, *left: float) -> Learner:
    """One that is told how many seconds are left, the last of them again and again."""
    told = iter(left)
    last = left[-1]
    learnt = learner(folder, epochs)
    learnt.seconds_left = lambda: next(told, last)
    return learnt


def test_time_enough_changes_nothing(tmp_path):
    usual, watched = learner(tmp_path / "usual", 2), hurried(tmp_path / "watched", 2, 1e6)
    usual.run()
    watched.run()

    assert watched.progress.steps == usual.progress.steps == 20
    for name, weights in usual.best.items():
        assert weights.equal(watched.best[name]), name


def test_without_time_it_ends_at_once_with_what_it_has_learnt(tmp_path):
    learnt = hurried(tmp_path, 2, 0.0)
    learnt.run()

    assert learnt.progress.steps == learnt.progress.total_reviews / BATCH == 4
    assert learnt.progress.best_epoch == 1
    assert passes(learnt) == 0.4


def test_it_ends_where_the_time_runs_out(tmp_path):
    learnt = hurried(tmp_path, 20, 1e6, 1e6, 1e6, 1e-9)
    learnt.run()

    assert learnt.progress.steps == 7


def test_what_was_saved_is_told(tmp_path):
    learnt = hurried(tmp_path, 2, 0.0)
    learnt.run()
    counts = Counts(kept=60, used=50, train=40, linear=30, test=9, examined=8)

    plan = planned(900, learnt, counts)

    assert plan["notes"] == [
        "Of 60 reviews 50 were taken by chance: more of them would take more memory than they are"
        " worth.",
        "Its linear part learnt from 30 of 40 reviews, taken by chance: as many as there are memory"
        " and time for.",
        "It was examined on 8 of 9 held-out reviews, taken by chance: they are enough to judge it"
        " by, or all that there was time for.",
        "Because of the limit of 900 seconds it learnt from a sample of 40% of the reviews instead"
        " of 2 passes.",
        "A higher TrainingMaxRuntimeSeconds or a faster TrainingInstanceType changes that.",
    ]
    assert (plan["passes"], plan["wished_passes"]) == (0.4, 2)
    assert (plan["window"], plan["wished_window"]) == (20, 20)


def test_where_nothing_was_saved_nothing_is_told(tmp_path):
    learnt = learner(tmp_path, 1.5)
    learnt.run()

    plan = planned(0, learnt, Counts(60, 60, 40, 40, 9, 9))

    assert plan["notes"] == []
    assert plan["passes"] == 1.5


def test_who_stops_for_want_of_progress_blames_no_limit(tmp_path):
    """It might have made 150 passes of 200, and stopped by itself after a few."""
    learnt = hurried(tmp_path, 200, 1e6)
    learnt.plan = replace(learnt.plan, patience=1, learning_rate=0.0)
    learnt.progress.steps = 1_500
    learnt.seconds_left = None
    learnt.run()

    plan = planned(900, learnt, Counts(40, 40, 40, 40, 9, 9))

    assert plan["notes"] == []
    assert plan["passes"] == learnt.progress.epoch - 1 < 150
