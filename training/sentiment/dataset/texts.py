"""Whether texts are such that a model can learn from them: words that come up again.

Looked at in the first rows. What no training could learn from is refused, another language told.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from sentiment.dataset.files import DatasetError, listed
from sentiment.dataset.said import as_options
from sentiment.dataset.sample import UNSPACED
from sentiment.text import PUNCTUATION, read_words

CHARACTERS, CHARACTERS_OF_ONE = 200_000, 2_000
ENOUGH_TEXTS = 20
ENOUGH_WORDS = 200
FEWEST_SHARED = 0.03  # of the words: fewer in ids, in other words in any language
UNSPACED_SHARE = 0.3  # of the letters
LONGEST_RUN = 4  # letters without a blank, on average, in a script that knows none
ENGLISH = 0.12  # of the words are these; of English reviews about four in ten
COMMONEST = (
    "the and a to of it is this that i was for with but you not as are have be on my so at they"
    " very just all like out there from one very would had we no an if can when up more good about"
    " get has do great what will than me really only don't it's i'm were been your he she his her"
    " or by which who some because even also their them time after too how much well then could"
    " movie film love never other bad into did didn't doesn't isn't wasn't can't these those"
)


def check_texts(texts: Sequence[str], column: str) -> list[str]:
    """Give notes about the first texts; raises DatasetError where nothing can be learnt from."""
    taken = list(_within(texts, CHARACTERS))
    _refuse_unspaced(taken, column)
    words = [
        [word for word in read_words(text)[1] if word not in PUNCTUATION] for text in taken if text
    ]
    words = [found for found in words if found]
    each = [set(found) for found in words]
    holders = Counter(word for found in each for word in found)
    shared = sum(holders[word] > 1 for found in each for word in found)
    if len(words) >= ENOUGH_TEXTS and shared < FEWEST_SHARED * sum(map(len, each)):
        raise DatasetError(
            f"The texts in column {listed([column])} share no words ({listed(taken[:2])}): a model"
            " learns from words that come up again. Put the reviews there, or say which column"
            f" holds them when you drop the file: {as_options(text_column='name of the column')}."
        )
    return list(_language(words))


def _within(texts: Iterable[str], characters: int) -> Iterable[str]:
    for text in texts:
        if characters <= 0:
            return
        part = " ".join(text[:CHARACTERS_OF_ONE].split())
        yield part
        characters -= len(part)


def _refuse_unspaced(texts: Sequence[str], column: str) -> None:
    letters = sum(sum(map(str.isalpha, text)) for text in texts)
    unspaced = sum(len(UNSPACED.findall(text)) for text in texts)
    if unspaced <= UNSPACED_SHARE * letters:
        return
    runs = sum(UNSPACED.search(part) is not None for text in texts for part in text.split())
    if unspaced > LONGEST_RUN * runs:
        raise DatasetError(
            f"The reviews in column {listed([column])} are in a language that puts no blanks"
            " between words, such as Chinese, Japanese or Thai: put blanks there, as a program that"
            " segments words does, and drop the file again."
        )


def _language(words: Sequence[Sequence[str]]) -> Iterable[str]:
    """Tell where hardly any word is one of the commonest in English."""
    total = sum(map(len, words))
    plain = [word for found in words for word in found if word[0].isalpha()]
    if total < ENOUGH_WORDS or 2 * len(plain) < total:
        return
    commonest = set(COMMONEST.split())
    share = sum(word in commonest for word in plain) / len(plain)
    if share < ENGLISH:
        yield (
            "The reviews don't seem to be in English, which is what a training starts from: it has"
            " to learn the language from this file alone, so it takes some thousand reviews."
        )
