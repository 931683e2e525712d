"""The trained network as an ONNX graph, built node by node: what is served is known exactly.

Inputs: ids int64 (batch, time), lengths int32 (batch). Outputs: logit (batch), contributions
(batch, time).
"""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from sentiment.model import FIRST_KNOWN, PAIR_MULTIPLIER, SentimentModel

OPSET, IR_VERSION = 17, 10


def export(model: SentimentModel, path: Path) -> None:
    """Write the model as one ONNX file and check it."""
    graph = _Graph()
    graph.constants(model)
    _lengths(graph)
    _recurrent_shares(graph, model.config.hidden)
    _linear_shares(graph)
    graph.node("Add", "recurrent_shares linear_shares", "contributions")
    graph.node("ReduceSum", "contributions one", "total", keepdims=0)
    graph.node("Add", "total bias", "logit")
    onnx_model = graph.model()
    onnx.checker.check_model(onnx_model, full_check=True)
    onnx.save(onnx_model, str(path))


def _lengths(graph: "_Graph") -> None:
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


def _recurrent_shares(graph: "_Graph", hidden: int) -> None:
    """Read in both directions; give each word its share of the mean and the maxima found at it."""
    graph.node("Transpose", "ids", "ids_by_time", perm=[1, 0])
    graph.node("Gather", "embedding ids_by_time", "embedded")  # (time, batch, embedding)
    graph.node("Cast", "lengths", "lengths_32", to=TensorProto.INT32)
    graph.node(
        "LSTM",
        "embedded lstm_input lstm_state lstm_bias lengths_32",
        "directions",  # (time, 2, batch, hidden)
        hidden_size=hidden,
        direction="bidirectional",
    )
    graph.node("Transpose", "directions", "by_review", perm=[2, 0, 1, 3])
    graph.node("Reshape", "by_review joined_shape", "states")  # (batch, time, 2 * hidden)
    graph.node("Unsqueeze", "inside two", "inside_states")
    graph.node("Where", "inside_states states lowest", "masked")
    graph.node("ReduceMax", "masked", "maximum", axes=[1], keepdims=1)
    graph.node("Equal", "masked maximum", "at_maximum")
    graph.node("Cast", "at_maximum", "at_maximum_number", to=TensorProto.FLOAT)
    graph.node("ReduceSum", "at_maximum_number one", "ties", keepdims=1)
    graph.node("Mul", "maximum head_maximum", "maximum_weighted")
    graph.node("Div", "maximum_weighted ties", "maximum_each")  # equal maxima share
    graph.node("Mul", "at_maximum_number maximum_each", "maximum_parts")
    graph.node("ReduceSum", "maximum_parts two", "maximum_shares", keepdims=0)
    graph.node("MatMul", "states head_mean", "mean_sums")
    graph.node("Div", "mean_sums lengths_number", "mean_shares")
    graph.node("Add", "maximum_shares mean_shares", "shares")
    graph.node("Mul", "shares inside_number", "recurrent_shares")


def _linear_shares(graph: "_Graph") -> None:
    """Each known word's weight, and half of that of each pair of known neighbours it is in."""
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
    graph.node("Gather", "bigram bucket", "pair_weights")
    graph.node("Mul", "first_is_known second_is_known", "pair_is_known")
    graph.node("Mul", "pair_weights pair_is_known", "pair_known_weights")
    graph.node("Mul", "pair_known_weights half", "halves")
    graph.node("Pad", "halves pad_after", "halves_of_first")
    graph.node("Pad", "halves pad_before", "halves_of_second")
    graph.node("Add", "halves_of_first halves_of_second", "double")
    graph.node("Add", "single double", "words_and_pairs")
    graph.node("Sqrt", "lengths_number", "root_of_length")
    graph.node("Div", "words_and_pairs root_of_length", "linear_shares")


class _Graph:
    """Nodes and constants in the order they are given."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: list[onnx.TensorProto] = []

    def node(self, operator: str, inputs: str, output: str, **attributes: Any) -> None:
        """Append an operator; inputs are names with spaces between."""
        self.nodes.append(helper.make_node(operator, inputs.split(), [output], **attributes))

    def constant(self, name: str, value: NDArray[Any]) -> None:
        """Store an array in the file."""
        self.initializers.append(numpy_helper.from_array(np.ascontiguousarray(value), name))

    def constants(self, model: SentimentModel) -> None:
        """Store the weights, and the numbers that the nodes above refer to by name."""
        recurrent, config = model.recurrent, model.config
        lstm = [recurrent.forwards, recurrent.backwards]
        weights = {
            "embedding": recurrent.embedding.weight,
            "head_maximum": recurrent.head_maximum,
            "head_mean": recurrent.head_mean,
            "bias": model.bias,
            "unigram": model.unigram,
            "bigram": model.bigram,
        }
        for name, weight in weights.items():
            self.constant(name, weight.detach().numpy())
        self.constant("lstm_input", np.stack([_gates(one, "weight_ih_l0") for one in lstm]))
        self.constant("lstm_state", np.stack([_gates(one, "weight_hh_l0") for one in lstm]))
        biases = [[_gates(one, "bias_ih_l0"), _gates(one, "bias_hh_l0")] for one in lstm]
        self.constant("lstm_bias", np.stack([np.concatenate(pair) for pair in biases]))
        numbers = {
            "zero": [0],
            "one": [1],
            "two": [2],
            "minus_one": [-1],
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
            self.constant(name, np.array(number, np.int64))
        self.constant("half", np.array(0.5, np.float32))
        self.constant("lowest", np.array(-1e30, np.float32))

    def model(self) -> onnx.ModelProto:
        """The finished model; it needs no newer runtime than its operators do."""
        value = helper.make_tensor_value_info
        graph = helper.make_graph(
            self.nodes,
            "sentiment",
            [
                value("ids", TensorProto.INT64, ["batch", "time"]),
                value("lengths", TensorProto.INT32, ["batch"]),
            ],
            [
                value("logit", TensorProto.FLOAT, ["batch"]),
                value("contributions", TensorProto.FLOAT, ["batch", "time"]),
            ],
            self.initializers,
        )
        opset = [helper.make_opsetid("", OPSET)]
        return helper.make_model(
            graph, opset_imports=opset, ir_version=IR_VERSION, producer_name="verdict"
        )


def _gates(lstm: nn.LSTM, name: str) -> NDArray[np.float32]:
    """PyTorch's order is input, forget, cell, output; ONNX's is input, output, forget, cell."""
    into, forget, cell, out = getattr(lstm, name).detach().chunk(4)
    return np.concatenate([into, out, forget, cell])
