"""Weights as bytes: how far off, and never too large for any processor."""

import numpy as np
import pytest

from sentiment.model.quantize import LSTM_STEPS, quantized

WEIGHTS = np.random.default_rng(1).normal(size=(2, 40, 12)).astype(np.float32)


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("steps", [64, 127])
def test_no_weight_is_off_by_more_than_half_a_step(axis, steps):
    whole, scales = quantized(WEIGHTS, axis, steps)

    assert whole.dtype == np.int8
    assert scales.shape == tuple(1 if at == axis else size for at, size in enumerate((2, 40, 12)))
    assert (np.abs(whole * scales - WEIGHTS) <= scales * 0.5001).all()
    assert np.abs(whole).max() == steps


def test_nothing_but_zeros_stays_so():
    whole, scales = quantized(np.zeros((3, 4), np.float32), 1)

    assert not whole.any()
    assert np.isfinite(scales).all()


def test_two_products_of_the_lstm_fit_into_16_bits():
    for sign in (-1, 1):
        total = 2 * 255 * sign * LSTM_STEPS
        assert np.iinfo(np.int16).min <= total <= np.iinfo(np.int16).max
