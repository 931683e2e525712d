"""What a network makes of reviews when it learns nothing, by all processes together."""

import torch
from torch import Tensor

from sentiment.learning.batches import Encoded, by_length, padded
from sentiment.learning.parallel import World
from sentiment.learning.plan import Plan
from sentiment.model.network import Recurrent

BATCH_WORDS = 16_384  # of one batch


@torch.no_grad()
def logits_of(model: Recurrent, encoded: Encoded, plan: Plan, world: World | None = None) -> Tensor:
    """Logits of all reviews, read in windows, each process of the world computing its share."""
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
