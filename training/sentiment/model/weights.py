"""The recurrent part's weights read back out of a graph that export.py wrote, to learn on from.

Those of eight bits come back rounded: as good a start as what they were rounded from.
"""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import numpy_helper
from torch import Tensor

from sentiment.errors import SentimentError
from sentiment.model.gates import torch_gates

DIRECTIONS = "forwards", "backwards"

Arrays = dict[str, NDArray[np.float32]]


class WeightsError(SentimentError):
    """The file is no graph of ours; the sentence says what is wrong with it."""


def recurrent_weights(path: Path) -> dict[str, Tensor]:
    """Weights by the names that model.Recurrent has for them."""
    try:
        graph = onnx.load(str(path)).graph
        arrays = _numbers({one.name: numpy_helper.to_array(one) for one in graph.initializer})
        weights = {name: arrays[name] for name in ("head_maximum", "head_mean", "bias")}
        weights["bias"] = weights["bias"].reshape(())
        weights["embedding.weight"] = arrays["embedding"]
        size, hidden = arrays["embedding"].shape[1], len(weights["head_mean"]) // 2
        for number, direction in enumerate(DIRECTIONS):
            biases = np.split(arrays["lstm_bias"][number], 2)
            into, state = (arrays[name][number] for name in ("lstm_input", "lstm_state"))
            weights[f"{direction}.weight_ih_l0"] = torch_gates(into[:, :size], hidden)
            weights[f"{direction}.weight_hh_l0"] = torch_gates(state[:, :hidden], hidden)
            weights[f"{direction}.bias_ih_l0"] = torch_gates(biases[0], hidden)
            weights[f"{direction}.bias_hh_l0"] = torch_gates(biases[1], hidden)
    except Exception as error:  # protobuf raises its own classes for a file that is none
        raise WeightsError(f"{path.name} is no graph of Verdict's: {error}") from error
    return {name: torch.tensor(weight) for name, weight in weights.items()}


def _numbers(stored: dict[str, NDArray[Any]]) -> Arrays:
    """Bytes times their scales; what is stored as numbers stays."""
    arrays: Arrays = {}
    for name, value in stored.items():
        scales = stored.get(f"{name}_scales")
        if scales is None:
            arrays[name] = value.astype(np.float32)
        elif value.ndim == 3:  # the LSTM's: (direction, from, to), a scale for each "to"
            arrays[name] = (value.astype(np.float32) * scales[:, None]).transpose(0, 2, 1)
        else:
            arrays[name] = value.astype(np.float32) * scales
    return arrays
