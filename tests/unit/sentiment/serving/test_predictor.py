"""A model folder answers, whatever else is asked at the same time."""

import json

import numpy as np
import pytest
import torch

from sentiment.model.export import export
from sentiment.model_folder import ModelError
from sentiment.serving.predictor import Predictor
from tests.unit.models import WORDS, model, model_folder

REVIEWS = [
    ["the", "film", "was", "good"],
    ["bad"],
    ["not", "a", "good", "book"],
    ["very", "very", "bad", "film", "unheard", "of"],
]
LONG = ["bad"] * 15 + ["good"] * 30


@pytest.fixture(scope="module")
def predictor(tmp_path_factory):
    return Predictor(model_folder(tmp_path_factory.mktemp("model")))


def ids_of(words):
    return torch.tensor([[WORDS.index(word) + 2 if word in WORDS else 1 for word in words]])


def test_it_answers_as_the_graph_in_the_folder(tmp_path):
    folder = model_folder(tmp_path)
    export(model(), folder / "model.onnx", "float32")
    logit, contributions = model().explain(ids_of(REVIEWS[0]), torch.tensor([4]))

    answer = Predictor(folder).answer(REVIEWS[:1])[0]

    assert answer.logit == pytest.approx(logit.item(), abs=1e-4)
    assert answer.probability == pytest.approx(torch.sigmoid(logit).item(), abs=1e-4)
    np.testing.assert_allclose(answer.contributions, contributions[0].detach(), atol=1e-4)


def test_answers_come_in_the_reviews_order_and_do_not_depend_on_each_other(predictor):
    together = predictor.answer(REVIEWS)

    for review, answer in zip(REVIEWS, together, strict=True):
        alone = predictor.answer([review])[0]
        assert answer.logit == alone.logit
        np.testing.assert_array_equal(answer.contributions, alone.contributions)
        assert len(answer.contributions) == len(review)


def test_threads_change_nothing(tmp_path, predictor):
    many = REVIEWS * 20

    answers = Predictor(model_folder(tmp_path), threads=3).answer(many)

    assert [answer.logit for answer in answers] == predictor.logits(many).tolist()


def test_contributions_and_bias_add_up(predictor):
    for answer in predictor.answer([*REVIEWS, LONG]):
        total = predictor.bias + float(answer.contributions.sum(dtype=np.float64))
        assert total == pytest.approx(answer.logit, abs=1e-6)


def test_it_says_how_much_it_knows(predictor):
    answers = predictor.answer([["good"], ["good", "unheard"], ["unheard"]])

    assert [answer.known for answer in answers] == [1.0, 0.5, 0.0]


def test_a_long_review_is_read_to_its_end_in_windows(predictor):
    answer, *parts = predictor.answer([LONG, LONG[:22], LONG[22:]])

    assert (answer.used, answer.windows) == ((0, 45), 2)
    assert (parts[0].used, parts[0].windows) == ((0, 22), 1)
    weighed = [22 / 45 * parts[0].contributions, 23 / 45 * parts[1].contributions]
    np.testing.assert_allclose(answer.contributions, np.concatenate(weighed), atol=1e-6)
    first, second = (part.logit - predictor.bias for part in parts)
    expected = predictor.bias + 22 / 45 * first + 23 / 45 * second
    assert answer.logit == pytest.approx(expected, abs=1e-5)


def test_a_very_long_review_is_answered_with_a_share_for_every_word(predictor):
    answer = predictor.answer([LONG * 200])[0]

    assert answer.used == (0, 9_000)
    assert answer.windows == 300
    assert len(answer.contributions) == 9_000
    assert 0 <= answer.probability <= 1


def test_a_logit_beyond_all_measure_is_still_a_probability(tmp_path):
    folder = model_folder(tmp_path)
    description = json.loads((folder / "model.json").read_bytes())
    for bias, certain in ((-1e4, 0), (1e4, 1)):
        (folder / "model.json").write_text(json.dumps(description | {"bias": bias}))

        assert Predictor(folder).answer([["good"]])[0].probability == certain


def test_a_folder_from_before_windows_and_bytes_is_still_served(tmp_path, predictor):
    folder = model_folder(tmp_path)
    export(model(), folder / "model.onnx", "float32")

    old, new = Predictor(folder).answer([LONG])[0], predictor.answer([LONG])[0]

    assert old.used == new.used == (0, 45)
    assert old.logit == pytest.approx(new.logit, abs=0.5)  # the tests' weights are large


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
