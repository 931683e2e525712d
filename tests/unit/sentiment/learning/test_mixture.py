"""What each part is worth alone, told by the finished model."""

import numpy as np
import pytest

from sentiment.dataset.encoded import Encoded
from sentiment.learning.linear import Linear, fades, linear_logits
from sentiment.learning.mixture import Combined, Mixture, alone
from tests.unit.models import model

LONGEST = 30


@pytest.fixture
def test_part() -> Encoded:
    random = np.random.default_rng(1)
    reviews = [random.integers(2, 10, random.integers(1, 80)) for _ in range(200)]
    return Encoded.of(reviews, (random.random(200) > 0.5).astype(float).tolist())


@pytest.mark.parametrize("weight", [0.2, 1.5])
def test_the_parts_are_told_apart_in_what_the_finished_model_says(test_part, weight):
    random = np.random.default_rng(2)
    made = model(10)
    linear = Linear(random.normal(size=10), random.normal(size=64), 0.3)
    mixture = Mixture(recurrent=weight, linear=0.7, intercept=0.4, bias=-0.6)
    of_recurrent = random.normal(size=200)
    of_linear = linear_logits(linear, test_part, made.config, LONGEST)
    said = mixture.logits(of_recurrent, of_linear, fades(test_part, LONGEST))
    combined = Combined(made, mixture, np.zeros(0), np.zeros(0, np.int64))

    found = alone(combined, linear, test_part, LONGEST, said)

    positive = test_part.labels > 0.5
    assert found == {
        "lstm_alone": {"accuracy": ((of_recurrent > 0) == positive).mean()},
        "linear_alone": {"accuracy": ((of_linear > 0) == positive).mean()},
    }
    assert found["lstm_alone"] != found["linear_alone"]
