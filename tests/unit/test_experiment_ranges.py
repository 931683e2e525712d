"""What `experiment.py tune --range` understands."""

import pytest

from experiments.errors import ExperimentError
from experiments.ranges import Choices, Numbers, parse_ranges


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hidden=64,128", Choices(("64", "128"))),
        ("kind=lstm", Choices(("lstm",))),
        ("hidden=64:128", Numbers(64, 128)),
        ("rate=0.0005:0.005:log", Numbers(0.0005, 0.005, "Logarithmic")),
        ("rate=1e-4:1:log", Numbers(0.0001, 1, "Logarithmic")),
        ("momentum=0.5:0.999:reverse-log", Numbers(0.5, 0.999, "ReverseLogarithmic")),
        ("dropout=0:0.5:linear", Numbers(0, 0.5, "Linear")),
        ("shift=-3:3", Numbers(-3, 3)),
    ],
)
def test_a_range_is_numbers_or_choices(text: str, expected: Numbers | Choices) -> None:
    assert list(parse_ranges([text]).values()) == [expected]


def test_only_whole_bounds_make_whole_numbers() -> None:
    ranges = parse_ranges(["a=1:9", "b=1.0:9", "c=1:9.5"])

    assert {name: chosen.is_whole for name, chosen in ranges.items()} == {
        "a": True,
        "b": False,
        "c": False,
    }


@pytest.mark.parametrize(
    ("texts", "why"),
    [
        (["hidden"], "write it as NAME=LOW:HIGH"),
        (["=1:2"], "write it as NAME=LOW:HIGH"),
        (["hidden="], "write it as NAME=LOW:HIGH"),
        (["a=1:2", "a=3:4"], "a has a range already"),
        (["a=1:2:3:4"], "comes one of auto, linear, log, reverse-log"),
        (["a=1:2:cubic"], "comes one of auto, linear, log, reverse-log"),
        (["a=one:two"], "LOW and HIGH must be numbers"),
        (["a=nan:1"], "LOW and HIGH must be numbers"),
        (["a=0:inf"], "LOW and HIGH must be numbers"),
        (["a=2:2"], "LOW must be less than HIGH"),
        (["a=0:1:log"], "takes numbers above 0 only"),
        (["a=0.5:1:reverse-log"], "from 0 to below 1 only"),
        (["a=x,x"], "every value must be there once"),
        (["a=x,,y"], "every value must be there once"),
    ],
)
def test_what_is_no_range_is_told_with_its_text(texts: list[str], why: str) -> None:
    with pytest.raises(ExperimentError, match=why) as error:
        parse_ranges(texts)

    assert texts[-1] in str(error.value)
