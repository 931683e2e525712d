"""How much the recurrent and the linear part count, fitted on reviews that are new to both."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sentiment.batches import Encoded
from sentiment.learn import Learner
from sentiment.linear import Floats, Linear, linear_logits
from sentiment.model import SentimentModel
from sentiment.reading import logits_of

USUAL = (1.0, 1.0, 0.0)  # weights of both logits, each scaled to unit variance, and the bias
CERTAINTY = 4.0  # inverse variance of that expectation


class Mixture(NamedTuple):
    """Calibrated logit = recurrent * (recurrent part) + linear * (linear part) + bias."""

    recurrent: float
    linear: float
    bias: float

    def logits(self, recurrent: Floats, linear: Floats) -> Floats:
        """The calibrated logits."""
        return self.recurrent * recurrent + self.linear * linear + self.bias


@dataclass(frozen=True)
class Combined:
    """The finished model, how it was mixed, and what it says of the validation part."""

    model: SentimentModel
    mixture: Mixture
    validation_probabilities: Floats
    validation_labels: NDArray[np.int64]
    alone: dict[str, dict[str, float]]  # how good each part is without the other, on the test part


def combine(learner: Learner, linear: Linear, validation: Encoded, test: Encoded) -> Combined:
    """Mix both parts and fold the mixture into the weights of one model."""
    config, plan = learner.config, learner.plan
    model = SentimentModel(config).eval()
    model.recurrent.load_state_dict(learner.best)
    alone = {
        "lstm_alone": logits_of(model.recurrent, test, plan).numpy(),
        "linear_alone": linear_logits(linear, test, config, plan.longest),
    }
    positive = test.labels > 0.5
    logits = (
        learner.logits.numpy().astype(np.float64),
        linear_logits(linear, validation, config, plan.longest),
    )
    mixture = fit_mixture(*logits, validation.labels)
    model.set_linear(linear.unigram, linear.bigram)
    model.fold(mixture.recurrent, mixture.linear, mixture.linear * linear.bias + mixture.bias)
    return Combined(
        model,
        mixture,
        1 / (1 + np.exp(-mixture.logits(*logits))),
        validation.labels.astype(np.int64),
        {name: {"accuracy": float(((one > 0) == positive).mean())} for name, one in alone.items()},
    )


def fit_mixture(recurrent: Floats, linear: Floats, labels: NDArray[np.float32]) -> Mixture:
    """Logistic regression on both logits, neither counting negatively; this calibrates the sum too.

    It is drawn towards both counting the same, by a prior that a few dozen reviews outweigh: a
    tiny validation part can't do mischief.
    """
    from scipy.optimize import minimize

    scale = np.array([max(recurrent.std(), 1e-6), max(linear.std(), 1e-6)])
    inputs = np.column_stack([recurrent / scale[0], linear / scale[1], np.ones(len(labels))])

    def cost(weights: Floats) -> tuple[float, Floats]:
        logits = inputs @ weights
        loss = np.logaddexp(0, logits) - labels * logits
        error = 1 / (1 + np.exp(-logits)) - labels
        pull = CERTAINTY * (weights - USUAL)
        return float(loss.sum() + pull @ (weights - USUAL) / 2), inputs.T @ error + pull

    bounds = [(0, None), (0, None), (None, None)]
    best = minimize(cost, USUAL, jac=True, bounds=bounds, method="L-BFGS-B").x
    return Mixture(float(best[0] / scale[0]), float(best[1] / scale[1]), float(best[2]))
