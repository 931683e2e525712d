"""Several processes that learn together: one thread each, gradients summed with gloo.

One thread per process is the fast way to use several cores here: two threads in one LSTM are
slower than one. The process that was started is one of the learners; it starts the others of its
host, and none outlives it.
"""

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing.connection import wait
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, distributed

from sentiment.settings import json_object

PORT = 29_500  # between the hosts of one job; a job on one host opens none
PATIENCE = timedelta(minutes=20)  # hosts may read their copy of the dataset at different speeds


@dataclass(frozen=True)
class World:
    """This process's rank among all that learn together, and where they meet."""

    rank: int = 0
    size: int = 1
    meet: str = ""  # torch.distributed's init_method

    def join(self) -> None:
        """Meet the others; returns when all are there."""
        torch.set_num_threads(1)
        if self.size > 1:
            distributed.init_process_group(
                "gloo", self.meet, timeout=PATIENCE, rank=self.rank, world_size=self.size
            )

    def leave(self) -> None:
        """Part from the others."""
        if distributed.is_initialized():
            distributed.destroy_process_group()

    def sum(self, tensor: Tensor) -> Tensor:
        """Replace the tensor by its sum over all processes, bit for bit the same in each."""
        if self.size > 1:
            distributed.all_reduce(tensor)
        return tensor

    def copy_from_first(self, tensor: Tensor) -> None:
        """Replace the tensor by the first process's."""
        if self.size > 1:
            distributed.broadcast(tensor, 0)


class Hosts(NamedTuple):
    """All hosts of the job, which of them this one is, and by what they reach each other."""

    names: list[str]
    own: str
    interface: str | None


def hosts_of(base: Path) -> Hosts:
    """The hosts that SageMaker names below its base folder; without it, this one alone."""
    resources = json_object(base / "input/config/resourceconfig.json") or {}
    names = resources.get("hosts", ["localhost"])
    own = resources.get("current_host", names[0])
    return Hosts(names, own, resources.get("network_interface_name"))


def world_of(processes: int, hosts: Hosts, folder: Path) -> World:
    """The world of the process that was started: torchrun's variables, or hosts times processes.

    Which network gloo listens on is set for this process and those that it starts.
    """
    if "WORLD_SIZE" in os.environ:
        return World(int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"]), "env://")
    names = sorted(hosts.names)
    rank, size = names.index(hosts.own) * processes, len(names) * processes
    if len(names) > 1:
        if hosts.interface:
            os.environ.setdefault("GLOO_SOCKET_IFNAME", hosts.interface)
        return World(rank, size, f"tcp://{names[0]}:{PORT}")
    loopback = "lo0" if sys.platform == "darwin" else "lo"
    os.environ.setdefault("GLOO_SOCKET_IFNAME", loopback)  # nothing of ours listens outside
    return World(rank, size, f"file://{folder / 'meeting'}")


@contextmanager
def workers(
    world: World, count: int, work: Callable[[World, Path], None], folder: Path
) -> Iterator[None]:
    """Run `work` in `count` further processes meanwhile; their input is in `folder`."""
    context = multiprocessing.get_context("spawn")
    children = [
        context.Process(
            target=_child,
            args=(World(world.rank + 1 + index, world.size, world.meet), work, folder),
            daemon=True,
        )
        for index in range(count)
    ]
    for child in children:
        child.start()
    try:
        world.join()
        yield
        for child in children:
            child.join()
    finally:
        for child in children:  # before parting, or they would complain of it
            child.kill()
            child.join()
        world.leave()


def _child(world: World, work: Callable[[World, Path], None], folder: Path) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches us too; the parent ends us
    threading.Thread(target=_end_with_parent, daemon=True).start()
    world.join()
    work(world, folder)
    world.leave()
    sys.stdout.flush()
    os._exit(0)  # now and then threads of torch, ended by an orderly exit, abort the process


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
