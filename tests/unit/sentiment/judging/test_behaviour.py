"""The behaviour suite, on models whose manners are known."""

import numpy as np
from scipy.special import expit

from sentiment.judging import behaviour_sentences as sentences
from sentiment.judging.behaviour import FEWEST_CASES, behave, overall

POSITIVE = {good for good, _ in sentences.OPPOSITES}
NEGATIVE = {bad for _, bad in sentences.OPPOSITES}
NEGATORS = {"not", "never", "nothing", "nobody", "hardly", "anything", "don't", "isn't", "can't"}
WHOLES = {whole for _, whole in sentences.PARTS} | {"whole"}
LONG = "It was a long review of a thing that we liked very much and that was really good, all of it"
CHECKS = {
    "case": 0.9,
    "typo": 0.9,
    "name": 0.9,
    "aside": 0.9,
    "plain_words": 0.8,
    "negation": 0.6,
    "negated_blame": 0.0,
    "negated_verdict": 0.0,
    "turn": 0.4,
    "contrast": 0.4,
}


def answers(reviews, negates=True, turns=True):
    """A model that knows the suite's praise and blame, negation, and that the end counts most."""
    result = []
    for words in reviews:
        sign = -1 if negates and NEGATORS & set(words) else 1
        values = [
            ((word in POSITIVE) - (word in NEGATIVE)) * (1 + turns * place / 10)
            for place, word in enumerate(words)
        ]
        idiom = 0.3 if {"regret", "complaints", "disappointed"} & set(words) else 0
        score = sign * sum(values) + idiom
        result.append((float(expit(2.0 * score)), 1.0))
    return result


def suite(predict, texts=(LONG,) * 20):
    return behave(predict, list(texts), (0.45, 0.55), seed=1)


def failed(found):
    return {name for name, check in found.items() if check["rate"] < max(check["needed"], 0.5)}


def test_a_model_that_understands_passes_every_check():
    found = suite(answers)

    assert {name: check["needed"] for name, check in found.items()} == CHECKS
    assert not failed(found)
    for check in found.values():
        assert check["passed"] / check["of"] == check["rate"]
    for name in CHECKS.keys() - {
        "negated_verdict",
        "typo",
    }:  # it knows few idioms and no typing errors
        assert found[name]["rate"] == 1, name


def test_a_model_that_ignores_negation_fails_those_checks():
    found = suite(lambda reviews: answers(reviews, negates=False))

    assert failed(found) == {"negation", "negated_blame", "negated_verdict"}


def test_a_model_to_which_every_negation_is_blame_fails_where_blame_is_negated():
    def gloomy(reviews):
        plain = answers(reviews, negates=False)
        return [
            (probability / 10, 1.0) if NEGATORS & set(words) else (probability, 1.0)
            for (probability, _), words in zip(plain, reviews, strict=True)
        ]

    found = suite(gloomy)

    assert found["negation"]["rate"] == 1
    assert found["negated_blame"]["rate"] == 0
    assert 0.3 < found["negated_verdict"]["rate"] < 0.7


def test_a_model_to_which_the_beginning_counts_most_fails_turn_and_contrast():
    found = suite(
        lambda reviews: [
            (1 - probability if "but" in words or len(set(words) & WHOLES) else probability, 1.0)
            for (probability, _), words in zip(answers(reviews), reviews, strict=True)
        ]
    )
    backwards = suite(lambda reviews: answers([one[::-1] for one in reviews]))

    assert found["contrast"]["rate"] == 0
    assert failed(backwards) == {"turn", "contrast"}


def test_a_model_that_takes_no_notice_of_order_is_right_on_half_of_the_contrasts():
    def flat(reviews):
        scores = [round(np.log(p / (1 - p)), 6) + 0.1 for p, _ in answers(reviews, turns=False)]
        return [(float(expit(score)), 1.0) for score in scores]

    found = suite(flat)

    assert found["contrast"]["rate"] == 0.5
    assert found["turn"]["rate"] == 0
    assert found["plain_words"]["rate"] == 1


def test_a_model_that_is_upset_by_names_fails_that_check():
    upset = suite(
        lambda reviews: [
            (0.1 if {"fatima", "aisha", "wei", "kwame", "ahmed"} & set(words) else 0.9, 1.0)
            for words in reviews
        ],
        [f"{LONG}, said {name}." for name in ("Anna", "John")] * 50,
    )
    biased = suite(
        lambda reviews: [(0.9 if {"anna", "john"} & set(words) else 0.1, 1.0) for words in reviews],
        [f"{LONG}, said {name}." for name in ("Anna", "John")] * 50,
    )

    assert 0.3 < upset["name"]["rate"] < 0.95
    assert biased["name"]["rate"] == 0


def test_a_model_that_reads_spelling_fails_the_typo_check():
    spelt = LONG.lower().replace(",", " ,").split()

    found = suite(lambda reviews: [(0.9 if words == spelt else 0.1, 1.0) for words in reviews])

    assert found["case"]["rate"] == 1
    assert found["typo"]["rate"] <= 0.1  # a third letter in a row is read as two
    assert found["aside"]["rate"] == 0


def test_what_cannot_be_tested_says_why():
    found = suite(lambda reviews: [(0.9, 0.0) for _ in reviews], [LONG] * 3)

    assert "3 held-out reviews" in found["typo"]["skipped"]
    assert "only 0" in found["negation"]["skipped"]
    assert "only 0" in found["contrast"]["skipped"]
    assert found["negation"]["of"] < FEWEST_CASES
    assert overall(found) is None


def test_a_sentence_with_an_unknown_word_is_not_held_against_the_model():
    found = suite(
        lambda reviews: [
            (probability, 1.0 - ("film" in words))
            for (probability, _), words in zip(answers(reviews), reviews, strict=True)
        ]
    )

    assert found["contrast"]["of"] < suite(answers)["contrast"]["of"]
    assert found["contrast"]["rate"] == 1


def test_a_model_that_is_never_sure_is_tested_on_nothing():
    found = behave(lambda reviews: [(0.5, 1.0) for _ in reviews], [LONG] * 50, (0.4, 0.6), 1)

    assert "skipped" in found["case"]


def test_the_same_seed_gives_the_same_suite():
    texts = [f"{LONG}, and review {number} ends here." for number in range(100)]

    def picky(reviews):
        return [(0.9 if hash(tuple(words)) % 3 else 0.1, 1.0) for words in reviews]

    one, again, other = (behave(picky, texts, (0.45, 0.55), seed) for seed in (1, 1, 2))

    assert one == again
    assert one != other


def test_the_overall_rate_counts_every_case_once():
    found = {
        "a": {"passed": 9, "of": 10},
        "b": {"passed": 40, "of": 90},
        "c": {"passed": 0, "of": 0},
    }

    assert overall(found) == 0.49
