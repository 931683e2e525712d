"""The network: what it computes, and that its logit splits over the words exactly."""

import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from sentiment.model.network import ModelConfig, Recurrent, SentimentModel, fading, pair_buckets
from tests.unit.models import model

LENGTHS = torch.tensor([1, 7, 4, 7])


def reviews(lengths: Tensor = LENGTHS, words: int = 10) -> Tensor:
    """Random ids without unknown words, padded."""
    torch.manual_seed(7)
    ids = torch.randint(2, words, (len(lengths), int(lengths.max())))
    return ids * (torch.arange(ids.shape[1]) < lengths.unsqueeze(1))


def test_the_logit_is_the_bias_and_the_contributions_of_the_words():
    made, ids = model(), reviews()

    logit, contributions = made.explain(ids, LENGTHS)

    linear = made.linear_contributions(ids, LENGTHS).sum(1)
    torch.testing.assert_close(logit, made.recurrent(ids, LENGTHS) + linear)
    torch.testing.assert_close(logit, made.bias + contributions.sum(1))


def test_padding_has_no_share_and_changes_nothing():
    made, ids = model(), reviews()
    logit, contributions = made.explain(ids, LENGTHS)

    for row, length in enumerate(LENGTHS.tolist()):
        alone, own = made.explain(ids[row : row + 1, :length], LENGTHS[row : row + 1])
        torch.testing.assert_close(alone[0], logit[row])
        torch.testing.assert_close(own[0], contributions[row, :length])
        assert not contributions[row, length:].any()


def test_both_directions_are_what_a_packed_bidirectional_lstm_gives():
    made, ids = model().recurrent, reviews()
    packed = nn.LSTM(6, 16, bidirectional=True)
    for name, weight in made.forwards.named_parameters():
        getattr(packed, name).data.copy_(weight)
    for name, weight in made.backwards.named_parameters():
        getattr(packed, f"{name}_reverse").data.copy_(weight)

    order = pack_padded_sequence(made.embedding(ids.T), LENGTHS, enforce_sorted=False)
    expected, _ = pad_packed_sequence(packed(order)[0])

    torch.testing.assert_close(made.states(ids, LENGTHS), expected)


def test_a_word_gets_what_changed_as_it_was_read():
    """Computed word by word, from how much the logit depends on each state."""
    made, ids = model().recurrent, reviews()
    half = made.forwards.hidden_size
    states = made.states(ids, LENGTHS).detach().requires_grad_()
    outside = torch.arange(7).unsqueeze(1) >= LENGTHS
    maximum = states.masked_fill(outside.unsqueeze(2), float("-inf")).amax(0)
    mean = states.sum(0) / LENGTHS.unsqueeze(1)
    (maximum @ made.head_maximum + mean @ made.head_mean).sum().backward()
    weights = states.grad

    contributions = made.contributions(ids, LENGTHS)

    for review, length in enumerate(LENGTHS.tolist()):
        before, after = torch.zeros(half), torch.zeros(half)
        for word in range(length):
            now = states[word, review, :half].detach()
            later = weights[word:length, review, :half].sum(0)
            expected = (now - before) @ later
            now_back = states[word, review, half:].detach()
            after = states[word + 1, review, half:].detach() if word + 1 < length else 0 * after
            expected += (now_back - after) @ weights[: word + 1, review, half:].sum(0)
            torch.testing.assert_close(contributions[review, word], expected, atol=1e-5, rtol=1e-4)
            before = now


def test_unknown_words_have_no_weight_and_part_the_pairs():
    made = model()
    made.intercept.zero_()
    ids, lengths = torch.tensor([[4, 1, 5]]), torch.tensor([3])

    contributions = made.linear_contributions(ids, lengths)

    expected = made.unigram[ids] / 3**0.5 * fading(3)
    expected[0, 1] = 0
    torch.testing.assert_close(contributions, expected)


def test_a_pair_belongs_half_to_each_of_its_words():
    made = model()
    made.unigram.zero_()
    made.intercept.zero_()
    ids, lengths = torch.tensor([[4, 5]]), torch.tensor([2])
    buckets, known = pair_buckets(ids, made.config.buckets)

    contributions = made.linear_contributions(ids, lengths)

    assert known.tolist() == [[1.0]]
    expected = made.bigram[buckets] / 2 / 2**0.5 * fading(2)
    torch.testing.assert_close(contributions, expected.expand(1, 2))


def test_the_linear_part_and_its_intercept_count_less_in_short_reviews():
    assert [fading(words) for words in (10, 100, 300)] == pytest.approx([1 / 101, 1 / 2, 9 / 10])
    made = model()
    made.unigram.fill_(2.0)
    made.bigram.zero_()
    ids, lengths = torch.full((2, 100), 4), torch.tensor([100, 25])
    ids[1, 25:] = 0

    contributions = made.linear_contributions(ids, lengths)

    expected = [(2 * 10 + 0.5) / 2, (2 * 5 + 0.5) / 17]
    assert contributions.sum(1).tolist() == pytest.approx(expected)
    assert not contributions[1, 25:].any()


def test_the_order_of_a_pair_matters():
    there, _ = pair_buckets(torch.tensor([[4, 5]]), 2**18)
    back, _ = pair_buckets(torch.tensor([[5, 4]]), 2**18)

    assert there.item() != back.item()


def test_folding_weighs_both_parts_and_moves_the_intercept():
    made, ids = model(), reviews()
    recurrent = made.recurrent(ids, LENGTHS)
    linear = made.linear_contributions(ids, LENGTHS).sum(1)

    made.fold(0.5, 2.0, -0.25, 0.125)
    expected = 0.5 * recurrent + 2 * linear - 0.25 * fading(LENGTHS) + 0.125

    torch.testing.assert_close(made.explain(ids, LENGTHS)[0], expected)


def test_ratios_move_words_apart_along_one_line():
    torch.manual_seed(1)
    made = Recurrent(ModelConfig(4, embedding=6, hidden=5))
    before = made.embedding.weight.detach().clone()

    made.start_from_ratios(torch.tensor([0.0, 0.0, 1.0, -2.0]))

    moved = made.embedding.weight.detach() - before
    assert not moved[:2].any()
    torch.testing.assert_close(moved[3], -2 * moved[2])


def test_a_configuration_is_all_that_rebuilds_the_model():
    made, ids = model(), reviews()

    again = SentimentModel(ModelConfig(**made.config.as_dict())).eval()
    again.load_state_dict(made.state_dict())

    torch.testing.assert_close(again.explain(ids, LENGTHS), made.explain(ids, LENGTHS))
