"""What a network makes of reviews when it learns nothing, by all processes together."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sentiment.dataset.encoded import Encoded
from sentiment.learning.batches import by_length, padded
from sentiment.learning.parallel import World
from sentiment.learning.plan import Plan
from sentiment.model.network import ModelConfig, Recurrent

BATCH_WORDS = 16_384  # of one batch


@torch.no_grad()
def logits_of(model: Recurrent, encoded: Encoded, plan: Plan, world: World | None = None) -> Tensor:
    """Logits (reviews,), read in windows; each process of the world computes some batches."""
    world = world or World()
    model.eval()
    device = next(model.parameters()).device
    parts, owner, shares = encoded.in_windows(plan.longest)
    logits = torch.zeros(len(encoded))
    for number, batch in enumerate(by_length(parts, BATCH_WORDS)):
        if number % world.size == world.rank:
            ids, lengths = padded([parts.review(index) for index in batch])
            with torch.autocast(device.type, torch.bfloat16, enabled=plan.bfloat16):
                found = model(ids.to(device), lengths.to(device)).cpu()
            logits.index_add_(
                0, torch.from_numpy(owner[batch]), found * torch.from_numpy(shares[batch])
            )
    return world.sum(logits)


def save_for_workers(folder: Path, weights: dict[str, Tensor], reviews: Encoded) -> None:
    """Put there what every LogitsWorker needs."""
    torch.save(weights, folder / "weights.pt")
    reviews.save(folder, "reviews")


@dataclass(frozen=True)
class LogitsWorker:
    """What each process does when nothing is learnt: the logits of some of the reviews."""

    config: ModelConfig
    plan: Plan

    def __call__(self, world: World, folder: Path) -> None:
        """In a further process: the first one has the sum."""
        self.logits(world, folder)

    def logits(self, world: World, folder: Path) -> NDArray[np.float64]:
        """The recurrent part's logits (reviews,) of all reviews in the folder."""
        model = Recurrent(self.config)
        model.load_state_dict(torch.load(folder / "weights.pt", weights_only=True))
        model.to(self.plan.device)
        logits = logits_of(model, Encoded.load(folder, "reviews"), self.plan, world)
        return logits.numpy().astype(np.float64)
