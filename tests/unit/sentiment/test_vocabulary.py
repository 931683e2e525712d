import json

import numpy as np
import pytest

from sentiment.vocabulary import FIRST_KNOWN, PAD, UNKNOWN, Vocabulary

COUNTS = {"plot": 1, "film": 2, "good": 3, "bad": 2}


def test_the_most_frequent_words_come_first_and_ties_are_alphabetical() -> None:
    vocabulary = Vocabulary.most_frequent(COUNTS)

    assert vocabulary.words == ("good", "bad", "film")
    assert len(vocabulary) == 5  # with padding and unknown


def test_the_order_of_the_words_does_not_matter() -> None:
    backwards = dict(reversed(COUNTS.items()))

    assert Vocabulary.most_frequent(backwards).words == Vocabulary.most_frequent(COUNTS).words


@pytest.mark.parametrize(
    ("maximum_size", "minimum_count", "words"),
    [
        (4, 2, ("good", "bad")),
        (100, 1, ("good", "bad", "film", "plot")),
        (100, 3, ("good",)),
        (2, 1, ()),
        (0, 1, ()),
    ],
)
def test_size_and_rarity_have_limits(
    maximum_size: int, minimum_count: int, words: tuple[str, ...]
) -> None:
    assert Vocabulary.most_frequent(COUNTS, maximum_size, minimum_count).words == words


def test_words_become_ids() -> None:
    ids = Vocabulary(["good", "bad"]).encode(["bad", "odd", "good"])

    assert ids.dtype == np.int64
    assert ids.tolist() == [3, UNKNOWN, 2]
    assert Vocabulary([]).encode([]).shape == (0,)
    assert (PAD, UNKNOWN, FIRST_KNOWN) == (0, 1, 2)


def test_a_word_with_an_id_is_in_the_vocabulary() -> None:
    vocabulary = Vocabulary(["good", "bad"])

    assert "good" in vocabulary
    assert "odd" not in vocabulary


def test_a_vocabulary_survives_json() -> None:
    vocabulary = Vocabulary.most_frequent(COUNTS)

    again = Vocabulary(json.loads(json.dumps(vocabulary.words)))

    assert again.encode(["film", "plot"]).tolist() == vocabulary.encode(["film", "plot"]).tolist()


def test_a_word_twice_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="once"):
        Vocabulary(["good", "good"])


def test_an_empty_vocabulary_is_extended_by_words_that_occur_twice() -> None:
    counts = {"good": 3, "bad": 2, "plot": 1, "film": 2}

    assert Vocabulary([]).extended(counts, 100).words == ("good", "bad", "film")
    assert Vocabulary([]).extended(counts, 4).words == ("good", "bad")


def test_a_known_vocabulary_keeps_its_words_and_takes_frequent_ones_while_there_is_room() -> None:
    known = Vocabulary(["plot", "good"])
    counts = {"good": 90, "bad": 5, "film": 6, "rare": 4}  # five times is often enough

    assert known.extended(counts, 100).words == ("plot", "good", "film", "bad")
    assert known.extended(counts, len(known) + 1).words == ("plot", "good", "film")
    assert known.extended(counts, len(known)).words == ("plot", "good")
    assert known.extended(counts, 0).words == ("plot", "good")


def test_unless_told_otherwise_a_word_must_occur_twice_and_there_are_thirty_thousand_ids() -> None:
    counts = {f"{number}": 2 for number in range(40_000)} | {"once": 1}

    assert len(Vocabulary.most_frequent(counts)) == 30_000
    assert Vocabulary.most_frequent({"once": 1, "twice": 2}).words == ("twice",)
