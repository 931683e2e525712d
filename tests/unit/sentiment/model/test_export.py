"""The ONNX graph says what the PyTorch model says, with bytes for weights nearly so."""

import copy
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from sentiment.model.export import export
from sentiment.model.network import ModelConfig, SentimentModel
from sentiment.model.quantize import LSTM_STEPS
from sentiment.model.weights import recurrent_weights
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
    path = tmp_path_factory.mktemp("export") / "model.onnx"
    export(made, path, "float32")
    return path


@pytest.fixture(scope="module")
def larger() -> SentimentModel:
    """A model with weights of the size that training gives them."""
    torch.manual_seed(5)
    larger = SentimentModel(ModelConfig(300, embedding=64, hidden=64, buckets=2**12)).eval()
    larger.set_linear(3 * torch.randn(300), 3 * torch.randn(2**12), 0.5)  # it fades in short ones
    with torch.no_grad():
        larger.recurrent.embedding.weight *= 5
        larger.recurrent.head_mean *= 5
    return larger


@pytest.fixture(scope="module")
def bytes_path(larger: SentimentModel, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("export") / "model.onnx"
    export(larger, path)
    return path


def run(
    path: Path, ids: torch.Tensor, lengths: torch.Tensor, threads: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    logit, contributions = session.run(
        None, {"ids": ids.numpy(), "lengths": lengths.numpy().astype(np.int32)}
    )
    return logit, contributions


def test_logit_and_contributions_are_pytorchs(made, path):
    logit, contributions = made.explain(IDS, LENGTHS)

    got_logit, got_contributions = run(path, IDS, LENGTHS)

    np.testing.assert_allclose(got_logit, logit.detach(), atol=1e-4)
    np.testing.assert_allclose(got_contributions, contributions.detach(), atol=1e-4)


def test_neither_the_batch_nor_more_padding_changes_an_answer(path):
    logit, contributions = run(path, torch.nn.functional.pad(IDS, (0, 4)), LENGTHS)

    for row, length in enumerate(LENGTHS.tolist()):
        alone, own = run(path, IDS[row : row + 1, :length], LENGTHS[row : row + 1])
        np.testing.assert_allclose(alone[0], logit[row], atol=1e-5)
        np.testing.assert_allclose(own[0], contributions[row, :length], atol=1e-5)
        assert not contributions[row, length:].any()


def test_the_contributions_and_the_bias_add_up_to_the_logit(made, path):
    logit, contributions = run(path, IDS, LENGTHS)

    np.testing.assert_allclose(made.bias.item() + contributions.sum(1), logit, atol=1e-5)


def test_equal_maxima_are_shared_as_in_pytorch(tmp_path):
    made = model(40)
    with torch.no_grad():
        for lstm in (made.recurrent.forwards, made.recurrent.backwards):
            lstm.weight_hh_l0.zero_()
            lstm.bias_ih_l0[16:32] = -100
    export(made, tmp_path / "model.onnx", "float32")
    ids, lengths = torch.tensor([[7, 7, 7, 8]]), torch.tensor([4])

    _, contributions = run(tmp_path / "model.onnx", ids, lengths)

    np.testing.assert_allclose(contributions, made.explain(ids, lengths)[1].detach(), atol=1e-5)


def test_the_file_needs_standard_operators_only_and_nothing_beside_it(path):
    graph = onnx.load(path)

    assert {node.domain for node in graph.graph.node} == {""}
    assert [entry.domain for entry in graph.opset_import] == [""]
    assert list(path.parent.iterdir()) == [path]


# --- int8 ---------------------------------------------------------------------------------------

MANY = torch.randint(2, 300, (6, 60), generator=torch.Generator().manual_seed(4))
MANY_LENGTHS = torch.tensor([60, 40, 17, 5, 2, 1])
MANY *= torch.arange(60) < MANY_LENGTHS.unsqueeze(1)
TOLERANCE = 0.03  # of the logit; on a trained model the root mean square is 0.024


def each(
    path: Path, ids: torch.Tensor, lengths: torch.Tensor, threads: int = 1
) -> list[tuple[float, np.ndarray]]:
    """Each review alone: logit and contributions."""
    answers = []
    for row, length in enumerate(lengths.tolist()):
        logit, contributions = run(
            path, ids[row : row + 1, :length], lengths[row : row + 1], threads
        )
        answers.append((float(logit[0]), contributions[0]))
    return answers


def test_bytes_say_nearly_what_pytorch_says(larger, bytes_path):
    logit, contributions = larger.explain(MANY, MANY_LENGTHS)

    assert logit.std() > 0.3  # else it would be no wonder
    for row, (got_logit, got_contributions) in enumerate(each(bytes_path, MANY, MANY_LENGTHS)):
        assert got_logit == pytest.approx(logit[row].item(), abs=TOLERANCE)
        expected = contributions[row, : len(got_contributions)].detach()
        # a maximum may be found at another word, where it is all but equal
        assert np.abs(got_contributions - expected.numpy()).mean() < TOLERANCE


def test_with_bytes_the_contributions_and_the_bias_add_up_too(larger, bytes_path):
    for logit, contributions in each(bytes_path, MANY, MANY_LENGTHS):
        assert larger.bias.item() + contributions.sum() == pytest.approx(logit, abs=1e-5)


def test_with_bytes_neither_the_batch_nor_more_padding_changes_an_answer(bytes_path):
    logit, contributions = run(bytes_path, torch.nn.functional.pad(MANY, (0, 9)), MANY_LENGTHS)

    for row, (alone, own) in enumerate(each(bytes_path, MANY, MANY_LENGTHS)):
        assert logit[row] == pytest.approx(alone, abs=1e-5)
        np.testing.assert_allclose(contributions[row, : len(own)], own, atol=1e-5)
        assert not contributions[row, MANY_LENGTHS[row] :].any()


def test_with_bytes_no_word_lies_beyond_the_bounds_and_no_state(larger, tmp_path):
    """Were one larger than what is thought to be the largest, all others would be rounded by it."""
    made = copy.deepcopy(larger)
    with torch.no_grad():
        made.recurrent.embedding.weight[7] = 40.0  # one word, in one review only
        for lstm in (made.recurrent.forwards, made.recurrent.backwards):
            lstm.weight_ih_l0 *= 20  # states at their limits
    export(made, tmp_path / "model.onnx")
    ids = torch.randint(8, 300, (2, 30), generator=torch.Generator().manual_seed(6))
    ids[1, 10:20] = 7
    lengths = torch.tensor([30, 30])

    together, _ = run(tmp_path / "model.onnx", ids, lengths)

    for row, (alone, _) in enumerate(each(tmp_path / "model.onnx", ids, lengths)):
        assert together[row] == pytest.approx(alone, abs=1e-4)


def test_weights_read_back_are_those_of_the_network_without_the_bounds(larger, bytes_path):
    weights = recurrent_weights(bytes_path)

    expected = larger.recurrent.state_dict()
    assert weights.keys() == expected.keys()
    for name, weight in weights.items():
        rough = expected[name].abs().max() / LSTM_STEPS / 2
        torch.testing.assert_close(weight, expected[name], atol=float(rough) + 1e-6, rtol=0)


def test_with_bytes_the_number_of_threads_changes_nothing_of_a_review_alone(bytes_path):
    one, two = (each(bytes_path, MANY, MANY_LENGTHS, threads) for threads in (1, 2))

    for (logit, contributions), (same_logit, same_contributions) in zip(one, two, strict=True):
        assert logit == same_logit
        np.testing.assert_array_equal(contributions, same_contributions)


def test_bytes_are_the_default_and_take_a_third_of_the_space(larger, bytes_path, tmp_path):
    export(larger, tmp_path / "model.onnx", "float32")
    graph = onnx.load(bytes_path)

    assert bytes_path.stat().st_size < (tmp_path / "model.onnx").stat().st_size / 3
    contributed = [node.op_type for node in graph.graph.node if node.domain]
    assert contributed == ["DynamicQuantizeLSTM"]
