"""What a training starts from: the first that serves the dataset and hasn't seen it."""

from pathlib import Path

import numpy as np
import pytest
import torch

from sentiment.learning.initial import choose
from sentiment.model import base
from sentiment.model.base import Base
from sentiment.model.language import LanguageConfig, LanguageModel
from sentiment.model.network import Recurrent
from sentiment.model.weights import WeightsError, recurrent_weights
from sentiment.settings import SettingsError
from sentiment.text import fingerprint
from sentiment.vocabulary import Vocabulary
from tests.unit.models import WORDS, model, model_folder

SEEN = np.array([fingerprint(["good", "film"])], np.uint64)
NEW = np.array([fingerprint(["bad", "book"])], np.uint64)


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """A base, and a first live model that has learnt from SEEN."""
    torch.manual_seed(1)
    language = LanguageModel(LanguageConfig(len(WORDS) + 2, embedding=6, hidden=5))
    base.save(tmp_path / "base", Base(language, Vocabulary(WORDS), {}))
    return tmp_path / "base", model_folder(tmp_path / "imdb", learnt_from=("good film",))


def test_auto_starts_from_the_first_live_model_for_rows_it_has_not_seen(folders):
    initial = choose("auto", *folders, NEW)

    assert initial.as_dict() == {
        "from": "imdb",
        "why": "The first live model has learnt from none of these rows.",
    }
    assert initial.vocabulary.words == WORDS
    assert initial.learnt_from.tolist() == SEEN.tolist()


def test_auto_starts_from_the_base_if_the_first_live_model_has_seen_a_row(folders):
    initial = choose("auto", *folders, np.concatenate([NEW, SEEN]))

    assert initial.name == "base"
    assert initial.why == "The first live model has learnt from 1 of these rows."
    assert "head_mean" not in initial.weights
    assert not len(initial.learnt_from)


def test_auto_starts_from_scratch_where_there_is_nothing(tmp_path):
    initial = choose("auto", tmp_path / "no base", tmp_path / "no model", NEW)

    assert (initial.name, initial.weights, len(initial.vocabulary)) == ("scratch", {}, 2)
    assert "no base" in initial.why


@pytest.mark.parametrize("wish", ["imdb", "base"])
def test_a_wish_that_cannot_be_had_is_refused(tmp_path, wish):
    with pytest.raises(SettingsError, match="Choose another --init"):
        choose(wish, tmp_path, tmp_path, NEW)


def test_the_first_live_model_is_refused_by_name_too_for_rows_it_has_seen(folders):
    with pytest.raises(SettingsError, match="has learnt from 1 of these rows"):
        choose("imdb", *folders, SEEN)


def test_what_was_asked_for_is_taken(folders):
    assert choose("base", *folders, NEW).name == "base"
    assert choose("imdb", *folders, NEW).name == "imdb"
    assert choose("scratch", *folders, NEW).name == "scratch"


def test_the_exported_weights_come_back_as_near_as_eight_bits_allow(folders):
    _, imdb = folders
    weights = recurrent_weights(imdb / "model.onnx")

    made = model().recurrent.state_dict()
    assert weights.keys() == made.keys()
    for name, weight in made.items():
        torch.testing.assert_close(weights[name], weight, atol=0.03, rtol=0)


def test_a_file_that_is_no_graph_of_ours_is_named(tmp_path):
    (tmp_path / "model.onnx").write_bytes(b"nothing")

    with pytest.raises(WeightsError, match=r"model\.onnx is no graph"):
        recurrent_weights(tmp_path / "model.onnx")


def test_new_words_start_as_unknown_ones(folders):
    weights = choose("base", *folders, NEW).weights
    config = model().config
    grown = Recurrent(type(config)(config.words + 3, 6, 5))

    grown.start_from(weights)

    embedding = grown.embedding.weight
    torch.testing.assert_close(embedding[1 : config.words], weights["embedding.weight"][1:])
    for row in range(config.words, config.words + 3):
        torch.testing.assert_close(embedding[row], weights["embedding.weight"][1])


@pytest.mark.parametrize("content", ['{"version": 9}', "[]", "{"])
def test_why_a_model_is_no_start_ends_with_one_full_stop(tmp_path, content):
    (tmp_path / "model.json").write_text(content)

    why = choose("auto", tmp_path / "no base", tmp_path, NEW).why

    assert "There is no first live model to start from: " in why
    assert ".." not in why
