"""What an uploader says of a file, as it is typed."""

import argparse

import pytest

from operations import sayings


def said(*arguments):
    parser = argparse.ArgumentParser()
    sayings.add_options(parser)
    return sayings.said(parser.parse_args(sayings.joined(arguments)))


@pytest.mark.parametrize("value", ["-1,-2", "-1", "-.5, -1", "-2,0"])
def test_a_list_may_begin_below_zero(value):
    assert said("--positive", "1,2", "--negative", value) == {"positive": "1,2", "negative": value}


def test_an_option_that_follows_a_list_is_none_of_its_values():
    assert said("--negative=-1", "--text-column", "-1") == {"negative": "-1", "text-column": "-1"}
    with pytest.raises(SystemExit):
        said("--positive", "--negative", "bad")
