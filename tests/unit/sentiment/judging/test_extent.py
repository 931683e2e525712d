"""How much of a model is examined in the time there is."""

import math

import pytest

from sentiment.judging import extent
from sentiment.judging.extent import affordable
from sentiment.serving.predictor import Predictor
from tests.unit.sentiment.judging.planted import planted, reviews, true_weights


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> Predictor:
    return Predictor(planted(tmp_path_factory.mktemp("model"), "run", true_weights()))


def test_time_enough_examines_everything(model):
    test = reviews(300, 1)

    for seconds in (math.inf, 1e6):
        found = affordable(model, test, seconds, 1, has_champion=True)
        assert found.chosen.tolist() == list(range(300))
        assert (found.for_baseline, found.texts) == (extent.MOST_REVIEWS, extent.MOST_TEXTS)


def test_without_time_enough_is_examined_to_judge_it_nevertheless(model):
    test = reviews(300, 1)

    found = affordable(model, test, 0.001, 1, has_champion=False)

    assert len(found.chosen) == extent.FEWEST_EXAMINED
    assert found.chosen.tolist() == sorted(set(found.chosen.tolist()))
    assert (found.for_baseline, found.texts) == (extent.FEWEST_FOR_BASELINE, 0)
    assert test.labels[found.chosen].mean() == pytest.approx(test.labels.mean(), abs=0.01)
    again, other = (
        affordable(model, test, 0.001, seed, has_champion=False).chosen.tolist() for seed in (1, 2)
    )
    assert found.chosen.tolist() == again != other
