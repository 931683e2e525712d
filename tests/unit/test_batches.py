"""Batches: every review once, the same again for the same seed, and the right words of it."""

import numpy as np
import pytest

from sentiment.batches import (
    UNKNOWN,
    Encoded,
    by_length,
    epoch_batches,
    leaning,
    padded,
    training_reviews,
)

LENGTHS = [3, 1, 12, 5, 7, 2, 9, 4, 30, 6]
ENCODED = Encoded.of(
    [np.arange(2, 2 + length) for length in LENGTHS], [number % 2 for number in range(10)]
)


def test_an_epoch_has_every_review_once_in_an_order_of_its_own():
    first, again, other = (
        np.concatenate(epoch_batches(ENCODED, 3, 400, seed=1, epoch=epoch)) for epoch in (1, 1, 2)
    )

    assert sorted(first) == list(range(10))
    assert first.tolist() == again.tolist()
    assert first.tolist() != other.tolist()


def test_without_learning_a_batch_has_no_more_words_than_allowed():
    batches = list(by_length(ENCODED, 400, 24))

    assert sorted(np.concatenate(batches)) == list(range(10))
    for batch in batches:
        ids, _ = padded([ENCODED.review(index, 400) for index in batch])
        assert len(batch) == 1 or ids.numel() <= 24


def test_the_end_of_a_long_review_is_read():
    assert ENCODED.review(8, 4).tolist() == [28, 29, 30, 31]
    assert ENCODED.review(0, 4).tolist() == [2, 3, 4]


def test_a_long_review_is_learnt_from_by_windows():
    windows = [
        training_reviews(ENCODED, np.array([8]), 10, 0.0, [1, 1, step])[0] for step in range(40)
    ]

    assert all(len(window) == 10 and (np.diff(window) == 1).all() for window in windows)
    assert {int(window[0]) for window in windows} > {2, 22}


def test_hidden_words_are_unknown_ones_and_the_dataset_keeps_its_own():
    hidden = training_reviews(ENCODED, np.array([8]), 400, 0.5, [1, 1, 1])[0]

    assert 5 < (hidden == UNKNOWN).sum() < 25
    assert UNKNOWN not in ENCODED.ids


def test_saved_arrays_are_mapped_as_they_were(tmp_path):
    ENCODED.save(tmp_path, "train")

    again = Encoded.load(tmp_path, "train")

    for part in ("ids", "starts", "labels"):
        assert getattr(again, part).tolist() == getattr(ENCODED, part).tolist()


def test_words_lean_to_the_label_they_stand_beside_and_rare_ones_hardly():
    reviews = [np.array([2, 3])] * 40 + [np.array([2, 4])] * 40 + [np.array([5])]
    encoded = Encoded.of(reviews, [1] * 40 + [0] * 40 + [1])

    lean = leaning(encoded, 6, smoothing=10)

    assert lean[:2].tolist() == [0, 0]
    assert lean[2] == pytest.approx(0, abs=0.1)
    assert lean[3] > 1
    assert lean[4] < -1
    assert abs(lean[5]) < 0.2
