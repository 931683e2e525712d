"""The trained network as an ONNX graph, with weights of eight bits or as they are.

Inputs: ids int64 (batch, time), lengths int32 (batch). Outputs: logit (batch), contributions
(batch, time). With int8 the LSTM multiplies whole numbers, and rounds what it reads by the smallest
and the largest number in the batch. So that no answer depends on what else is in its batch, they
are always the same: each word and each state has two numbers more, which are the bounds of all
others.
"""

from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto
from torch import nn

from sentiment.model.gates import onnx_gates
from sentiment.model.graph import CONTRIBUTED, END, Graph
from sentiment.model.network import HALF, PAIR_MULTIPLIER, Recurrent, SentimentModel
from sentiment.model.quantize import LSTM_STEPS, quantized
from sentiment.vocabulary import FIRST_KNOWN

Precision = Literal["int8", "float32"]

IDS, LENGTHS = "ids", "lengths"
BOUNDS = 2  # the smallest and the largest
SATURATED = 30.0  # of a gate: open to the last digit
LOWEST = -1e30
LSTM = ("lstm_input", "lstm_state", "lstm_bias")  # under these names weights.py finds them


class Reviews(NamedTuple):
    """What all parts of the graph look at, by its names."""

    inside: str  # (batch, time): whether a place is inside its review
    inside_number: str  # the same as 0.0 and 1.0
    length: str  # (batch, 1): words
    ids_by_time: str  # (time, batch)


def export(model: SentimentModel, path: Path, precision: Precision = "int8") -> None:
    """Write the model as one ONNX file and check it."""
    g = Graph()
    reviews = _reviews(g)
    if precision == "int8":
        directions = _lstm_states_in_bytes(g, reviews, model.recurrent, model.config.hidden)
    else:
        directions = _lstm_states(g, reviews, model.recurrent, model.config.hidden)
    of_recurrent = _recurrent_contributions(g, reviews, directions, model.recurrent)
    of_linear = _linear_contributions(g, reviews, model, precision)
    bias = g.constant("bias", model.bias.detach().numpy())
    contributions = g.Add(of_recurrent, of_linear, called="contributions")  # (batch, time)
    total = g.ReduceSum(contributions, [1], keepdims=0)  # (batch,)
    g.Add(total, bias, called="logit")
    onnx_model = g.model()
    onnx.checker.check_model(onnx_model, full_check=True)
    onnx.save(onnx_model, str(path))


def _reviews(g: Graph) -> Reviews:
    """Which places are inside a review, and its length as a number."""
    shape = g.Shape(IDS)
    time = g.Squeeze(g.Gather(shape, [1]))
    places = g.Range(0, time, 1)  # (time,)
    lengths_64 = g.Cast(LENGTHS, to=TensorProto.INT64)
    lengths_column = g.Unsqueeze(lengths_64, [1])  # (batch, 1)
    inside = g.Less(places, lengths_column)  # (batch, time)
    return Reviews(
        inside,
        inside_number=g.Cast(inside, to=TensorProto.FLOAT),
        length=g.Cast(lengths_column, to=TensorProto.FLOAT),
        ids_by_time=g.Transpose(IDS, perm=[1, 0]),
    )


def _lstm_states(g: Graph, reviews: Reviews, recurrent: Recurrent, hidden: int) -> str:
    """What the LSTM holds at each word, (time, 2, batch, hidden)."""
    embedding = g.constant("embedding", recurrent.embedding.weight.detach().numpy())
    embedded = g.Gather(embedding, reviews.ids_by_time)  # (time, batch, embedding)
    arrays = _lstm(recurrent)
    into, state, bias = (g.constant(name, arrays[name]) for name in LSTM)
    return g.LSTM(
        embedded, into, state, bias, LENGTHS, hidden_size=hidden, direction="bidirectional"
    )


