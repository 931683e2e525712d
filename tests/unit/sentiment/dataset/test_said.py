"""What an uploader says of a dataset, in words."""

import shlex

import pytest

from sentiment.dataset.files import DatasetError
from sentiment.dataset.said import NAMES, Said, as_options


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


def test_a_value_with_a_comma_stands_in_quotation_marks() -> None:
    said = Said.of({"positive": 'good, "well, fine" ,"so ""good""', "negative": "bad,"})

    assert said.positive == ("good", "well, fine", 'so "good"')
    assert said.negative == ("bad",)
    assert Said.of(said.options()) == said


def test_an_example_with_a_comma_is_one_value_for_a_shell() -> None:
    shown = as_options(positive="well, fine", negative="bad")
    _, positive, _, negative = shlex.split(shown)

    said = Said.of({"positive": positive, "negative": negative})
    assert (said.positive, said.negative) == (("well, fine",), ("bad",))


def test_a_list_that_is_no_line_of_csv_is_cut_at_commas() -> None:
    assert Said.of({"positive": "good,fi\rne"}).positive == ("good", "fi\rne")
