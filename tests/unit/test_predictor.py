"""A model folder answers, whatever company a review is in."""

import json

import numpy as np
import pytest
import torch

from sentiment.predictor import BATCH_WORDS, ModelError, Predictor
from tests.unit.models import WORDS, model, model_folder

REVIEWS = [
    ["the", "film", "was", "good"],
    ["bad"],
    ["not", "a", "good", "book"],
    ["very", "very", "bad", "film", "unheard", "of"],
]


@pytest.fixture(scope="module")
def predictor(tmp_path_factory):
    return Predictor(model_folder(tmp_path_factory.mktemp("model")))


def test_it_answers_as_the_model_that_was_exported(predictor):
    ids = torch.tensor([[WORDS.index(word) + 2 for word in REVIEWS[0]]])
    logit, shares = model().explain(ids, torch.tensor([4]))

    answer = predictor.answer(REVIEWS[:1])[0]

    assert answer.logit == pytest.approx(logit.item(), abs=1e-4)
    assert answer.probability == pytest.approx(torch.sigmoid(logit).item(), abs=1e-4)
    np.testing.assert_allclose(answer.contributions, shares[0].detach(), atol=1e-4)


def test_answers_come_in_the_reviews_order_and_do_not_depend_on_each_other(predictor):
    together = predictor.answer(REVIEWS)

    for review, answer in zip(REVIEWS, together, strict=True):
        alone = predictor.answer([review])[0]
        assert answer.logit == pytest.approx(alone.logit, abs=1e-4)
        np.testing.assert_allclose(answer.contributions, alone.contributions, atol=1e-4)
        assert len(answer.contributions) == len(review)


def test_contributions_and_bias_add_up(predictor):
    for answer in predictor.answer(REVIEWS):
        total = predictor.bias + float(answer.contributions.sum())
        assert total == pytest.approx(answer.logit, abs=1e-4)


def test_it_says_how_much_it_knows(predictor):
    answers = predictor.answer([["good"], ["good", "unheard"], ["unheard"]])

    assert [answer.known for answer in answers] == [1.0, 0.5, 0.0]


def test_of_a_long_review_the_end_is_used(predictor):
    long = ["bad"] * 15 + ["good"] * 30

    answer = predictor.answer([long])[0]

    assert answer.used == (15, 45)
    assert answer.logit == pytest.approx(predictor.answer([["good"] * 30])[0].logit, abs=1e-4)


def test_more_than_one_batch_is_answered_in_order(predictor):
    many = [["good"] * 30, ["bad"] * 29] * (BATCH_WORDS // 30)

    logits = predictor.logits(many)

    assert len(logits) == len(many)
    np.testing.assert_allclose(logits[0::2], logits[0], atol=1e-4)
    np.testing.assert_allclose(logits[1::2], logits[1], atol=1e-4)
    assert abs(logits[0] - logits[1]) > 0.01


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("model.json", None, "model.json"),
        ("model.json", b"{", "model.json"),
        ("model.json", b"[]", "model.json"),
        ("model.json", b'{"version": 9}', "version 9"),
        ("model.json", b'{"version": 1}', "run"),
        ("model.onnx", None, "model.onnx"),
        ("model.onnx", b"not a graph", "model.onnx"),
    ],
)
def test_a_broken_folder_is_refused_with_its_reason(tmp_path, name, content, reason):
    folder = model_folder(tmp_path)
    (folder / name).unlink()
    if content is not None:
        (folder / name).write_bytes(content)

    with pytest.raises(ModelError, match=reason):
        Predictor(folder)


def test_the_folder_says_where_the_model_comes_from(tmp_path):
    folder = model_folder(tmp_path, "run-7", ("the film was good", "bad", "bad"))

    description = json.loads((folder / "model.json").read_bytes())
    learnt = np.fromfile(folder / "fingerprints.bin", "<u8")

    assert description["run"] == "run-7"
    assert description["labels"] == ["negative", "positive"]
    assert description["vocabulary"] == list(WORDS)
    assert description["libraries"].keys() >= {"torch", "onnxruntime"}
    assert description["plan"]["seed"] == 1
    assert len(learnt) == 2
    assert (np.diff(learnt.astype(object)) > 0).all()
