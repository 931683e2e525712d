"""The behaviour suite, on models whose manners are known."""

import random

import numpy as np

from sentiment.behaviour import FEWEST_CASES, behave, typo

POSITIVE = {"good", "great", "wonderful", "lovely", "perfect", "funny", "clever", "charming"}
NEGATIVE = {"bad", "awful", "terrible", "boring", "dull", "poor", "weak", "stupid"}
LONG = "It was a long review of a thing that we liked very much and that was really good, all of it"


def answers(reviews):
    """A model of two dozen words that understands `not`."""
    result = []
    for words in reviews:
        score, sign = 0, 1
        for place, word in enumerate(words):
            sign = -1 if word == "not" else sign
            value = (word in POSITIVE) - (word in NEGATIVE)
            score += value * sign * (1 + place / 10)
        known = all(len(word) < 9 for word in words)
        result.append((1 / (1 + np.exp(-2.0 * score)), float(known)))
    return result


def test_a_model_that_understands_passes_every_check():
    suite = behave(answers, [LONG] * 20, (0.45, 0.55), seed=1)

    for name, check in suite.items():
        assert check["rate"] >= check["needed"], name
        assert check["passed"] / check["of"] == check["rate"]


def test_a_model_that_ignores_negation_fails_that_check():
    suite = behave(
        lambda reviews: answers([[word for word in one if word != "not"] for one in reviews]),
        [LONG] * 20,
        (0.45, 0.55),
        seed=1,
    )

    assert suite["negation"]["rate"] < suite["negation"]["needed"]
    assert suite["case"]["rate"] == 1


def test_a_model_that_is_upset_by_names_fails_that_check():
    def upset(reviews):
        return [
            (0.1 if "fatima" in words or "wei" in words or "lakshmi" in words else 0.9, 1.0)
            for words in reviews
        ]

    suite = behave(upset, [LONG] * 50, (0.45, 0.55), seed=1)

    assert suite["name"]["rate"] < suite["name"]["needed"]


def test_what_cannot_be_tested_says_why():
    suite = behave(lambda reviews: [(0.9, 0.0) for _ in reviews], [LONG] * 3, (0.4, 0.6), 1)

    assert "3 held-out reviews" in suite["typo"]["skipped"]
    assert "only 0" in suite["negation"]["skipped"]
    assert suite["negation"]["of"] < FEWEST_CASES


def test_a_model_that_is_never_sure_is_tested_on_nothing():
    suite = behave(lambda reviews: [(0.5, 1.0) for _ in reviews], [LONG] * 50, (0.4, 0.6), 1)

    assert "skipped" in suite["case"]


def test_a_typing_error_swaps_two_letters_inside_one_word():
    chance = random.Random(1)
    for _ in range(50):
        changed = typo(LONG, chance)
        different = [
            i for i, pair in enumerate(zip(LONG, changed, strict=True)) if len(set(pair)) > 1
        ]
        assert sorted(changed) == sorted(LONG)
        assert len(different) in (0, 2)
        if different:
            assert different[1] == different[0] + 1
            assert LONG[different[0] - 1].isalpha()
    assert typo("so it is", chance) == "so it is"
