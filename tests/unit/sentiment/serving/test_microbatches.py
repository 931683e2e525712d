"""What is asked at the same time is computed together, in turns, and everyone gets their own."""

import threading
from collections.abc import Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from sentiment.serving.microbatches import SIZE, MicroBatches


class Computer:
    """Doubles numbers; each batch waits until the gate is open, and is written down."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.entered = threading.Semaphore(0)
        self.batches: list[list[int]] = []

    def __call__(self, inputs: Sequence[np.ndarray]) -> list[np.ndarray]:
        self.batches.append([int(one[0]) for one in inputs])
        self.entered.release()
        assert self.gate.wait(20)
        return [np.asarray(2 * one, np.float32) for one in inputs]


@pytest.fixture
def computer() -> Computer:
    return Computer()


@pytest.fixture
def callers():
    with ThreadPoolExecutor(16) as pool:
        yield pool


def numbers(*values: int) -> list[np.ndarray]:
    return [np.array([value]) for value in values]


def waiting(batches: MicroBatches, count: int) -> None:
    for _ in range(20_000):
        if batches.waiting == count:
            return
        threading.Event().wait(0.001)
    pytest.fail(f"never were {count} waiting")


def plain(outputs: Sequence[np.ndarray]) -> list[float]:
    return [float(one[0]) for one in outputs]


def test_outputs_come_in_the_order_of_their_inputs_whatever_their_sizes(computer):
    computer.gate.set()
    inputs = [np.full(length, length) for length in (5, 1, 9, 3, 7, 2)]

    outputs = MicroBatches(computer, 2).all(inputs)

    assert [len(one) for one in outputs] == [5, 1, 9, 3, 7, 2]
    assert plain(outputs) == [10, 2, 18, 6, 14, 4]
    assert [1, 2] in computer.batches
    assert all(max(batch) <= 2 * min(batch) for batch in computer.batches)  # little is filled up


def test_one_who_asks_alone_does_not_wait_for_others(computer):
    computer.gate.set()

    assert plain(MicroBatches(computer, 1).all(numbers(4))) == [8]
    assert computer.batches == [[4]]


def test_nothing_asked_is_nothing_computed(computer):
    assert MicroBatches(computer, 1).all([]) == []
    assert computer.batches == []


def test_those_who_ask_at_the_same_time_are_computed_together(computer, callers):
    batches = MicroBatches(computer, 1)
    first = callers.submit(batches.all, numbers(1))
    computer.entered.acquire(timeout=20)
    others = [callers.submit(batches.all, numbers(value)) for value in range(2, 7)]
    waiting(batches, 5)

    computer.gate.set()

    assert plain(first.result(20)) == [2]
    assert [plain(other.result(20))[0] for other in others] == [4, 6, 8, 10, 12]
    assert [len(batch) for batch in computer.batches] == [1, 4, 1]  # more is no faster


def test_who_asks_for_little_does_not_wait_for_all_of_one_who_asked_for_much(computer, callers):
    batches = MicroBatches(computer, 1)
    much = callers.submit(batches.all, numbers(*range(10 * SIZE)))
    computer.entered.acquire(timeout=20)
    waiting(batches, 9 * SIZE)
    little = callers.submit(batches.all, numbers(100))
    waiting(batches, 9 * SIZE + 1)

    computer.gate.set()

    assert plain(little.result(20)) == [200]
    assert plain(much.result(20)) == [2 * value for value in range(10 * SIZE)]
    served = next(turn for turn, batch in enumerate(computer.batches) if 100 in batch)
    assert served <= 2


def test_who_asked_for_much_is_not_put_off_by_a_stream_of_others(callers):
    computed: list[list[int]] = []

    def compute(inputs: Sequence[np.ndarray]) -> list[np.ndarray]:
        computed.append([int(one[0]) for one in inputs])
        if len(computed) < 100:  # as soon as one batch is taken the next small one is asked for
            before = batches.waiting  # nothing is taken while this is computed
            callers.submit(batches.all, numbers(*[-1] * SIZE))
            waiting(batches, before + SIZE)
        return [np.asarray(one, np.float32) for one in inputs]

    batches = MicroBatches(compute, 1)

    batches.all(numbers(*range(10 * SIZE)))

    last = max(turn for turn, batch in enumerate(computed) if batch != [-1] * SIZE)
    assert last < 75  # while the stream went on


def test_two_threads_compute_at_the_same_time(computer, callers):
    batches = MicroBatches(computer, 2)
    first = callers.submit(batches.all, numbers(1))
    assert computer.entered.acquire(timeout=20)
    second = callers.submit(batches.all, numbers(2))
    assert computer.entered.acquire(timeout=20)

    computer.gate.set()

    assert plain(first.result(20)) == [2]
    assert plain(second.result(20)) == [4]


def test_what_the_computation_raises_reaches_who_asked_and_nobody_after(callers):
    def compute(inputs: Sequence[np.ndarray]) -> Any:
        if any(one[0] == 13 for one in inputs):
            raise ValueError("unlucky")
        return [np.asarray(one, np.float32) for one in inputs]

    batches = MicroBatches(compute, 1)

    with pytest.raises(ValueError, match="unlucky"):
        batches.all(numbers(13))
    assert plain(batches.all(numbers(12))) == [12]


def test_too_few_outputs_are_an_error_and_no_endless_wait():
    batches = MicroBatches(lambda inputs: [np.zeros(1, np.float32)] * (len(inputs) - 1), 1)

    with pytest.raises(ValueError, match="shorter"):
        batches.all(numbers(1, 2))


def test_once_closed_those_who_wait_are_told_and_what_runs_is_finished(computer, callers):
    batches = MicroBatches(computer, 1)
    running = callers.submit(batches.all, numbers(1))
    computer.entered.acquire(timeout=20)
    late = callers.submit(batches.all, numbers(2))
    waiting(batches, 1)

    batches.close()
    computer.gate.set()

    with pytest.raises(CancelledError):
        late.result(20)
    with pytest.raises(CancelledError):
        batches.all(numbers(3))
    assert plain(running.result(20)) == [2]
    assert computer.batches == [[1]]


def test_each_who_asked_for_much_is_served_a_batch_in_turn(computer, callers):
    """Who asks later begins where the others are, not before them."""
    batches = MicroBatches(computer, 1)
    first = callers.submit(batches.all, numbers(*[1] * 4 * SIZE))
    computer.entered.acquire(timeout=20)
    waiting(batches, 3 * SIZE)
    second = callers.submit(batches.all, numbers(*[2] * 3 * SIZE))
    waiting(batches, 6 * SIZE)

    computer.gate.set()

    assert plain(first.result(20)) == [2] * 4 * SIZE
    assert plain(second.result(20)) == [4] * 3 * SIZE
    assert [batch[0] for batch in computer.batches] == [1, 1, 2, 1, 2, 1, 2]
    assert all(set(batch) == {batch[0]} for batch in computer.batches)
