"""benchmarks/short.py: which sentences it asks about, and what it makes of the answers."""

import csv
import re
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from benchmarks.opinion_words import BLAMING, OPINION_WORDS, PRAISING
from benchmarks.short import (
    MOST_SENTENCES,
    Labelled,
    assessed,
    drawn,
    key,
    main,
    opinionated,
    opinions,
    score,
    short_reviews,
    unseen,
)
from sentiment.dataset.files import DatasetError
from sentiment.dataset.reading import read_dataset
from tests.unit.models import model_folder

TEXTS = [
    ("We had a lovely day by the sea. It rained, and nobody minded at all.", "positive"),
    ("The soup was cold and horrible! And so was the terrible main course.", "negative"),
]


def dataset(folder: Path, more: int = 20) -> Path:
    """Forty-two reviews of two sentences."""
    rows = [*TEXTS]
    for number in range(more):
        rows.append(
            (f"Number {number} was good. We liked the food and loved the view.", "positive")
        )
        rows.append((f"Number {number} was bad. We hated the food and the noise.", "negative"))
    path = folder / "reviews.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("text", "label"), *rows])
    return path


def sentences(*texts: str) -> list[tuple[str, str]]:
    found = opinionated([Labelled(text, True, "review") for text in texts])
    return [(sentence.text, sentence.kind) for sentence in found]


def test_a_sentence_ends_at_a_mark_before_a_capital_and_at_a_line_break():
    text = (
        "It was 3.5 hours of good fun, i.e. long! Not a bad film at all? yes. We all loved it\nand"
    )

    assert sentences(text) == [
        ("It was 3.5 hours of good fun, i.e. long!", "two or more"),
        ("Not a bad film at all? yes.", "one opinion word"),
    ]
    assert sentences("one two three lovely five\nsix seven eight awful ten") == [
        ("one two three lovely five", "one opinion word"),
        ("six seven eight awful ten", "one opinion word"),
    ]


def test_only_sentences_of_5_to_30_words_with_an_opinion_word_count():
    filler = [f"word{chr(97 + number)}" for number in range(26)]

    assert sentences("This is quite good") == []
    assert len(sentences("This is really quite good")) == 1
    assert len(sentences(" ".join([*filler, "a", "b", "c", "GOOD"]))) == 1
    assert sentences(" ".join([*filler, "a", "b", "c", "d", "good"])) == []
    assert sentences("We saw it in the town on Monday") == []
    assert sentences("We saw the goodness of a badger") == []


def test_a_sentence_has_its_reviews_label():
    reviews = [Labelled("A good and long old film.", label, "review") for label in (True, False)]

    assert [sentence.positive for sentence in opinionated(reviews)] == [True, False]


def test_the_same_sentences_are_drawn_each_time():
    many = [Labelled(str(number), True, "") for number in range(MOST_SENTENCES + 10)]

    assert drawn(iter(many)) == drawn(iter(many))
    assert len(set(drawn(iter(many)))) == MOST_SENTENCES
    assert len(drawn(islice(many, 7))) == 7


def test_opinion_words_are_many_single_and_on_one_side():
    praising, blaming = PRAISING.split(), BLAMING.split()

    assert min(len(praising), len(blaming)) >= 150
    assert len(OPINION_WORDS) == len(praising) + len(blaming)
    assert all(re.fullmatch(r"[^\W\d_]+(-[^\W\d_]+)*", word) for word in OPINION_WORDS)


def test_reviews_that_the_model_has_learnt_from_are_left_out(tmp_path):
    file = dataset(tmp_path)
    words = [" ".join(row.words) for row in read_dataset(file).rows]
    model = model_folder(tmp_path / "model", learnt_from=tuple(words[1:]))

    assert [review.text for review in unseen(model, file)] == [TEXTS[0][0]]

    everything = model_folder(tmp_path / "all", learnt_from=tuple(words))
    with pytest.raises(DatasetError, match=r"every review in reviews\.csv: give the whole file"):
        unseen(everything, file)


def test_of_an_assessed_sentence_the_assessment_counts():
    review = Labelled("It was long. The end was lovely.\nI loved it", False, "review")
    found = {key(" The end was lovely."): True, key("I loved it"): True, key("It was"): False}

    assert list(assessed([review], found)) == [
        Labelled("The end was lovely.", True, "unlike its review"),
        Labelled("I loved it", True, "unlike its review"),
    ]
    assert next(assessed([review._replace(positive=True)], found)).kind == "as its review"


def test_enough_sentences_of_both_kinds_are_assessed():
    found = opinions()

    assert len(found) == 422
    assert 0.4 < sum(found.values()) / len(found) < 0.6
    assert all(re.fullmatch("[0-9a-f]{16}", sentence) for sentence in found)


def test_a_score_is_of_all_answers_and_of_the_sure_ones():
    right = np.array([True, True, False, True])
    sure = np.array([True, False, True, False])

    assert score("these", right, sure) == ("these", 4, 0.75, 0.5, 0.5)
    assert np.isnan(score("these", right, ~sure & sure).sure_accuracy)


def test_the_tables_hold_every_kind_and_the_behaviour_suite(tmp_path, capsys):
    model = model_folder(tmp_path / "model", "run-7")

    assert main([str(model), "--dataset", str(dataset(tmp_path))]) == 0

    output = capsys.readouterr().out
    assert "Model run-7" in output
    assert "| short reviews | 410 |" in output
    for kind in {review.kind for review in short_reviews()}:
        assert f"| … {kind.replace('_', ' ')} | " in output
    assert "42 reviews of reviews.csv were not learnt from" in output
    assert "| sentences with an opinion | 43 |" in output
    assert "| … two or more | 20 |" in output
    assert "| case | " in output
    assert "| all cases | " in output


def test_the_short_reviews_alone_need_no_dataset(tmp_path, capsys):
    model = model_folder(tmp_path / "model")

    assert main([str(model)]) == 0

    output = capsys.readouterr().out
    shares = [float(share) for share in re.findall(r"\| short reviews \| 410 \| ([\d.]+)%", output)]
    assert len(shares) == 1
    assert "opinion" not in output


def test_what_cannot_be_read_is_told_in_a_sentence(tmp_path, capsys):
    assert main([str(tmp_path)]) == 1
    assert "model.json can't be read" in capsys.readouterr().err

    model = model_folder(tmp_path / "model")
    assert main([str(model), "--dataset", str(tmp_path / "none.csv")]) == 1
    assert "none.csv" in capsys.readouterr().err
