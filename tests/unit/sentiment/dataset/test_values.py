"""One spelling for what people mean alike."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentiment.dataset.values import LONGEST, canonical, number_of, out_of


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        # words
        (" Positive ", "positive"), ("very_positive", "very positive"),
        ("Not-Recommended", "not recommended"),
        ("__label__NEG", "neg"), ("'positive'", "positive"), ("“Positive”", "positive"),
        ("positive\u200b", "positive"), ("negative.", "negative"), ("1 - positive", "positive"),
        ("0 = Negative", "negative"), ("Positive (1)", "positive"),
        ("5 - Very satisfied", "very satisfied"),
        ("[positive]", "positive"), ("['positive']", "positive"), ("Cafe\u0301", "café"),
        ("so-so", "so so"), ("b+", "b+"), ("+", "+"), ("-", "-"), ("label", "label"),
        ("x" * 1000, "x" * LONGEST),
        ("#positive 😀", "positive"),
        ("sentiment: Positive", "positive"),
        ("LABEL_POSITIVE", "positive"),
        ("3 (ok)", "ok"),
        ("good 4", "good 4"),
        # emoji
        ("😀", "😀"), ("❤️", "❤"), ("👍🏽", "👍"), ("👍👍👍", "👍"),
        # numbers
        ("1.0", "1"), (1.0, "1"), (-1, "-1"), ("4.50", "4.5"), ("4,5", "4.5"), ("+1", "1"),
        ("-0.0", "0"),
        ("0.123456", "0.1235"), ("__label__2", "2"), ("LABEL_1", "1"), ("label 0", "0"),
        ("class-3", "3"),
        ("5 stars", "5"), ("5-star", "5"), ("3 Sterne", "3"), ("4 étoiles", "4"), ("★★★", "3"),
        ("⭐⭐", "2"), ("FIVE", "5"), ("Five stars", "5"), ("one", "1"),
        # out of others
        ("4/5", "4/5"), ("4 / 5", "4/5"), ("4.0 out of 5 stars", "4/5"),
        ("Rated 4 out of 5", "4/5"),
        ("4,5 von 5 Sternen", "4.5/5"), ("★★★★☆", "4/5"), ("80%", "80/100"), ("7 of 10", "7/10"),
        # as shops and programs write them
        ("5.0 star rating", "5"), ("1 star review", "1"), ("4 out of 5 stars rating", "4/5"),
        ("1½", "1.5"), ("½", "0.5"), ("2 ¾", "2.75"), ("4½ stars", "4.5"), ("3¼/5", "3.25/5"),
        ("Positive (98%)", "positive"), ("NEGATIVE: 0.6", "negative"),
        ("neutral 55.5 %", "neutral"),
        ("positive 0.98", "positive"), ("positive .5", "positive"), ("positive 5", "positive 5"),
        ("b'positive'", "positive"), ('b"Negative"', "negative"), ("b'", "b"), ("P+", "p+"),
        ("++", "+"), ("--", "--"), ("pos.", "pos"),
        # truth
        (True, "true"), (False, "false"), ("TRUE", "true"),
        # lists and objects
        ([1], "1"), (["positive"], "positive"), (["Positive", "positive"], "positive"),
        (["positive", "negative"], ""), ({"POSITIVE": 0.9, "NEGATIVE": 0.1}, "positive"),
        ({"POSITIVE": 0.0, "NEGATIVE": 1}, "negative"), ({"POSITIVE": 0.0}, "negative"),
        ({"POSITIVE": 1, "NEGATIVE": 1}, ""), ({"choices": ["Negative"], "id": 3}, "negative"),
        # nothing
        ("", ""), (None, ""), ("NaN", ""), ("N/A", ""), (float("nan"), ""), (float("inf"), ""),
        ({}, ""), ([], ""), (10**400, ""), (b"positive", ""),
    ],
)  # fmt: skip
def test_a_label_has_one_spelling(value: Any, expected: str) -> None:
    assert canonical(value) == expected


def test_numbers_and_numbers_out_of_others() -> None:
    assert [number_of(text) for text in ("4", "-0.5", "4/5", "four", "nan", "")] == [
        4, -0.5, None, None, None, None,
    ]  # fmt: skip
    assert [out_of(text) for text in ("4/5", "0/10", "4", "4/0", "a/5")] == [
        (4, 5), (0, 10), None, None, None,
    ]  # fmt: skip


@given(st.text(max_size=30) | st.integers() | st.floats() | st.booleans())
def test_any_value_has_a_spelling(value: Any) -> None:
    assert len(canonical(value)) <= LONGEST


@given(st.integers(-9_999, 9_999), st.sampled_from([1, 10, 100]), st.sampled_from([str, float]))
def test_a_number_is_the_same_as_text_and_as_number(number: int, part: int, as_is: Any) -> None:
    assert number_of(canonical(as_is(number / part))) == number / part


@pytest.mark.parametrize("minus", "-\u2212\u2013\ufe63\uff0d")
def test_every_minus_before_a_number_is_one(minus: str) -> None:
    assert canonical(f"{minus}1") == canonical(f" '{minus}1.0' ") == "-1"
    assert canonical(f"{minus}0,5") == "-0.5"
