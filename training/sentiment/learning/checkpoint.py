"""Where learning stands, on disk: whole or not there, and gone on from by the same job only."""

import io
import os
from pathlib import Path
from typing import Any

import torch

from sentiment.learning.parallel import World


def save(path: Path, state: dict[str, Any]) -> None:
    """Write tensors and plain values; renamed into place, so that no half of one is ever read."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".tmp")
    torch.save(state, unfinished)
    os.replace(unfinished, path)


def load(path: Path, key: str, world: World) -> dict[str, Any] | None:
    """Give every process the first one's state, if that has one whose "key" is this."""
    content = path.read_bytes() if world.rank == 0 and _is_ours(path, key) else b""
    size = torch.tensor(len(content))
    world.copy_from_first(size)
    if not size:
        return None
    buffer = torch.zeros(int(size), dtype=torch.uint8)
    if content:
        buffer.copy_(torch.frombuffer(bytearray(content), dtype=torch.uint8))
    world.copy_from_first(buffer)
    stored = io.BytesIO(buffer.numpy().tobytes())
    state: dict[str, Any] = torch.load(stored, map_location="cpu", weights_only=True)
    return state


def _is_ours(path: Path, key: str) -> bool:
    if not path.is_file():
        return False
    try:
        theirs = torch.load(path, map_location="cpu", weights_only=True, mmap=True)["key"]
    except Exception as error:  # whatever is wrong with it: the job can start afresh
        print(f"checkpoint_ignored={type(error).__name__}", flush=True)
        return False
    if theirs != key:
        print("checkpoint_ignored=other_job", flush=True)
    return bool(theirs == key)
