"""The trained network as an ONNX graph, with weights of eight bits or as they are.

Inputs: ids int64 (batch, time), lengths int32 (batch). Outputs: logit (batch), contributions
(batch, time). With int8 the LSTM multiplies whole numbers, and rounds what it reads by the smallest
and the largest number in the batch. So that no answer depends on its company, they are always the
same: each word and each state has two numbers more, which are the bounds of all others.
"""

from pathlib import Path
from typing import Literal

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto
from torch import nn

from sentiment.model.gates import onnx_gates
from sentiment.model.graph import CONTRIBUTED, Graph
from sentiment.model.network import HALF, PAIR_MULTIPLIER, ModelConfig, Recurrent, SentimentModel
from sentiment.model.quantize import LSTM_STEPS, quantized
from sentiment.vocabulary import FIRST_KNOWN

Precision = Literal["int8", "float32"]

BOUNDS = 2  # the smallest and the largest
SATURATED = 30.0  # of a gate: open to the last digit


def export(model: SentimentModel, path: Path, precision: Precision = "int8") -> None:
    """Write the model as one ONNX file and check it."""
    graph = Graph()
    _numbers(graph, model.config)
    _lengths(graph)
    if precision == "int8":
        _read_bytes(graph, model.recurrent, model.config.hidden)
    else:
        _read(graph, model.recurrent, model.config.hidden)
    _recurrent_shares(graph, model.recurrent)
    _linear_shares(graph, model, precision)
    graph.constant("bias", model.bias.detach().numpy())
    graph.node("Add", "recurrent_shares linear_shares", "contributions")
    graph.node("ReduceSum", "contributions one", "total", keepdims=0)
    graph.node("Add", "total bias", "logit")
    onnx_model = graph.model()
    onnx.checker.check_model(onnx_model, full_check=True)
    onnx.save(onnx_model, str(path))


def _lengths(graph: Graph) -> None:
    """Which places are inside a review, and its length as a number."""
    graph.node("Shape", "ids", "shape")
    graph.node("Gather", "shape one", "time")
    graph.node("Squeeze", "time", "time_scalar")
    graph.node("Range", "zero_scalar time_scalar one_scalar", "places")  # (time,)
    graph.node("Cast", "lengths", "lengths_64", to=TensorProto.INT64)
    graph.node("Unsqueeze", "lengths_64 one", "lengths_column")  # (batch, 1)
    graph.node("Less", "places lengths_column", "inside")  # (batch, time)
    graph.node("Cast", "inside", "inside_number", to=TensorProto.FLOAT)
    graph.node("Cast", "lengths_column", "lengths_number", to=TensorProto.FLOAT)
    graph.node("Transpose", "ids", "ids_by_time", perm=[1, 0])


def _read(graph: Graph, recurrent: Recurrent, hidden: int) -> None:
    """What the LSTM holds at each word, (time, 2, batch, hidden)."""
    graph.constant("embedding", recurrent.embedding.weight.detach().numpy())
    graph.node("Gather", "embedding ids_by_time", "embedded")  # (time, batch, embedding)
    for name, value in _lstm(recurrent).items():
        graph.constant(name, value)
    graph.node(
        "LSTM",
        "embedded lstm_input lstm_state lstm_bias lengths",
        "directions",
        hidden_size=hidden,
        direction="bidirectional",
    )


