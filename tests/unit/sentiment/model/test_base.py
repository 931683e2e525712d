import json
from pathlib import Path

import numpy as np
import pytest
import torch

from sentiment.model import base
from sentiment.model.language import LanguageConfig, LanguageModel
from sentiment.vocabulary import Vocabulary


@pytest.fixture
def folder(tmp_path):
    torch.manual_seed(0)
    model = LanguageModel(LanguageConfig(5, embedding=4, hidden=3))
    base.save(tmp_path, base.Base(model, Vocabulary(["a", "fine", "film"]), {"words_read": 7}))
    return tmp_path, model


def test_what_is_saved_comes_back(folder):
    path, model = folder

    loaded = base.load(path)

    assert loaded.vocabulary.words == ("a", "fine", "film")
    assert loaded.provenance == {"words_read": 7}
    assert loaded.model.config == model.config
    for name, tensor in model.state_dict().items():
        step = tensor.abs().amax(-1, keepdim=True) / 127 if tensor.ndim == 2 else 0
        assert ((loaded.model.state_dict()[name] - tensor).abs() <= step / 2 + 1e-6).all(), name


def test_matrices_are_bytes_and_nothing_is_a_pickle(folder):
    path, model = folder

    with np.load(path / "weights.npz", allow_pickle=False) as weights:
        for name, tensor in model.state_dict().items():
            assert weights[name].dtype == (np.int8 if tensor.ndim == 2 else np.float32)
    assert {file.name for file in path.iterdir()} == {"base.json", "weights.npz"}


def test_another_tokenizer_is_refused(folder):
    path, _ = folder
    content = json.loads((path / "base.json").read_text())
    (path / "base.json").write_text(json.dumps(content | {"tokenizer": 99}))

    with pytest.raises(base.BaseError, match=r"tokenizer version 99.*pretrain again"):
        base.load(path)


@pytest.mark.parametrize("missing", ["base.json", "weights.npz"])
def test_a_folder_that_is_not_whole_is_refused(folder, missing):
    path, _ = folder
    (path / missing).unlink()

    with pytest.raises(base.BaseError, match="no base weights"):
        base.load(path)


def test_weights_of_another_size_are_refused(folder):
    path, _ = folder
    content = json.loads((path / "base.json").read_text())
    content["config"]["hidden"] = 30
    (path / "base.json").write_text(json.dumps(content))

    with pytest.raises(base.BaseError, match="no base weights"):
        base.load(path)


def test_the_base_in_the_repository_is_whole_and_small():
    folder = Path(__file__).parents[4] / "models/base"

    loaded = base.load(folder)

    assert {"film", "good", "don't"} <= set(loaded.vocabulary.words)
    assert all(" " not in word for word in loaded.vocabulary.words)
    assert sum(file.stat().st_size for file in folder.iterdir()) < 20e6
    ids = torch.from_numpy(loaded.vocabulary.encode(["a", "waste", "of", "time"])).unsqueeze(1)
    expected, targets = loaded.model.outputs(0, ids, None, torch.Generator())
    usual = -loaded.model.bias[targets] + torch.logsumexp(loaded.model.bias, 0)
    surprise = loaded.model.loss(expected[-1:], targets[-1:])
    assert surprise < usual[-1] - 3  # "time" after "a waste of" is expected
