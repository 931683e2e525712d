"""Batches: every review once, the same again for the same seed, and the right words of it."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from sentiment.dataset.encoded import Encoded
from sentiment.learning.batches import (
    Batch,
    by_length,
    epoch_batches,
    log_count_ratios,
    padded,
    training_reviews,
)
from sentiment.learning.plan import Plan
from sentiment.vocabulary import UNKNOWN
from tests.unit.models import PLAN

LENGTHS = [3, 1, 12, 5, 7, 2, 9, 4, 30, 6]
ENCODED = Encoded.of(
    [np.arange(2, 2 + length) for length in LENGTHS], [number % 2 for number in range(10)]
)


def plan(**changes: Any) -> Plan:
    """One under which every review is learnt from as it is."""
    usual = {"maximum_words": 400, "word_dropout": 0, "sentences": False, "sentence_ends": (5,)}
    return replace(PLAN, **{**usual, **changes})


def test_an_epoch_has_every_review_once_in_an_order_of_its_own():
    first, again, other = (
        np.concatenate(
            [batch.reviews for batch in epoch_batches(ENCODED, plan(batch=3), [1, epoch])]
        )
        for epoch in (1, 1, 2)
    )

    assert sorted(first) == list(range(10))
    assert first.tolist() == again.tolist()
    assert first.tolist() != other.tolist()


def test_sentences_come_once_more_and_lessons_by_themselves():
    batches = epoch_batches(ENCODED, plan(batch=2, sentences=True, lessons=2), [1, 1])

    whole = [one.reviews for one in batches if not one.sentences]
    short = [one.reviews for one in batches if one.sentences and one.reviews[0] < 8]
    lessons = [one.reviews for one in batches if one.reviews[0] >= 8]
    assert sorted(np.concatenate(whole)) == list(range(8))
    assert sorted(np.concatenate(short)) == list(range(8))
    assert [sorted(reviews) for reviews in lessons] == [[8, 9]]


def test_neighbours_in_length_are_learnt_from_together_whatever_chunk_they_are_in():
    """Fifty batches are sorted at once; of five chunks each review is there once as well."""
    hundred = Encoded.of([np.arange(2, 3 + length) for length in range(100)], [0.0] * 100)
    many = Encoded.of([np.arange(2, 4)] * 450, [0.0] * 450)

    together = {tuple(batch.reviews) for batch in epoch_batches(hundred, plan(batch=2), [1, 1])}
    all_of_many = np.concatenate([b.reviews for b in epoch_batches(many, plan(batch=2), [1, 1])])

    assert together == {(index, index + 1) for index in range(0, 100, 2)}
    assert sorted(all_of_many) == list(range(450))


def test_sentences_of_four_times_as_many_reviews_make_a_step():
    encoded = Encoded.of([np.arange(2, 4)] * 20, [0.0] * 20)

    batches = epoch_batches(encoded, plan(batch=2, sentences=True), [1, 1])

    assert sorted(len(one.reviews) for one in batches if one.sentences) == [4, 8, 8]


@pytest.mark.parametrize(("share", "steps"), [(0.01, 1), (0.5, 2), (1.5, 6)])
def test_lessons_take_their_share_of_the_steps(share: float, steps: int):
    batches = epoch_batches(ENCODED, plan(batch=2, lessons=2, lesson_share=share), [1, 1])

    assert sum(one.sentences for one in batches) == steps
    assert len(batches) == 4 + steps


def test_up_to_three_sentences_are_read_at_once():
    encoded = Encoded.of([np.array([2, 5] * 9)], [1])
    batch = Batch(np.array([0]), sentences=True)

    drawn = [training_reviews(encoded, batch, plan(), [1, step])[0] for step in range(60)]

    assert {len(sentences) for sentences in drawn} == {2, 4, 6}


def test_a_sentence_ends_where_one_does_or_is_short_enough():
    reviews = [np.array([2, 3, 5, 4, 5, 6, 7, 5]), np.arange(10, 110)]
    encoded = Encoded.of(reviews, [1, 0])
    batch = Batch(np.array([0, 1]), sentences=True)

    drawn = [training_reviews(encoded, batch, plan(), [1, step]) for step in range(60)]

    texts = {tuple(first.tolist()) for first, _ in drawn}
    assert {(2, 3, 5), (4, 5), (6, 7, 5), (2, 3, 5, 4, 5)} <= texts
    assert all(text[0] in (2, 4, 6) and text[-1] == 5 for text in texts)
    assert {len(second) for _, second in drawn} == {40}


def test_a_lesson_is_read_whole():
    encoded = Encoded.of([np.array([2, 5, 3]), np.array([4, 5, 6])], [1, 0.2])
    batch = Batch(np.array([1]), sentences=True)

    drawn = [training_reviews(encoded, batch, plan(lessons=1), [1, step]) for step in range(20)]

    assert {tuple(only.tolist()) for (only,) in drawn} == {(4, 5, 6)}


def test_without_learning_a_batch_has_no_more_words_than_allowed():
    batches = [batch.tolist() for batch in by_length(ENCODED, 24)]

    assert batches == [[1, 5, 0, 7], [3, 9, 4], [6, 2], [8]]
    padded_words = [padded([ENCODED.review(index) for index in one])[0].numel() for one in batches]
    assert padded_words == [16, 21, 24, 30]  # one review is a batch whatever its length


def test_a_long_review_is_learnt_from_by_windows():
    batch = Batch(np.array([8]), sentences=False)
    windows = [
        training_reviews(ENCODED, batch, plan(maximum_words=10), [1, 1, step])[0]
        for step in range(40)
    ]

    assert all(len(window) == 10 and (np.diff(window) == 1).all() for window in windows)
    assert {int(window[0]) for window in windows} > {2, 22}


def test_hidden_words_are_unknown_ones_and_the_dataset_keeps_its_own():
    batch = Batch(np.array([8]), sentences=False)
    hidden = training_reviews(ENCODED, batch, plan(word_dropout=0.5), [1, 1, 1])[0]

    assert 5 < (hidden == UNKNOWN).sum() < 25
    assert UNKNOWN not in ENCODED.ids


def test_words_lean_to_the_label_they_stand_beside_and_rare_ones_hardly():
    reviews = [np.array([2, 3])] * 40 + [np.array([2, 4])] * 40 + [np.array([5])]
    encoded = Encoded.of(reviews, [1] * 40 + [0] * 40 + [1])

    ratios = log_count_ratios(encoded, 6, smoothing=10)

    assert ratios[:2].tolist() == [0, 0]
    assert ratios[2] == pytest.approx(0, abs=0.1)
    assert ratios[3] > 1
    assert ratios[4] < -1
    assert abs(ratios[5]) < 0.2


def test_what_a_word_leans_to_is_the_logarithm_of_two_shares():
    encoded = Encoded.of([np.array([2, 2, 3]), np.array([4])], [1, 0])

    ratios = log_count_ratios(encoded, 5, smoothing=1)

    expected = [3 / 8 / (1 / 6), 2 / 8 / (1 / 6), 1 / 8 / (2 / 6)]
    assert np.exp(ratios[2:]) == pytest.approx(expected)
