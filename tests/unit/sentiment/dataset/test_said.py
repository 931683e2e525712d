"""What an uploader says of a dataset, in words."""

import pytest

from sentiment.dataset.files import DatasetError
from sentiment.dataset.said import NAMES, Said


def test_the_names_are_those_of_s3_s_metadata():
    assert NAMES == ("text-column", "label-column", "group-column", "positive", "negative")


def test_what_is_said_is_taken_out_of_many_options_and_comes_back_as_it_was():
    options = {"text-column": " Review Text ", "positive": "5, 4,5", "negative": " ", "other": "x"}

    said = Said.of(options)

    assert said == Said(text_column="Review Text", positive=("5", "4"))
    assert said.options() == {"text-column": "Review Text", "positive": "5,4"}
    assert Said.of(said.options()) == said
    assert Said.of({}) == Said()
    assert Said().options() == {}


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (
            {"positive": "1,2", "negative": "2,3"},
            'Both positive and negative list "2": leave one out.',
        ),
        ({"text-column": "x" * 501}, "What text-column says is longer than 500 characters."),
    ],
)
def test_what_can_t_be_meant_is_refused(options, sentence):
    with pytest.raises(DatasetError) as refused:
        Said.of(options)

    assert str(refused.value) == sentence
