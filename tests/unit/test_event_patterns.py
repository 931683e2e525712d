"""EventBridge's patterns, operator by operator."""

import pytest

from local.patterns import check, matches
from local.template import TemplateError

EVENT = {
    "source": "aws.sagemaker",
    "detail-type": "SageMaker Training Job State Change",
    "detail": {
        "status": "Completed",
        "name": "verdict-0123",
        "seconds": 90,
        "share": 0.5,
        "note": None,
        "empty": "",
        "done": True,
        "labels": ["red", "green"],
        "items": [{"id": 1, "size": "S"}, {"id": 2, "size": "L"}],
        "deep": {"er": {"value": "x"}},
    },
}


@pytest.mark.parametrize(
    ("detail", "expected"),
    [
        ({"status": ["Failed", "Completed"]}, True),
        ({"status": ["completed"]}, False),
        ({"status": [{"equals-ignore-case": "completed"}]}, True),
        ({"name": [{"prefix": "verdict-"}]}, True),
        ({"name": [{"prefix": "other-"}]}, False),
        ({"name": [{"prefix": {"equals-ignore-case": "VERDICT-"}}]}, True),
        ({"name": [{"suffix": "123"}]}, True),
        ({"name": [{"suffix": {"equals-ignore-case": "X"}}]}, False),
        ({"name": [{"wildcard": "ver*-0*3"}]}, True),
        ({"name": [{"wildcard": "ver*-9*"}]}, False),
        ({"name": [{"wildcard": "verdict-01\\*3"}]}, False),
        ({"name": [{"anything-but": "other"}]}, True),
        ({"name": [{"anything-but": ["verdict-0123", "other"]}]}, False),
        ({"name": [{"anything-but": {"prefix": "verdict"}}]}, False),
        ({"name": [{"anything-but": {"suffix": ["x", "y"]}}]}, True),
        ({"name": [{"anything-but": {"wildcard": "*-01*"}}]}, False),
        ({"name": [{"anything-but": {"equals-ignore-case": "VERDICT-0123"}}]}, False),
        ({"missing": [{"anything-but": "x"}]}, False),
        ({"seconds": [{"numeric": [">", 60, "<=", 90]}]}, True),
        ({"seconds": [{"numeric": ["<", 60]}]}, False),
        ({"share": [{"numeric": ["=", 0.5]}]}, True),
        ({"name": [{"numeric": [">", 0]}]}, False),
        ({"seconds": [90.0]}, True),
        ({"seconds": ["90"]}, False),
        ({"done": [True]}, True),
        ({"done": [1]}, False),
        ({"note": [None]}, True),
        ({"empty": [""]}, True),
        ({"empty": [None]}, False),
        ({"status": [{"exists": True}]}, True),
        ({"missing": [{"exists": False}]}, True),
        ({"missing": [{"exists": True}]}, False),
        ({"deep": [{"exists": True}]}, False),  # only leaves exist
        ({"deep": {"missing": [{"exists": False}]}}, True),
        ({"nowhere": {"missing": [{"exists": False}]}}, True),
        ({"deep": {"er": {"value": ["x"]}}}, True),
        ({"deep": {"er": {"value": ["y"]}}}, False),
        ({"labels": ["green"]}, True),
        ({"labels": [{"anything-but": "green"}]}, True),  # any element is enough
        ({"labels": ["blue"]}, False),
        ({"items": {"id": [2], "size": ["L"]}}, True),
        ({"items": {"id": [1], "size": ["L"]}}, False),
        ({"$or": [{"status": ["Failed"]}, {"seconds": [{"numeric": [">", 1]}]}]}, True),
        ({"$or": [{"status": ["Failed"]}, {"seconds": [1]}], "done": [True]}, False),
        ({"$or": [{"status": ["Completed"]}, {"seconds": [1]}], "done": [False]}, False),
        ({"status": ["Completed"], "missing": ["x"]}, False),
    ],
)
def test_a_pattern_decides_as_eventbridge_does(detail, expected):
    pattern = {"source": ["aws.sagemaker"], "detail": detail}

    check(pattern, "Pattern")

    assert matches(pattern, EVENT) is expected


def test_every_name_of_a_pattern_has_to_fit():
    assert not matches({"source": ["aws.s3"], "detail": {"done": [True]}}, EVENT)


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ({"a": [{"cidr": "10.0.0.0/8"}]}, r"Here\.a: .*doesn't know the operator 'cidr'"),
        ({"a": {"b": [{"like": "x"}]}}, r"Here\.a\.b: .*'like'"),
        ({"a": "x"}, r"Here\.a: a pattern is a map"),
        ({"a": []}, "a pattern is a map"),
        ({}, "a pattern is a map"),
        ({"a": [["x"]]}, "a list within a list"),
        ({"a": [{"prefix": 1}]}, "prefix can't take 1"),
        ({"a": [{"prefix": "x", "suffix": "y"}]}, "one operator at a time"),
        ({"a": [{"exists": "yes"}]}, "exists can't take"),
        ({"a": [{"numeric": [">"]}]}, "numeric can't take"),
        ({"a": [{"numeric": ["~", 1]}]}, "numeric can't take"),
        ({"a": [{"anything-but": {"numeric": [">", 1]}}]}, "anything-but can't take"),
        ({"$or": [{"a": [1]}]}, "at least two patterns"),
        ({"$or": [{"a": [1]}, {"a": [{"like": "x"}]}]}, r"\$or\[1\]\.a: .*'like'"),
    ],
)
def test_a_pattern_that_is_not_understood_fails_with_its_place(pattern, message):
    with pytest.raises(TemplateError, match=message):
        check(pattern, "Here")
