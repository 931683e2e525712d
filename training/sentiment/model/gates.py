"""The order in which an LSTM's gates are stored.

PyTorch's is input, forget, cell, output; ONNX's is input, output, forget, cell.
"""

import numpy as np
from numpy.typing import NDArray


def onnx_gates(weights: NDArray[np.float32]) -> NDArray[np.float32]:
    """PyTorch's weights in ONNX's order."""
    into, forget, cell, out = np.split(weights, 4)
    return np.concatenate([into, out, forget, cell])


def torch_gates(weights: NDArray[np.float32], hidden: int) -> NDArray[np.float32]:
    """ONNX's weights in PyTorch's order; what a gate has beyond the hidden units is left out."""
    into, out, forget, cell = (gate[:hidden] for gate in np.split(weights, 4))
    return np.ascontiguousarray(np.concatenate([into, forget, cell, out]))
