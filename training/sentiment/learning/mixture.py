"""How much the recurrent and the linear part count, fitted on reviews that are new to both."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from sentiment.arrays import Floats
from sentiment.dataset.encoded import Encoded
from sentiment.evaluation import Accuracy, PartsOfModel
from sentiment.learning.learner import Learner
from sentiment.learning.linear import Linear, fades, linear_logits
from sentiment.model.network import SentimentModel

USUAL_RECURRENT = 0.7  # of its own logits: a network that has learnt enough is a bit too sure
USUAL_LINEAR = 0.5  # of logits scaled to unit variance
# Inverse variances of what is expected; least of all is there to be added to every review.
CERTAINTY = np.array([4.0, 4.0, 4.0, 16.0])


class Mixture(NamedTuple):
    """logit = recurrent * (recurrent part) + linear * (linear part) + intercept * fade + bias.

    The logit is calibrated. `fade` is near 1 in long reviews and near 0 in short ones, as the
    linear part is: the intercept makes up for what the linear part's words usually say.
    """

    recurrent: float
    linear: float
    intercept: float
    bias: float

    def logits(self, recurrent: Floats, linear: Floats, fades: Floats) -> Floats:
        """The calibrated logits (reviews,) of those of both parts and fades, each (reviews,)."""
        weighed = self.recurrent * recurrent + self.linear * linear
        return weighed + self.intercept * fades + self.bias


@dataclass(frozen=True)
class Combined:
    """The finished model, how it was mixed, and what it says of the validation part."""

    model: SentimentModel
    mixture: Mixture
    validation_probabilities: Floats  # (reviews,), of positive
    validation_labels: NDArray[np.int64]  # (reviews,): 0 or 1


def combine(learner: Learner, linear: Linear, validation: Encoded) -> Combined:
    """Mix both parts and fold the mixture into the weights of one model."""
    config, plan = learner.config, learner.plan
    logits = (
        learner.logits.numpy().astype(np.float64),
        linear_logits(linear, validation, config, plan.longest),
        fades(validation, plan.longest),
    )
    mixture = fit_mixture(*logits, validation.labels)
    model = SentimentModel(config).eval()
    model.recurrent.load_state_dict(learner.best)
    model.set_linear(*linear)
    model.fold(*mixture)
    return Combined(
        model,
        mixture,
        expit(mixture.logits(*logits)),
        validation.labels.astype(np.int64),
    )


def accuracy_of_parts(
    combined: Combined, linear: Linear, test: Encoded, longest: int, logits: Floats
) -> PartsOfModel:
    """How good each part is without the other, from the finished model's logits (reviews,).

    LSTM alone = logits - (linear * linear part + intercept * fade + bias). It is scaled by the
    LSTM's weight in the mixture, so that only its sign is meaningful, and none if the weight is 0.
    """
    of_linear = linear_logits(linear, test, combined.model.config, longest)
    weightless = combined.mixture._replace(recurrent=0.0)
    of_lstm = logits - weightless.logits(logits, of_linear, fades(test, longest))

    def accuracy(part: Floats) -> Accuracy:
        return {"accuracy": float(((part > 0) == (test.labels > 0.5)).mean())}

    return {"lstm_alone": accuracy(of_lstm), "linear_alone": accuracy(of_linear)}


def fit_mixture(
    recurrent: Floats, linear: Floats, fades: Floats, labels: NDArray[np.float32]
) -> Mixture:
    """Logistic regression of labels on both logits and fades, all of them (reviews,).

    It calibrates the sum as well. No part counts negatively, and weights are drawn towards the
    usual ones by a normal prior that a few dozen reviews outweigh: a tiny validation part can't do
    mischief.
    """
    from scipy.optimize import minimize

    scale = np.array([max(recurrent.std(), 1e-6), max(linear.std(), 1e-6)])
    usual = np.array([USUAL_RECURRENT * scale[0], USUAL_LINEAR, 0.0, 0.0])
    inputs = np.column_stack([recurrent / scale[0], linear / scale[1], fades, np.ones(len(labels))])

    def cost(weights: Floats) -> tuple[float, Floats]:
        logits = inputs @ weights
        loss = np.logaddexp(0, logits) - labels * logits
        error = expit(logits) - labels
        pull = CERTAINTY * (weights - usual)
        return float(loss.sum() + pull @ (weights - usual) / 2), inputs.T @ error + pull

    bounds = [(0, None), (0, None), (None, None), (None, None)]
    best = minimize(cost, usual, jac=True, bounds=bounds, method="L-BFGS-B").x
    recurrent_weight, linear_weight, intercept, bias = best.tolist()
    return Mixture(
        recurrent_weight / float(scale[0]), linear_weight / float(scale[1]), intercept, bias
    )