def _lstm_states_in_bytes(g: Graph, reviews: Reviews, recurrent: Recurrent, hidden: int) -> str:
    """The same with bytes, a scale for each word and for each number that the LSTM computes.

    Where the LSTM rounds, it finds the same bounds in every review: see `_bounded`.
    """
    words, word_scales = quantized(recurrent.embedding.weight.detach().numpy(), axis=1)
    embedding = g.constant("embedding", words)
    embedding_scales = g.constant("embedding_scales", word_scales)
    embedded_bytes = g.Gather(embedding, reviews.ids_by_time)  # (time, batch, embedding)
    steps = g.Cast(embedded_bytes, to=TensorProto.FLOAT)
    scales = g.Gather(embedding_scales, reviews.ids_by_time)  # (time, batch, 1)
    embedded = g.Mul(steps, scales)  # (time, batch, embedding)
    largest = float(np.abs(words * word_scales).max())
    one_more = [0, 0, 0, 0, 0, 1]
    embedded_and_largest = g.Pad(embedded, one_more, largest)
    embedded_and_bounds = g.Pad(embedded_and_largest, one_more, -largest)
    arrays = _bounded(_lstm(recurrent), hidden)
    bias = g.constant("lstm_bias", arrays["lstm_bias"])
    into, into_scales, into_zeros = _lstm_bytes(g, "lstm_input", arrays)
    state, state_scales, state_zeros = _lstm_bytes(g, "lstm_state", arrays)
    directions_and_bounds = g.DynamicQuantizeLSTM(
        *(embedded_and_bounds, into, state, bias, LENGTHS, None, None, None),
        *(into_scales, into_zeros, state_scales, state_zeros),
        hidden_size=hidden + BOUNDS,
        direction="bidirectional",
        domain=CONTRIBUTED,
    )
    return g.Slice(directions_and_bounds, [0], [hidden], [3])


def _lstm_bytes(
    g: Graph, name: str, arrays: dict[str, NDArray[np.float32]]
) -> tuple[str, str, str]:
    """Weights as bytes, (direction, from, to), their scales and their zeros, (direction, to)."""
    weights, scales = quantized(arrays[name].transpose(0, 2, 1), axis=1, steps=LSTM_STEPS)
    zeros = np.zeros_like(scales[:, 0], np.int8)
    return (
        g.constant(name, weights),
        g.constant(f"{name}_scales", scales[:, 0]),
        g.constant(f"{name}_zeros", zeros),
    )


def _recurrent_contributions(
    g: Graph, reviews: Reviews, directions: str, recurrent: Recurrent
) -> str:
    """Give each word what changed as it was read, weighed: see `Recurrent.contributions`."""
    head_maximum = g.constant("head_maximum", recurrent.head_maximum.detach().numpy())
    head_mean = g.constant("head_mean", recurrent.head_mean.detach().numpy())
    hidden = recurrent.forwards.hidden_size
    by_review = g.Transpose(directions, perm=[2, 0, 1, 3])
    states = g.Reshape(by_review, [0, 0, 2 * hidden])  # (batch, time, 2 * hidden)
    inside_states = g.Unsqueeze(reviews.inside, [2])
    masked = g.Where(inside_states, states, LOWEST)
    maximum = g.ReduceMax(masked, axes=[1], keepdims=1)  # (batch, 1, 2 * hidden)
    at_maximum = g.Cast(g.Equal(masked, maximum), to=TensorProto.FLOAT)
    inside_row = g.Unsqueeze(reviews.inside_number, [1])  # (batch, 1, time)
    ties = g.MatMul(inside_row, at_maximum)  # (batch, 1, 2 * hidden)
    maximum_each = g.Div(head_maximum, ties)  # equal maxima share
    maximum_weights = g.Mul(at_maximum, maximum_each)  # (batch, time, 2 * hidden)
    mean_weights = g.Div(head_mean, g.Unsqueeze(reviews.length, [2]))  # (batch, 1, 2 * hidden)
    weights_everywhere = g.Add(maximum_weights, mean_weights)
    inside_column = g.Unsqueeze(reviews.inside_number, [2])  # (batch, time, 1)
    weights = g.Mul(weights_everywhere, inside_column)
    states_inside = g.Mul(states, inside_column)
    surrounded = g.Pad(states_inside, [0, 1, 0, 0, 1, 0])  # a zero before, a zero after

    def one_direction(start: int, end: int, first: int, last: int, reverse: int) -> str:
        """The changes of units start to end, whose states before are at first to last."""
        own_states = g.Slice(states_inside, [start], [end], [2])  # (batch, time, hidden)
        own_weights = g.Slice(weights, [start], [end], [2])
        own_surrounded = g.Slice(surrounded, [start], [end], [2])  # (batch, time + 2, hidden)
        before = g.Slice(own_surrounded, [first], [last], [1])  # (batch, time, hidden)
        changes = g.Sub(own_states, before)
        summed = g.CumSum(own_weights, 1, reverse=reverse)
        return g.ReduceSum(g.Mul(changes, summed), [2], keepdims=0)  # (batch, time)

    ahead = one_direction(0, hidden, 0, -2, reverse=1)
    back = one_direction(hidden, END, 2, END, reverse=0)
    return g.Mul(g.Add(ahead, back), reviews.inside_number)