def _read_bytes(graph: Graph, recurrent: Recurrent, hidden: int) -> None:
    """The same with bytes, a scale for each word and for each number that the LSTM computes.

    Where the LSTM rounds, it finds the same bounds in every review: see `_bounded`.
    """
    words, word_scales = quantized(recurrent.embedding.weight.detach().numpy(), axis=1)
    graph.constant("embedding", words)
    graph.constant("embedding_scales", word_scales)
    graph.node("Gather", "embedding ids_by_time", "embedded_bytes")
    graph.node("Cast", "embedded_bytes", "embedded_steps", to=TensorProto.FLOAT)
    graph.node("Gather", "embedding_scales ids_by_time", "word_scales")
    graph.node("Mul", "embedded_steps word_scales", "embedded")
    largest = np.abs(words * word_scales).max()
    graph.constant("largest_number", np.array(largest, np.float32))
    graph.constant("smallest_number", np.array(-largest, np.float32))
    graph.node("Pad", "embedded one_more largest_number", "embedded_and_largest")
    graph.node("Pad", "embedded_and_largest one_more smallest_number", "embedded_and_bounds")
    lstm = _bounded(_lstm(recurrent), hidden)
    graph.constant("lstm_bias", lstm.pop("lstm_bias"))
    for name, value in lstm.items():
        weights, scales = quantized(value.transpose(0, 2, 1), axis=1, steps=LSTM_STEPS)
        graph.constant(name, weights)
        graph.constant(f"{name}_scales", scales[:, 0])
        graph.constant(f"{name}_zeros", np.zeros_like(scales[:, 0], np.int8))
    graph.node(
        "DynamicQuantizeLSTM",
        "embedded_and_bounds lstm_input lstm_state lstm_bias lengths - - -"
        " lstm_input_scales lstm_input_zeros lstm_state_scales lstm_state_zeros",
        "directions_and_bounds",
        hidden_size=hidden + BOUNDS,
        direction="bidirectional",
        domain=CONTRIBUTED,
    )
    graph.node("Slice", "directions_and_bounds zero hidden three", "directions")


def _recurrent_shares(graph: Graph, recurrent: Recurrent) -> None:
    """Give each word what changed as it was read, weighed: see `Recurrent.shares`."""
    graph.constant("head_maximum", recurrent.head_maximum.detach().numpy())
    graph.constant("head_mean", recurrent.head_mean.detach().numpy())
    graph.node("Transpose", "directions", "by_review", perm=[2, 0, 1, 3])
    graph.node("Reshape", "by_review joined_shape", "states")  # (batch, time, 2 * hidden)
    graph.node("Unsqueeze", "inside two", "inside_states")
    graph.node("Where", "inside_states states lowest", "masked")
    graph.node("ReduceMax", "masked", "maximum", axes=[1], keepdims=1)
    graph.node("Equal", "masked maximum", "at_maximum")
    graph.node("Cast", "at_maximum", "at_maximum_number", to=TensorProto.FLOAT)
    graph.node("Unsqueeze", "inside_number one", "inside_row")
    graph.node("MatMul", "inside_row at_maximum_number", "ties")  # (batch, 1, 2 * hidden)
    graph.node("Div", "head_maximum ties", "maximum_each")  # equal maxima share
    graph.node("Mul", "at_maximum_number maximum_each", "maximum_weights")
    graph.node("Unsqueeze", "lengths_number two", "lengths_of_states")
    graph.node("Div", "head_mean lengths_of_states", "mean_weights")
    graph.node("Add", "maximum_weights mean_weights", "weights_everywhere")
    graph.node("Unsqueeze", "inside_number two", "inside_column")
    graph.node("Mul", "weights_everywhere inside_column", "state_weights")
    graph.node("Mul", "states inside_column", "states_inside")
    graph.node("Pad", "states_inside pad_around", "surrounded")  # a zero before, a zero after
    for name, side, neighbours, reverse in (
        ("ahead", "zero hidden", "zero minus_two", 1),
        ("back", "hidden end", "two end", 0),
    ):
        graph.node("Slice", f"states_inside {side} two", f"states_{name}")
        graph.node("Slice", f"state_weights {side} two", f"weights_{name}")
        graph.node("Slice", f"surrounded {side} two", f"surrounded_{name}")
        graph.node("Slice", f"surrounded_{name} {neighbours} one", f"before_{name}")
        graph.node("Sub", f"states_{name} before_{name}", f"changes_{name}")
        graph.node("CumSum", f"weights_{name} one_scalar", f"summed_{name}", reverse=reverse)
        graph.node("Mul", f"changes_{name} summed_{name}", f"parts_{name}")
        graph.node("ReduceSum", f"parts_{name} two", f"shares_{name}", keepdims=0)
    graph.node("Add", "shares_ahead shares_back", "shares")
    graph.node("Mul", "shares inside_number", "recurrent_shares")


