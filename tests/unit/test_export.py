"""The ONNX graph says what the PyTorch model says."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from sentiment.export import export
from sentiment.model import SentimentModel
from tests.unit.models import model

LENGTHS = torch.tensor([1, 9, 2, 9, 5])
IDS = torch.randint(2, 40, (5, 9), generator=torch.Generator().manual_seed(3))
IDS[1, 3], IDS[3, 0], IDS[4, 1:3] = 1, 1, 1  # unknown words
IDS *= torch.arange(9) < LENGTHS.unsqueeze(1)


@pytest.fixture(scope="module")
def made() -> SentimentModel:
    return model(40)


@pytest.fixture(scope="module")
def path(made: SentimentModel, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("export") / "model.onnx"
    export(made, place)
    return place


def run(path: Path, ids: torch.Tensor, lengths: torch.Tensor) -> tuple[np.ndarray, np.ndarray]:
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    logit, shares = session.run(
        None, {"ids": ids.numpy(), "lengths": lengths.numpy().astype(np.int32)}
    )
    return logit, shares


def test_logit_and_shares_are_pytorchs(made, path):
    logit, shares = made.explain(IDS, LENGTHS)

    got_logit, got_shares = run(path, IDS, LENGTHS)

    np.testing.assert_allclose(got_logit, logit.detach(), atol=1e-4)
    np.testing.assert_allclose(got_shares, shares.detach(), atol=1e-4)


def test_neither_the_batch_nor_more_padding_changes_an_answer(path):
    logit, shares = run(path, torch.nn.functional.pad(IDS, (0, 4)), LENGTHS)

    for row, length in enumerate(LENGTHS.tolist()):
        alone, own = run(path, IDS[row : row + 1, :length], LENGTHS[row : row + 1])
        np.testing.assert_allclose(alone[0], logit[row], atol=1e-5)
        np.testing.assert_allclose(own[0], shares[row, :length], atol=1e-5)
        assert not shares[row, length:].any()


def test_the_shares_and_the_bias_add_up_to_the_logit(made, path):
    logit, shares = run(path, IDS, LENGTHS)

    np.testing.assert_allclose(made.bias.item() + shares.sum(1), logit, atol=1e-5)


def test_equal_maxima_are_shared_as_in_pytorch(tmp_path):
    made = model(40)
    with torch.no_grad():
        for lstm in (made.recurrent.forwards, made.recurrent.backwards):
            lstm.weight_hh_l0.zero_()
            lstm.bias_ih_l0[5:10] = -100
    export(made, tmp_path / "model.onnx")
    ids, lengths = torch.tensor([[7, 7, 7, 8]]), torch.tensor([4])

    _, shares = run(tmp_path / "model.onnx", ids, lengths)

    np.testing.assert_allclose(shares, made.explain(ids, lengths)[1].detach(), atol=1e-5)


def test_the_file_needs_standard_operators_only_and_nothing_beside_it(path):
    graph = onnx.load(path)

    assert {node.domain for node in graph.graph.node} == {""}
    assert [entry.domain for entry in graph.opset_import] == [""]
    assert list(path.parent.iterdir()) == [path]
