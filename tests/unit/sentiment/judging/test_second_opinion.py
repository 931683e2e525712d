"""What a model that knows sentiment says of some rows."""

import json

import pytest

from sentiment.judging.second_opinion import MOST_ROWS, second_opinion
from tests.unit.made import as_rows
from tests.unit.sentiment.judging.planted import labelled, planted, reviews, true_weights


@pytest.fixture
def first(tmp_path):
    return planted(tmp_path / "first", "first", true_weights(20.0))


def test_it_tells_how_often_it_is_sure_and_agrees(first):
    rows = reviews(400, 1)

    found = second_opinion(first, rows, 1)
    turned = second_opinion(first, labelled(rows, 1 - rows.labels), 1)

    assert found["by"] == "first"
    assert MOST_ROWS / 2 < found["sure"] <= MOST_ROWS
    assert found["agreed"] > 0.8 * found["sure"]
    assert turned["agreed"] < 0.2 * turned["sure"]


def test_it_says_nothing_of_a_language_that_it_does_not_know(first):
    foreign = as_rows(
        [row._replace(words=("ein", "schöner", "Film", "lovely")) for row in reviews(50, 1)]
    )

    assert second_opinion(first, foreign, 1) == {"by": "first", "sure": 0, "agreed": 0}


def test_a_model_that_cannot_be_asked_is_none(first, tmp_path):
    description = json.loads((first / "model.json").read_text())
    (first / "model.json").write_text(json.dumps({**description, "tokenizer": 999}))

    assert second_opinion(first, reviews(50, 1), 1) is None
    assert second_opinion(tmp_path / "nowhere", reviews(50, 1), 1) is None
