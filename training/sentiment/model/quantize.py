"""Weights as whole numbers of eight bits, each row or column with a scale of its own."""

import numpy as np
from numpy.typing import NDArray

# Processors without AVX512-VNNI add two products of an unsigned and a signed byte in 16 bits, and
# cut off what is too large: 2 * 255 * 64 just fits, so every processor computes the same.
LSTM_STEPS = 64
STEPS = 127


def quantized(
    weights: NDArray[np.float32], axis: int, steps: int = STEPS
) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Bytes and scales: weights are about bytes * scales; the scales have size 1 along `axis`."""
    largest = np.abs(weights).max(axis, keepdims=True)
    scales = np.where(largest > 0, largest / steps, 1).astype(np.float32)
    return np.rint(weights / scales).astype(np.int8), scales