def _linear_shares(graph: Graph, model: SentimentModel, precision: Precision) -> None:
    """Each known word's weight, and half of that of each pair of known neighbours it is in."""
    pairs = model.bigram.numpy()  # there are many, and a byte would be too coarse for the few large
    graph.constant("bigram", pairs.astype(np.float16) if precision == "int8" else pairs)
    graph.constant("unigram", model.unigram.numpy())
    graph.node("GreaterOrEqual", "ids first_known", "known")
    graph.node("Cast", "known", "known_number", to=TensorProto.FLOAT)
    graph.node("Gather", "unigram ids", "weights")
    graph.node("Mul", "weights known_number", "single")
    graph.node("Slice", "ids zero minus_one one", "first")  # (batch, time - 1)
    graph.node("Slice", "ids one end one", "second")
    graph.node("Slice", "known_number zero minus_one one", "first_is_known")
    graph.node("Slice", "known_number one end one", "second_is_known")
    graph.node("Mul", "first multiplier", "first_spread")
    graph.node("Add", "first_spread second", "pair")
    graph.node("Mod", "pair buckets", "bucket")
    graph.node("Gather", "bigram bucket", "stored_weights")
    graph.node("Cast", "stored_weights", "pair_weights", to=TensorProto.FLOAT)
    graph.node("Mul", "first_is_known second_is_known", "pair_is_known")
    graph.node("Mul", "pair_weights pair_is_known", "pair_known_weights")
    graph.node("Mul", "pair_known_weights half", "halves")
    graph.node("Pad", "halves pad_after", "halves_of_first")
    graph.node("Pad", "halves pad_before", "halves_of_second")
    graph.node("Add", "halves_of_first halves_of_second", "double")
    graph.node("Add", "single double", "words_and_pairs")
    graph.node("Sqrt", "lengths_number", "root_of_length")
    graph.node("Div", "words_and_pairs root_of_length", "weighed")
    graph.constant("intercept", model.intercept.numpy())
    graph.node("Div", "intercept lengths_number", "intercept_of_each")
    graph.node("Mul", "inside_number intercept_of_each", "intercepts")
    graph.node("Add", "weighed intercepts", "unfaded")
    graph.node("Mul", "lengths_number lengths_number", "squared_length")
    graph.node("Add", "squared_length half_squared", "squares")
    graph.node("Div", "squared_length squares", "fading")
    graph.node("Mul", "unfaded fading", "linear_shares")


def _numbers(graph: Graph, config: ModelConfig) -> None:
    """The numbers that the nodes refer to by name."""
    numbers = {
        "zero": [0],
        "one": [1],
        "two": [2],
        "three": [3],
        "minus_one": [-1],
        "minus_two": [-2],
        "hidden": [config.hidden],
        "one_more": [0, 0, 0, 0, 0, 1],
        "pad_around": [0, 1, 0, 0, 1, 0],
        "end": [np.iinfo(np.int64).max],
        "zero_scalar": 0,
        "one_scalar": 1,
        "first_known": FIRST_KNOWN,
        "multiplier": PAIR_MULTIPLIER,
        "buckets": config.buckets,
        "joined_shape": [0, 0, 2 * config.hidden],
        "pad_after": [0, 0, 0, 1],
        "pad_before": [0, 1, 0, 0],
    }
    for name, number in numbers.items():
        graph.constant(name, np.array(number, np.int64))
    graph.constant("half_squared", np.array(HALF**2, np.float32))
    graph.constant("half", np.array(0.5, np.float32))
    graph.constant("lowest", np.array(-1e30, np.float32))


def _lstm(recurrent: Recurrent) -> dict[str, NDArray[np.float32]]:
    """The weights of both directions, in ONNX's order."""
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
        gates = value.reshape(2, -1, hidden, *value.shape[2:])
        margins = [(0, 0), (0, 0), *[(0, BOUNDS)] * (gates.ndim - 2)]
        wider[name] = np.pad(gates, margins)
    into_cell = 3  # of ONNX's gates
    wider["lstm_bias"][:, : into_cell + 1, -BOUNDS:] = SATURATED
    wider["lstm_bias"][:, into_cell, -1] = -SATURATED
    return {name: value.reshape(2, -1, *value.shape[3:]) for name, value in wider.items()}


def _gates(lstm: nn.LSTM, name: str) -> NDArray[np.float32]:
    return onnx_gates(getattr(lstm, name).detach().numpy())