def _linear_contributions(
    g: Graph, reviews: Reviews, model: SentimentModel, precision: Precision
) -> str:
    """Each known word's weight, and half of that of each pair of known neighbours it is in."""
    pairs = model.bigram.numpy()  # there are many, and a byte would be too coarse for the few large
    bigram = g.constant("bigram", pairs.astype(np.float16) if precision == "int8" else pairs)
    unigram = g.constant("unigram", model.unigram.numpy())
    known = g.Cast(g.GreaterOrEqual(IDS, FIRST_KNOWN), to=TensorProto.FLOAT)  # (batch, time)
    single = g.Mul(g.Gather(unigram, IDS), known)
    first = g.Slice(IDS, [0], [-1], [1])  # (batch, time - 1)
    second = g.Slice(IDS, [1], [END], [1])
    first_is_known = g.Slice(known, [0], [-1], [1])
    second_is_known = g.Slice(known, [1], [END], [1])
    pair = g.Add(g.Mul(first, PAIR_MULTIPLIER), second)
    bucket = g.Mod(pair, model.config.buckets)
    pair_weights = g.Cast(g.Gather(bigram, bucket), to=TensorProto.FLOAT)
    pair_is_known = g.Mul(first_is_known, second_is_known)
    halves = g.Mul(g.Mul(pair_weights, pair_is_known), 0.5)  # (batch, time - 1)
    halves_of_first = g.Pad(halves, [0, 0, 0, 1])  # (batch, time)
    halves_of_second = g.Pad(halves, [0, 1, 0, 0])
    double = g.Add(halves_of_first, halves_of_second)
    words_and_pairs = g.Add(single, double)
    weighed = g.Div(words_and_pairs, g.Sqrt(reviews.length))
    intercept = g.constant("intercept", model.intercept.numpy())
    intercept_of_each = g.Div(intercept, reviews.length)  # (batch, 1)
    intercepts = g.Mul(reviews.inside_number, intercept_of_each)
    unfaded = g.Add(weighed, intercepts)
    squared_length = g.Mul(reviews.length, reviews.length)
    fading = g.Div(squared_length, g.Add(squared_length, float(HALF**2)))  # (batch, 1)
    return g.Mul(unfaded, fading)


def _lstm(recurrent: Recurrent) -> dict[str, NDArray[np.float32]]:
    """Both directions' weights in ONNX's order: (2, 4 * hidden, from), biases (2, 8 * hidden)."""
    both = [recurrent.forwards, recurrent.backwards]
    biases = [[_gates(one, "bias_ih_l0"), _gates(one, "bias_hh_l0")] for one in both]
    return {
        "lstm_input": np.stack([_gates(one, "weight_ih_l0") for one in both]),
        "lstm_state": np.stack([_gates(one, "weight_hh_l0") for one in both]),
        "lstm_bias": np.stack([np.concatenate(pair) for pair in biases]),
    }


def _bounded(lstm: dict[str, NDArray[np.float32]], hidden: int) -> dict[str, NDArray[np.float32]]:
    """Two inputs more, which nothing heeds, and two units more, which heed nothing.

    The units' gates are open, one adds 1 to its cell at each step and the other -1. No cell can be
    further from zero than that after as many steps, so that no state is beyond these two.
    """
    wider = {}
    for name, value in lstm.items():
        gates = value.reshape(2, -1, hidden, *value.shape[2:])  # (2, gates, hidden[, from])
        margins = [(0, 0), (0, 0), *[(0, BOUNDS)] * (gates.ndim - 2)]
        wider[name] = np.pad(gates, margins)
    into_cell = 3  # of ONNX's gates
    wider["lstm_bias"][:, : into_cell + 1, -BOUNDS:] = SATURATED
    wider["lstm_bias"][:, into_cell, -1] = -SATURATED
    return {name: value.reshape(2, -1, *value.shape[3:]) for name, value in wider.items()}


def _gates(lstm: nn.LSTM, name: str) -> NDArray[np.float32]:
    return onnx_gates(getattr(lstm, name).detach().numpy())
