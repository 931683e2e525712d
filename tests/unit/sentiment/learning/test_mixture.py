"""How much each part counts, and what each is worth alone, told by the finished model."""

import numpy as np
import pytest

from sentiment.dataset.encoded import Encoded
from sentiment.learning.linear import Linear, fades, linear_logits
from sentiment.learning.mixture import (
    Combined,
    Mixture,
    accuracy_of_parts,
    fit_mixture,
)
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

    found = accuracy_of_parts(combined, linear, test_part, LONGEST, said)

    positive = test_part.labels > 0.5
    assert found == {
        "lstm_alone": {"accuracy": ((of_recurrent > 0) == positive).mean()},
        "linear_alone": {"accuracy": ((of_linear > 0) == positive).mean()},
    }
    assert found["lstm_alone"] != found["linear_alone"]


# --- Fitting ----------------------------------------------------------------------------------


def drawn(size: int, true: Mixture) -> tuple[np.ndarray, ...]:
    """Logits of both parts, how far what is added fades, and labels as the mixture has them."""
    random = np.random.default_rng(3)
    recurrent, linear = random.normal(0, 3, size), random.normal(0, 2, size)
    fading = random.random(size)
    probability = 1 / (1 + np.exp(-true.logits(recurrent, linear, fading)))
    return recurrent, linear, fading, (random.random(size) < probability).astype(np.float32)


def test_logits_are_the_weighed_parts_and_what_is_added():
    mixture = Mixture(recurrent=2, linear=3, intercept=5, bias=7)

    assert mixture.logits(np.array([1.0]), np.array([10.0]), np.array([0.5])).tolist() == [41.5]


@pytest.mark.parametrize(
    "true", [Mixture(0.6, 0.4, 0.8, -0.5), Mixture(1.1, 0.2, -0.7, 0.4), Mixture(0.3, 0.9, 0, 0)]
)
def test_many_reviews_tell_weights_intercept_and_bias_with_their_signs(true):
    found = fit_mixture(*drawn(40_000, true))

    assert found == pytest.approx(true, abs=0.1)


def test_no_part_counts_negatively():
    found = fit_mixture(*drawn(5_000, Mixture(-0.5, 0.5, 0, 0)))

    assert found.recurrent == 0
    assert found.linear > 0.3
    assert fit_mixture(*drawn(5_000, Mixture(0.5, -0.5, 0, 0))).linear == 0


def test_few_reviews_leave_what_is_usual():
    recurrent, linear = np.array([2.0, -2.0]), np.array([4.0, -4.0])

    found = fit_mixture(recurrent, linear, np.zeros(2), np.array([1, 0], np.float32))

    assert found.recurrent == pytest.approx(0.7, abs=0.1)
    assert found.linear * linear.std() == pytest.approx(0.5, abs=0.1)
    assert found[2:] == pytest.approx((0, 0), abs=1e-3)


def test_parts_that_say_the_same_of_every_review_are_no_reason_to_fail():
    found = fit_mixture(np.zeros(9), np.zeros(9), np.zeros(9), np.ones(9, np.float32))

    assert found.bias > 0
    assert np.isfinite(found).all()


@pytest.mark.parametrize("spread", [1, 0.1])
def test_the_loss_and_what_is_expected_are_in_balance(spread):
    """The slope of both together is zero, for each weight, where the prior still says something.

    Recurrent and linear weights are expected around 0.7 and 0.5 / spread, intercept and bias around
    0; the inverse variances are 4 times the square of the spread, 4 and 16.
    """
    recurrent, linear, fading, labels = drawn(60, Mixture(0.4, 0.7, 1.0, -0.8))
    recurrent, linear = spread * recurrent, spread * linear
    spreads = np.array([recurrent.std(), linear.std(), 1, 1])
    expected = np.array([0.7, 0.5 / spreads[1], 0, 0])

    def cost(weights: np.ndarray) -> float:
        logits = Mixture(*weights).logits(recurrent, linear, fading)
        unusual = [4, 4, 4, 16] @ (spreads * (weights - expected)) ** 2 / 2
        return float((np.logaddexp(0, logits) - labels * logits).sum() + unusual)

    found = np.array(fit_mixture(recurrent, linear, fading, labels))

    for step in 1e-4 * np.diag(1 / spreads):
        assert cost(found + step) - cost(found - step) == pytest.approx(0, abs=2e-4 * 0.02)
