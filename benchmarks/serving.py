"""A serve process: how long it takes to start and to answer, beside the arithmetic limit; memory.

The limit is the time that one core needs for the multiplications and additions of the LSTM in
float32, were it as fast as in a large matrix product; the rate of that is measured in the same run.
Processor time, as Linux counts it, is fair on a busy machine too.
"""

import http.client
import json
import os
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from benchmarks.table import Measurement

ROOT = Path(__file__).parent.parent
WORDS = 230  # of an average review of the IMDB data
STARTS = 9
REQUESTS = 320  # by so many clients together
CLIENTS = (1, 4, 16)
PRODUCTS = 60  # of which the fastest counts
LONG = 100_000  # words of one review
MIXED = (3, 30, 230, 1_000)  # words of the reviews of one request, 25 of each


class Served(NamedTuple):
    """A process that has answered; seconds to its first answer, and of the processor."""

    port: int
    process: int
    seconds: float
    busy: float


def serving_rows(python: Path, model: Path, words: Sequence[str]) -> Iterator[Measurement]:
    """All rows about serve alone; `words` are reviews one after the other."""
    starts = []
    for _ in range(STARTS):
        with served(python, model) as one:
            starts.append(one)
    yield _start_row(starts)
    limit, rate = limit_seconds(model)
    told = f"{limit * 1000:.1f} ms at {rate / 1e9:.0f} GFLOP/s"
    yield Measurement(f"arithmetic limit, {WORDS} words, float32, one core", told)
    with served(python, model) as one:
        bodies = [body(model, [list(part)]) for part in cut(words, WORDS)]
        ask_all(one.port, bodies[:30], 1)
        for clients in CLIENTS:
            yield _clients_row(one, bodies, clients, limit)
        mixed = [body(model, [list(words[:length])]) for length in MIXED]
        for clients in (CLIENTS[0], CLIENTS[-1]):
            what = f"… {' or '.join(map(str, MIXED))} words, {_clients(clients)}"
            yield Measurement(what, _asked(one, mixed, clients)[0])
        yield Measurement("… memory after that, at most", f"{peak_megabytes(one.process)} MB")
        yield from _large_rows(one, model, words)


def _start_row(starts: list[Served]) -> Measurement:
    seconds = statistics.median(one.seconds for one in starts)
    busy = statistics.median(one.busy for one in starts)
    slowest = max(one.seconds for one in starts)
    measured = f"median {seconds:.2f} s, slowest {slowest:.2f} s, {busy:.2f} s of the processor"
    return Measurement("`serve`, start to first answer", measured, "< 1 s", seconds < 1)


def _clients_row(one: Served, bodies: list[str], clients: int, limit: float) -> Measurement:
    measured, busy = _asked(one, bodies, clients)
    measured += f", {busy / limit:.2f} of the limit"
    what = f"`/invocations`, {WORDS} words, {_clients(clients)}"
    if clients > 1:
        return Measurement(what, measured)
    return Measurement(what, measured, "≤ 2 times the limit", busy <= 2 * limit)


def _asked(one: Served, bodies: Sequence[str], clients: int) -> tuple[str, float]:
    """What so many requests by clients together took, and the processor's seconds for each."""
    before = busy_seconds(one.process)
    started = time.perf_counter()
    # Shuffled: clients that ask for the same lengths in step would flatter the batches.
    order = np.random.default_rng(1).permutation(REQUESTS) % len(bodies)
    seconds = ask_all(one.port, [bodies[number] for number in order], clients)
    took = time.perf_counter() - started
    busy = (busy_seconds(one.process) - before) / REQUESTS
    cuts = statistics.quantiles(seconds, n=100)
    measured = (
        f"p50 {cuts[49] * 1000:.1f} ms, p99 {cuts[98] * 1000:.1f} ms, {REQUESTS / took:.0f}"
        f" a second; {busy * 1000:.1f} ms of the processor each"
    )
    return measured, busy


def _clients(clients: int) -> str:
    return f"{clients} client{'s' * (clients > 1)}"


def _large_rows(one: Served, model: Path, words: Sequence[str]) -> Iterator[Measurement]:
    """A review of LONG words, and a hundred of mixed length."""
    long = [[words[index % len(words)] for index in range(LONG)]]
    mixed = [list(words[:length]) for length in MIXED] * 25
    for what, reviews in ((f"one review of {LONG:,} words", long), ("100 reviews, mixed", mixed)):
        before = busy_seconds(one.process)
        ask_all(one.port, [body(model, reviews)], 1)
        busy, most = busy_seconds(one.process) - before, peak_megabytes(one.process)
        measured = f"{busy:.2f} s of the processor, memory at most {most} MB"
        yield Measurement(f"`/invocations`, {what}", measured)


def limit_seconds(model: Path) -> tuple[float, float]:
    """The limit for one review, and the floating-point operations a second that it rests on."""
    config = json.loads((model / "model.json").read_bytes())["config"]
    one_word = 4 * config["hidden"] * (config["embedding"] + config["hidden"])
    directions, multiply_and_add, size = 2, 2, 1024
    matrix = np.random.default_rng(1).random((size, size), np.float32)
    fastest = min(_seconds_of_product(matrix) for _ in range(PRODUCTS))
    rate = multiply_and_add * size**3 / fastest
    return directions * multiply_and_add * one_word * WORDS / rate, rate


def _seconds_of_product(matrix: Any) -> float:
    started = time.process_time()  # of all threads: the rate is one core's
    matrix @ matrix
    return time.process_time() - started


def cut(words: Sequence[str], length: int) -> Iterator[Sequence[str]]:
    for start in range(0, min(len(words) - length, 60 * length), length):
        yield words[start : start + length]


def body(model: Path, reviews: list[list[str]]) -> str:
    tokenizer = json.loads((model / "model.json").read_bytes())["tokenizer"]
    return json.dumps({"tokenizer": tokenizer, "reviews": reviews})


def ask_all(port: int, bodies: Sequence[str], clients: int) -> list[float]:
    """Seconds of each request, the bodies shared out among clients that ask at the same time."""
    seconds: list[float] = []

    def client(mine: Sequence[str]) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        for one in mine:
            started = time.perf_counter()
            connection.request("POST", "/invocations", one, {"content-type": "application/json"})
            response = connection.getresponse()
            response.read()
            assert response.status == 200
            seconds.append(time.perf_counter() - started)
        connection.close()

    threads = [threading.Thread(target=client, args=[bodies[n::clients]]) for n in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seconds) == len(bodies), "a client failed"
    return seconds


@contextmanager
def served(python: Path, model: Path) -> Iterator[Served]:
    port = free_port()
    command = [str(python), str(ROOT / "training/serve.py"), "--port", str(port)]
    environment = os.environ | {
        "SM_MODEL_DIR": str(model),
        "BIND_HOST": "127.0.0.1",
        "PYTHONPATH": "",
    }
    first = body(model, [["good"]])
    start = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    try:
        while not answers(port, first):
            if process.poll() is not None:
                sys.exit("serve ended by itself")
            time.sleep(0.002)
        seconds = time.perf_counter() - start
        yield Served(port, process.pid, seconds, busy_seconds(process.pid))
    finally:
        process.terminate()
        process.wait()


def answers(port: int, first: str) -> bool:
    try:
        ask = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        ask.request("POST", "/invocations", first, {"content-type": "application/json"})
        return ask.getresponse().status == 200
    except ConnectionError:
        return False
    finally:
        ask.close()


def busy_seconds(process: int) -> float:
    """What it has used of the processor so far, threads that have ended included."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_megabytes(process: int) -> int:
    status = Path(f"/proc/{process}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) // 1024


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
