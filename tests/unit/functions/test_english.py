"""English is told from other languages by its function words."""

import pytest

from functions.predict_sentiment.english import english_share, says_nothing
from sentiment.text import PUNCTUATION, read

OTHERS = [
    "Das ist ein wunderbarer Film gewesen, ich will ihn gleich noch einmal sehen.",
    "Was für ein toller Film! Die Schauspieler sind großartig, die Handlung ist es nicht.",
    "C'est un film magnifique, je le recommande à tous.",
    "Les acteurs sont excellents mais l'histoire est trop longue.",
    "No me gustó nada, una pérdida de tiempo total.",
    "La película es muy aburrida y los actores son malos.",
    "Il film è molto noioso e gli attori sono pessimi.",
    "A história é boa, mas o final é péssimo e os atores são ruins.",
    "De film was saai en veel te lang, maar het verhaal is goed.",
    "En underbar film som jag kan rekommendera till alla.",
    "Det var en kedelig og meget dårlig film.",
    "To jest najgorszy film jaki widziałem.",
    "Harika bir film, herkese tavsiye ederim.",
    "Film ini sangat bagus dan saya suka sekali.",
    "Un film minunat, îl recomand tuturor.",
]
ENGLISH = [
    "I loved it and would watch it again.",
    "The room was clean but the breakfast never came.",
    "not for me",
    "Honestly one of the best books of the year.",
    "what a waste of time and money",
    "It broke after two weeks.",
]


def words_of(text):
    return [token.word for token in read(text).tokens if token.word not in PUNCTUATION]


def test_the_share_is_that_of_the_words_which_no_other_language_has():
    assert english_share(["the", "film", "was", "not", "good"]) == 0.4  # German has "was" too


@pytest.mark.parametrize("text", OTHERS)
def test_another_language_has_next_to_none(text):
    assert english_share(words_of(text)) < 0.1


@pytest.mark.parametrize("text", ENGLISH)
def test_english_has_some(text):
    assert english_share(words_of(text)) > 0.15


@pytest.mark.parametrize("text", ["the", "it was a", "And this is what it is.", "I had it for you"])
def test_nothing_is_said(text):
    assert says_nothing(words_of(text))


@pytest.mark.parametrize("text", ["not for me", "never again", "too long", "no", "the best", "ok"])
def test_a_word_that_turns_or_judges_says_something(text):
    assert not says_nothing(words_of(text))
