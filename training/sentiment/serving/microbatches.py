"""Micro-batching: what is asked at the same time is computed together; nobody waits for others.

An LSTM fetches its weights from memory for every word; for a word of each of four reviews it
fetches them once. Those who ask take turns, a batch each, so that a short review needn't wait for
the hundreds that came in before it at once. Short and long are not computed together: the short one
would be filled up, and wait for the long one.
"""

import heapq
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

SIZE = 4  # more is no faster
ALIKE = 2  # times as long, at most

Inputs = NDArray[np.int64]
Outputs = NDArray[np.float32]
Compute = Callable[[Sequence[Inputs]], Sequence[Outputs]]


@dataclass(order=True)
class _Waiting:
    """One that is asked for; those with a lower turn come first, then those that came first."""

    turn: int
    number: int
    inputs: Inputs = field(compare=False)
    outputs: "Future[Outputs]" = field(compare=False, default_factory=Future)

    def is_like(self, other: "_Waiting") -> bool:
        """Whether little is lost where both are computed together."""
        shorter, longer = sorted((len(self.inputs), len(other.inputs)))
        return longer <= ALIKE * shorter


class MicroBatches:
    """Computes for callers from any thread, in so many threads of its own."""

    def __init__(self, compute: Compute, threads: int) -> None:
        self._compute = compute
        self._threads = threads
        self._pool = ThreadPoolExecutor(threads)
        self._lock = Lock()
        self._waiting: list[_Waiting] = []
        self._turn = self._asked = 0
        self._closed = False

    def all(self, inputs: Sequence[Inputs]) -> list[Outputs]:
        """The outputs of all inputs, in their order; raises what the computation raises."""
        shortest_first = sorted(range(len(inputs)), key=lambda index: len(inputs[index]))
        mine: dict[int, _Waiting] = {}
        with self._lock:
            if self._closed:
                raise CancelledError
            for rank, index in enumerate(shortest_first):
                self._asked += 1
                one = _Waiting(self._turn + 1 + rank // SIZE, self._asked, inputs[index])
                mine[index] = one
            self._waiting += mine.values()
        for _ in range(min(self._threads, len(inputs))):
            self._pool.submit(self._work)
        return [mine[index].outputs.result() for index in range(len(inputs))]

    @property
    def waiting(self) -> int:
        """How many inputs nobody has begun to compute."""
        with self._lock:
            return len(self._waiting)

    def close(self) -> None:
        """Compute nothing more: who waits for it, or asks for more, gets a CancelledError."""
        with self._lock:
            self._closed = True
            for one in self._waiting:
                one.outputs.cancel()
            self._waiting.clear()

    def _work(self) -> None:
        """Compute until nothing waits."""
        while batch := self._taken():
            try:
                found: Sequence[Any] = self._compute([one.inputs for one in batch])
                for one, outputs in zip(batch, found, strict=True):
                    one.outputs.set_result(outputs)
            except BaseException as error:  # else who asked would wait for ever
                for one in batch:
                    if not one.outputs.done():
                        one.outputs.set_exception(error)

    def _taken(self) -> list[_Waiting]:
        """Whose turn it is, and those like it whose turn is next."""
        with self._lock:
            if not self._waiting:
                return []
            first = min(self._waiting)
            batch = heapq.nsmallest(SIZE, filter(first.is_like, self._waiting))
            taken = {one.number for one in batch}
            self._waiting = [one for one in self._waiting if one.number not in taken]
            self._turn = first.turn
            return batch
