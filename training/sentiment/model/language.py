"""Two language models on one embedding: each word from those before it, and from those after it.

What they learn of a language from reviews without labels is where every fine-tuning can start. The
softmax over all words is estimated from sampled candidates (Jean et al. 2015, "On Using Very Large
Target Vocabulary for Neural Machine Translation"), weighted by how likely each is to be drawn.
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from sentiment.vocabulary import FIRST_KNOWN, PAD

DIRECTIONS = 2  # forwards, backwards
FLATTENING = 0.75  # rare words are drawn as candidates more often than they occur
NEVER = -1e4


@dataclass(frozen=True)
class LanguageConfig:
    """Everything that is needed to build the models again around their saved weights."""

    words: int  # rows of the embedding, padding and unknown included
    embedding: int = 160
    hidden: int = 320  # each direction

    def as_dict(self) -> dict[str, Any]:
        """The configuration as JSON takes it."""
        return asdict(self)


@dataclass(frozen=True)
class Dropout:
    """Shares that are hidden while learning, the same at every word of a review (variational)."""

    embedding: float
    state: float
    weights: float  # of the LSTM's, from state to state (Merity et al. 2018, AWD-LSTM)


class Candidates:
    """The words that a step's targets compete with."""

    def __init__(self, counts: NDArray[np.int64], draws: int) -> None:
        weights = counts.astype(np.float64) ** FLATTENING
        weights[:FIRST_KNOWN] = 0
        share = weights / weights.sum()
        self.draws = draws
        self._cumulative = np.cumsum(share)
        included = -np.expm1(draws * np.log1p(-np.minimum(share, 1 - 1e-12)))
        self.log_included = torch.from_numpy(np.log(included + 1e-12)).float()

    def draw(self, random: np.random.Generator) -> Tensor:
        """Distinct ids, at most `draws` of them."""
        drawn = np.searchsorted(self._cumulative, random.random(self.draws), side="right")
        last = len(self._cumulative) - 1
        return torch.from_numpy(np.unique(drawn.clip(FIRST_KNOWN, last)))


class LanguageModel(nn.Module):
    """The embedding is both input and output (Press & Wolf 2017), in both directions."""

    def __init__(self, config: LanguageConfig) -> None:
        super().__init__()
        self.config = config
        size, hidden = config.embedding, config.hidden
        self.embedding = nn.Embedding(config.words, size)
        self.lstms = nn.ModuleList([nn.LSTM(size, hidden) for _ in range(DIRECTIONS)])
        self.projections = nn.ModuleList([nn.Linear(hidden, size) for _ in range(DIRECTIONS)])
        self.bias = nn.Parameter(torch.zeros(config.words))
        nn.init.normal_(self.embedding.weight, std=0.1)

    def start_from(self, counts: NDArray[np.int64]) -> None:
        """Let every word start out as likely as it is frequent."""
        share = (counts + 1) / (counts + 1).sum()
        self.bias.data.copy_(torch.from_numpy(np.log(share)))

    def outputs(
        self, direction: int, ids: Tensor, dropout: Dropout | None, random: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """What is expected at each known word, (targets, embedding), and the words (targets,).

        Ids are (time, batch), already reversed for the second direction.
        """
        targets = ids[1:].reshape(-1)
        embedded = self.embedding(ids[:-1])
        if dropout:
            embedded = embedded * _mask(embedded[:1], dropout.embedding, random)
        states = self._states(direction, embedded, dropout.weights if dropout else 0, random)
        if dropout:
            states = states * _mask(states[:1], dropout.state, random)
        known = (targets >= FIRST_KNOWN).nonzero().squeeze(1)
        expected = self.projections[direction](states.reshape(len(targets), -1)[known])
        return expected, targets[known]

    def _states(
        self, direction: int, embedded: Tensor, hidden: float, random: torch.Generator
    ) -> Tensor:
        """What the LSTM holds at each word (time, batch, hidden), a share of its weights hidden."""
        lstm = self.lstms[direction]
        weights = {}
        if hidden:
            whole = lstm.get_parameter("weight_hh_l0")
            weights["weight_hh_l0"] = whole * _mask(whole, hidden, random)
        states: Tensor = torch.func.functional_call(lstm, weights, (embedded,))[0]
        return states

    def sampled_loss(
        self, expected: Tensor, targets: Tensor, candidates: Tensor, log_included: Tensor
    ) -> Tensor:
        """Mean cross-entropy in nats: each candidate stands for all that are as likely as it.

        Expected (targets, embedding), targets (targets,), candidates (candidates,), and
        `log_included` (words,), by which the candidates' logits are corrected.
        """
        right = (expected * self.embedding(targets)).sum(1).float()
        right = right + self.bias[targets]
        others = (expected @ self.embedding(candidates).T).float()
        others = others + self.bias[candidates] - log_included[candidates]
        others = others.masked_fill(targets.unsqueeze(1) == candidates, NEVER)
        total = torch.logsumexp(torch.cat([right.unsqueeze(1), others], 1), 1)
        loss: Tensor = (total - right).mean()
        return loss

    def loss(self, expected: Tensor, targets: Tensor) -> Tensor:
        """Summed cross-entropy in nats over all words but padding and unknown, exactly."""
        logits = (expected @ self.embedding.weight.T).float() + self.bias
        logits[:, :FIRST_KNOWN] = NEVER
        total: Tensor = nn.functional.cross_entropy(logits, targets, reduction="sum")
        return total


def _mask(like: Tensor, share: float, random: torch.Generator) -> Tensor:
    """0 for a share of all elements, and for the rest what keeps the mean."""
    kept = torch.rand(like.shape, generator=random, device=random.device) >= share
    return kept.to(like) / (1 - share)


def padded_pieces(pieces: list[NDArray[Any]], *, is_reversed: bool) -> Tensor:
    """Ids (time, batch), each piece reversed within its own length if wanted."""
    ids = np.full((max(map(len, pieces)), len(pieces)), PAD, np.int64)
    for column, piece in enumerate(pieces):
        ids[: len(piece), column] = piece[::-1] if is_reversed else piece
    return torch.from_numpy(ids)
