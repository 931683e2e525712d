import numpy as np
import pytest
import torch

from sentiment.model.language import (
    Candidates,
    Dropout,
    LanguageConfig,
    LanguageModel,
    padded_pieces,
)

WORDS = 12


@pytest.fixture
def model() -> LanguageModel:
    torch.manual_seed(0)
    return LanguageModel(LanguageConfig(WORDS, embedding=6, hidden=8))


def random() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def test_the_sampled_loss_is_exact_once_every_word_is_a_candidate(model):
    counts = np.array([0, 0, *range(10, 20)])
    candidates = Candidates(counts, draws=5_000)
    drawn = candidates.draw(np.random.default_rng(0))
    expected, targets = model.outputs(0, torch.tensor([[2, 5], [3, 6], [4, 7]]), None, random())

    sampled = model.sampled_loss(expected, targets, drawn, candidates.log_included)

    assert drawn.tolist() == list(range(2, WORDS))
    assert sampled.item() == pytest.approx(model.loss(expected, targets).item() / 4, rel=1e-5)


def test_the_sampled_loss_is_near_the_exact_one_on_average():
    torch.manual_seed(1)
    model = LanguageModel(LanguageConfig(500, embedding=6, hidden=8))
    counts = np.maximum(1000 // np.arange(1, 501), 1)
    model.start_from(counts)
    candidates = Candidates(counts, draws=100)
    ids = torch.randint(2, 500, (20, 30), generator=random())
    expected, targets = model.outputs(0, ids, None, random())
    draws = [candidates.draw(np.random.default_rng(seed)) for seed in range(200)]

    estimates = [
        model.sampled_loss(expected, targets, drawn, candidates.log_included).item()
        for drawn in draws
    ]

    exact = model.loss(expected, targets).item() / len(targets)
    assert np.mean(estimates) == pytest.approx(exact, rel=0.03)


def test_padding_and_unknown_words_are_never_targets_nor_candidates(model):
    counts = np.array([50, 50, *range(10, 20)])

    drawn = Candidates(counts, draws=1_000).draw(np.random.default_rng(0))
    _, targets = model.outputs(0, torch.tensor([[2, 5], [1, 6], [4, 0]]), None, random())

    assert drawn.min() >= 2
    assert targets.tolist() == [6, 4]


def test_a_piece_is_reversed_within_its_own_length():
    pieces = [np.array([2, 3, 4]), np.array([5, 6])]

    assert padded_pieces(pieces, is_reversed=False).T.tolist() == [[2, 3, 4], [5, 6, 0]]
    assert padded_pieces(pieces, is_reversed=True).T.tolist() == [[4, 3, 2], [6, 5, 0]]


def test_what_comes_after_padding_changes_nothing(model):
    alone, _ = model.outputs(0, torch.tensor([[2], [3], [4]]), None, random())
    padded, _ = model.outputs(0, torch.tensor([[2], [3], [4], [0], [0]]), None, random())

    torch.testing.assert_close(padded, alone)


def test_the_two_directions_have_weights_of_their_own_and_one_embedding(model):
    ids = torch.tensor([[2], [3], [4]])
    for direction in range(2):
        expected, targets = model.outputs(direction, ids, None, random())
        loss = model.loss(expected, targets)
        gradients = torch.autograd.grad(loss, list(model.parameters()), allow_unused=True)
        moved = {
            name
            for (name, _), gradient in zip(model.named_parameters(), gradients, strict=True)
            if gradient is not None
        }
        assert {"embedding.weight", f"lstms.{direction}.weight_hh_l0"} <= moved
        assert f"lstms.{1 - direction}.weight_hh_l0" not in moved


def test_the_same_places_are_hidden_at_every_word(model):
    torch.nn.init.ones_(model.embedding.weight)
    seen = []
    model.lstms[0].register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))

    model.outputs(0, torch.full((5, 40), 3), Dropout(0.5, state=0, weights=0), random())

    (embedded,) = seen
    assert torch.equal(embedded, embedded[:1].expand_as(embedded))
    assert 0.3 < (embedded == 0).float().mean() < 0.7
    assert set(embedded.unique().tolist()) == {0.0, 2.0}


def test_a_hidden_weight_from_state_to_state_carries_nothing_and_learns_nothing(model):
    ids = torch.tensor([[2], [3], [4]])
    whole = model.outputs(0, ids, None, random())[0]

    without = model.outputs(0, ids, Dropout(0, 0, weights=1 - 1e-9), random())[0]
    half = model.outputs(0, ids, Dropout(0, 0, weights=0.5), random())[0]
    half.sum().backward()

    torch.testing.assert_close(without[0], whole[0])  # there was no state before the first word
    assert not torch.allclose(without[1], whole[1])
    with torch.no_grad():
        model.lstms[0].weight_hh_l0.zero_()
    torch.testing.assert_close(without, model.outputs(0, ids, None, random())[0])
    assert 0.3 < (model.lstms[0].weight_hh_l0.grad == 0).float().mean() < 0.7


def test_words_start_out_as_likely_as_they_are_frequent(model):
    model.start_from(np.array([0, 0, 90, *[1] * 9]))

    share = torch.softmax(model.bias.detach(), 0)
    assert share[2] == pytest.approx(91 / 111, rel=1e-3)
