"""The network: a review's logit is a bias plus one number per word, exactly.

Two parts add up. The recurrent part reads the words in both directions and pools what it read by
maximum and by mean. The linear part looks up a weight for every word and every pair of neighbours.
Both split over the words without an approximation, so what the page shows for a word is what it
contributed to the verdict.

    config = ModelConfig(words=20_000)
    model = SentimentModel(config)
    logit, contributions = model.explain(ids, lengths)  # logit == model.bias + contributions.sum(1)
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn

from sentiment.vocabulary import FIRST_KNOWN, PAD, UNKNOWN

RATIO_SCALE = 0.3  # of what each embedding starts out knowing of its word
HALF = 100  # words
PAIR_MULTIPLIER = 1_000_003  # prime, so that pairs spread over all buckets


@dataclass(frozen=True)
class ModelConfig:
    """Everything that is needed to build the network again around its saved weights."""

    words: int  # rows of the embedding, padding and unknown included
    embedding: int = 128
    hidden: int = 128  # each direction
    buckets: int = 2**18  # pairs of words share this many weights by hashing
    dropout: float = 0.5

    def as_dict(self) -> dict[str, Any]:
        """The configuration as JSON takes it."""
        return asdict(self)


def fading(lengths: Any) -> Any:
    """lengths² / (lengths² + HALF²): how much the linear part counts, 0.5 at `HALF` words.

    In short reviews an order of words decides that it can't see.
    """
    return lengths**2 / (lengths**2 + HALF**2)


def pair_buckets(ids: Tensor, buckets: int) -> tuple[Tensor, Tensor]:
    """Bucket of each pair of neighbours, 1.0 where both are known; both (batch, time - 1)."""
    first, second = ids[:, :-1], ids[:, 1:]
    known = (first >= FIRST_KNOWN) & (second >= FIRST_KNOWN)
    return (first * PAIR_MULTIPLIER + second) % buckets, known.float()


class Recurrent(nn.Module):
    """Words → both directions of an LSTM → maximum and mean over time → one linear head."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.embedding = nn.Embedding(config.words, config.embedding, padding_idx=PAD)
        self.forwards = nn.LSTM(config.embedding, config.hidden)
        self.backwards = nn.LSTM(config.embedding, config.hidden)
        self.head_maximum = nn.Parameter(torch.zeros(2 * config.hidden))
        self.head_mean = nn.Parameter(torch.zeros(2 * config.hidden))
        self.bias = nn.Parameter(torch.zeros(()))
        self.dropout = nn.Dropout(config.dropout)
        self.embedding_dropout = nn.Dropout(config.dropout / 2)
        nn.init.normal_(self.embedding.weight, std=0.1)
        nn.init.normal_(self.head_maximum, std=0.1)
        nn.init.normal_(self.head_mean, std=0.1)

    @torch.no_grad()
    def start_from_ratios(self, ratios: Tensor) -> None:
        """Embedding of word i += ratios[i] * one random direction: how much it speaks for a label.

        The LSTM then has something to read from the first step on, instead of searching for it
        through most of an epoch. `ratios` has shape (words,): see `log_count_ratios`.
        """
        direction = RATIO_SCALE * torch.randn(self.embedding.embedding_dim)
        self.embedding.weight += torch.outer(ratios, direction)

    @torch.no_grad()
    def start_from(self, weights: Mapping[str, Tensor]) -> None:
        """Take over weights by name; words beyond those of the embedding start as unknown ones."""
        self.load_state_dict(
            {name: weight for name, weight in weights.items() if name != "embedding.weight"},
            strict=False,
        )
        embedding = weights["embedding.weight"]
        self.embedding.weight[: len(embedding)] = embedding
        self.embedding.weight[len(embedding) :] = embedding[UNKNOWN]
        self.embedding.weight[PAD] = 0

    def states(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """What the LSTM holds at each word: (time, batch, 2 * hidden), zero after a review's end.

        The second direction reads each review reversed within its own length: as exact as packing
        the batch and, while training, several times faster.
        """
        time = torch.arange(ids.shape[1], device=ids.device).unsqueeze(1)  # (time, 1)
        inside = time < lengths  # (time, batch)
        reversal = torch.where(inside, lengths - 1 - time, time)  # its own inverse
        embedded = self.embedding(ids.T)  # (time, batch, embedding)
        # The same numbers are hidden of each word of a review.
        embedded = embedded * self.embedding_dropout(torch.ones_like(embedded[:1]))
        ahead = self.forwards(embedded)[0]
        back = _reorder(self.backwards(_reorder(embedded, reversal))[0], reversal)
        return torch.cat([ahead, back], 2) * inside.unsqueeze(2)

    def forward(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """Logits (batch,) of ids (batch, time); each review has at least one word."""
        states = self.states(ids, lengths)
        maximum = _masked(states, lengths).amax(0).float()
        mean = states.sum(0, dtype=torch.float32) / lengths.unsqueeze(1)
        # No matrix product: it would be one of 16 bits where the LSTM's are.
        parts = self.dropout(maximum) * self.head_maximum + self.dropout(mean) * self.head_mean
        logit: Tensor = parts.sum(1) + self.bias
        return logit

    def contributions(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """Each word's part of the logit (batch, time): what changed as it was read, weighed.

        A state is the sum of all changes until then, so the logit, a weighed sum of states, is one
        of changes too, each weighed by all states from its word on. (After Murdoch & Szlam 2017,
        "Automatic Rule Extraction from Long Short Term Memory Networks".) A word that the LSTM
        remembers to the end of a sentence gets its due, not the full stop.
        """
        states = self.states(ids, lengths)
        masked = _masked(states, lengths)
        at_maximum = (masked == masked.amax(0)).float()
        at_maximum = at_maximum / at_maximum.sum(0)  # equal maxima share
        inside = (torch.arange(len(states)).unsqueeze(1) < lengths).float().unsqueeze(2)
        mean = inside / lengths.unsqueeze(1)
        weights = at_maximum * self.head_maximum + mean * self.head_mean
        pad = nn.functional.pad
        half = states.shape[2] // 2
        ahead, back = states[:, :, :half], states[:, :, half:]
        ahead = ahead - pad(ahead, (0, 0, 0, 0, 1, 0))[:-1]
        back = back - pad(back, (0, 0, 0, 0, 0, 1))[1:]
        from_here = weights[:, :, :half].flip(0).cumsum(0).flip(0)
        until_here = weights[:, :, half:].cumsum(0)
        return ((ahead * from_here).sum(2) + (back * until_here).sum(2)).T


class SentimentModel(nn.Module):
    """The sum of the recurrent part and the linear part, whose weights are set, not trained."""

    unigram: Tensor
    bigram: Tensor
    intercept: Tensor

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        self.recurrent = Recurrent(config)
        self.register_buffer("unigram", torch.zeros(config.words))
        self.register_buffer("bigram", torch.zeros(config.buckets))
        self.register_buffer("intercept", torch.zeros(()))

    @property
    def bias(self) -> Tensor:
        """The logit of a review before its first word is read."""
        return self.recurrent.bias

    def linear_contributions(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """Each word's part (batch, time): its weight and half of that of each pair it is in.

        The intercept is parted among all words, so that it fades in short reviews as well.
        """
        single = self.unigram[ids] * (ids >= FIRST_KNOWN)
        buckets, known = pair_buckets(ids, self.config.buckets)
        half = self.bigram[buckets] * known / 2
        pad = nn.functional.pad
        together = single + pad(half, (0, 1)) + pad(half, (1, 0))
        length = lengths.float().unsqueeze(1)
        inside = torch.arange(ids.shape[1]) < length
        contributions: Tensor = fading(length) * (
            together / length.sqrt() + self.intercept * inside / length
        )
        return contributions

    def explain(self, ids: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """Logits (batch,) and what each word contributes (batch, time), 0 after a review's end."""
        contributions = self.recurrent.contributions(ids, lengths)
        contributions = contributions + self.linear_contributions(ids, lengths)
        return self.bias + contributions.sum(1), contributions

    def set_linear(self, unigram: object, bigram: object, intercept: float) -> None:
        """Take over the linear part: weights, arrays of (words,) and (buckets,), and intercept."""
        self.unigram.copy_(torch.as_tensor(unigram))
        self.bigram.copy_(torch.as_tensor(bigram))
        self.intercept.fill_(intercept)

    @torch.no_grad()
    def fold(self, recurrent: float, linear: float, intercept: float, bias: float) -> None:
        """Weigh both parts, and move the intercept of the linear one and the bias."""
        part = self.recurrent
        for weighed in (part.head_maximum, part.head_mean, part.bias):
            weighed.mul_(recurrent)
        for weights in (self.unigram, self.bigram, self.intercept):
            weights.mul_(linear)
        self.intercept.add_(intercept)
        part.bias.add_(bias)


def _reorder(states: Tensor, order: Tensor) -> Tensor:
    """Take step order[t, b] of review b at time t."""
    return states.gather(0, order.unsqueeze(2).expand(-1, -1, states.shape[2]))


def _masked(states: Tensor, lengths: Tensor) -> Tensor:
    """States with minus infinity after a review's end, so that no maximum is found there."""
    outside = torch.arange(len(states), device=states.device).unsqueeze(1) >= lengths
    return states.masked_fill(outside.unsqueeze(2), float("-inf"))
