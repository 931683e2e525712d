"""Texts that nothing can be learnt from are refused while reading; another language is told."""

import pytest

from sentiment.dataset.files import DatasetError
from sentiment.dataset.texts import check_texts
from tests.unit.sentiment.dataset.forms import REVIEWS

ENGLISH = [text for text, _ in REVIEWS[:100]]
GERMAN = [f"Wir haben den Film Nummer {i} gesehen und fanden ihn sehr gelungen" for i in range(60)]
THAI = [f"หนังเรื่องนี้สนุกมากจริงๆ {i}" for i in range(60)]
NOTE = "don't seem to be in English"


def test_english_reviews_have_nothing_to_tell() -> None:
    assert check_texts(ENGLISH, "text") == []
    assert check_texts([], "text") == check_texts(["", "?!"] * 50, "text") == []


def test_another_language_is_told_where_there_is_enough_of_it() -> None:
    [note] = check_texts(GERMAN, "text")

    assert NOTE in note
    assert check_texts(GERMAN[:10], "text") == []
    assert NOTE in check_texts([f"Это хороший фильм номер {i} и мы" for i in range(60)], "text")[0]


@pytest.mark.parametrize(
    "texts",
    [THAI, [f"这部电影真的非常好看{i}" for i in range(60)], ["映画はとても面白かったです"] * 9],
)
def test_a_language_without_blanks_is_refused(texts: list[str]) -> None:
    with pytest.raises(DatasetError, match='"text" are in a language that puts no blanks'):
        check_texts(texts, "text")


def test_words_with_blanks_between_them_are_fine_in_any_script() -> None:
    segmented = [f"这 部 电影 真的 非常 好看 {i}" for i in range(60)]

    assert NOTE in check_texts(segmented, "text")[0]
    assert NOTE in check_texts([f"이 영화는 정말 재미있었다 {i}" for i in range(60)], "text")[0]
    assert check_texts([*ENGLISH, *THAI[:5]], "text") == []


def test_texts_that_share_no_words_are_refused() -> None:
    ids = [f"b{i * 7919:06x} c{i * 104729:07x}" for i in range(60)]

    with pytest.raises(DatasetError, match=r'column "q" share no words.*--text-column'):
        check_texts(ids, "q")
    assert check_texts(ids[:19], "q") == []  # too few to tell
    assert check_texts([*ids, *ENGLISH[:20]], "q") == []
