import numpy as np
import pytest

from sentiment.dataset.encoded import Encoded

LENGTHS = [3, 1, 12, 5, 7, 2, 9, 4, 30, 6]
ENCODED = Encoded.of(
    [np.arange(2, 2 + length) for length in LENGTHS], [number % 2 for number in range(10)]
)


def test_windows_are_reviews_of_their_own_and_hold_every_word_once():
    parts, owner, shares = ENCODED.in_windows(10)

    assert owner.tolist() == [0, 1, 2, 2, 3, 4, 5, 6, 7, 8, 8, 8, 9]
    assert np.concatenate([parts.review(index) for index in range(13)]).tolist() == (
        ENCODED.ids.tolist()
    )
    assert parts.lengths.max() <= 10
    assert np.bincount(owner, weights=shares) == pytest.approx(np.ones(10))
    assert parts.labels.tolist() == ENCODED.labels[owner].tolist()


def test_no_reviews_at_all_are_none():
    none = Encoded.of([], [])

    assert (len(none), none.ids.tolist(), none.starts.tolist()) == (0, [], [0])


def test_joined_reviews_follow_one_another(tmp_path):
    other = Encoded.of([np.array([7]), np.array([8, 9])], [0.25, 1])

    joined = ENCODED.joined(other, tmp_path / "joined.npy")

    assert [joined.review(index).tolist() for index in (9, 10, 11)] == [
        ENCODED.review(9).tolist(),
        [7],
        [8, 9],
    ]
    assert joined.labels.tolist() == [*ENCODED.labels, 0.25, 1]


def test_saved_arrays_are_mapped_as_they_were(tmp_path):
    ENCODED.save(tmp_path, "train")

    again = Encoded.load(tmp_path, "train")

    for part in ("ids", "starts", "labels"):
        assert getattr(again, part).tolist() == getattr(ENCODED, part).tolist()


def test_some_reviews_are_taken_in_the_order_asked_for():
    encoded = Encoded.of([np.array([1]), np.array([2, 3]), np.array([4, 5, 6])], [0.0, 0.5, 1.0])

    some = encoded.select(np.array([2, 0]))

    assert some.ids.tolist() == [4, 5, 6, 1]
    assert some.starts.tolist() == [0, 3, 4]
    assert some.labels.tolist() == [1.0, 0.0]
    assert some.ids.dtype == np.int32
    assert len(encoded.select(np.zeros(0, np.int64))) == 0
