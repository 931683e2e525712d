"""The page's API under load on the local cloud: answers a second, latency, whose processor it took.

    .venv/bin/python -m benchmarks.load --model models/imdb

Clients ask one after the other, each over connections of its own, for short reviews and for those
of an average length, as a browser does. The processor's seconds are told by who used them: on a
busy machine they are the fairer figure, less what the cloud takes while nobody asks.
"""

import argparse
import csv
import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.serving import busy_seconds, free_port

ROOT = Path(__file__).parent.parent
WORDS, CLIENTS = (20, 230), (1, 8, 32)
ROLES = (  # who is who by its command line; the first that fits
    ("endpoint", "serve.py"),
    ("functions", "_worker.py"),
    ("front", "-m local up"),
)


def main() -> int:
    flags = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    flags.add_argument("--model", type=Path, default=ROOT / "models/imdb")
    flags.add_argument("--seconds", type=float, default=10, help="for each row, at most")
    args = flags.parse_args()
    print("| words | clients | a second | p50 | p99 | not 200 | processor an answer |")
    print("|---|---|---|---|---|---|---|")
    with cloud(args.model) as (port, process):
        texts = words_of_examples()
        warm_up(port, texts, WORDS[0], max(CLIENTS))
        idle = idle_share(process, args.seconds)
        told = ", ".join(f"{name} {share:.0%}" for name, share in idle.items())
        print(f"| | 0 | | | | | of one core: {told} |", flush=True)
        for words in WORDS:
            for clients in CLIENTS:
                print(row(port, process, texts, words, clients, args.seconds, idle), flush=True)
    return 0


def row(
    port: int,
    process: int,
    texts: Sequence[str],
    words: int,
    clients: int,
    seconds: float,
    idle: dict[str, float],
) -> str:
    warm_up(port, texts, words, clients)
    before, started = busy(process), time.monotonic()
    taken: list[float] = []
    refused: list[int] = []

    def client(number: int) -> None:
        count = 0
        while time.monotonic() < started + seconds:
            begun = time.monotonic()
            status = ask(port, body(texts, words, number * 1000 + count))
            count += 1
            if status == 200:
                taken.append(time.monotonic() - begun)
            else:
                refused.append(status)

    threads = [threading.Thread(target=client, args=[number]) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took, after = time.monotonic() - started, busy(process)
    cuts = statistics.quantiles(taken, n=100)
    used = ", ".join(
        f"{name} {(after[name] - before[name] - idle[name] * took) / len(taken) * 1000:.1f} ms"
        for name in after
    )
    times = f"{cuts[49] * 1000:.0f} ms | {cuts[98] * 1000:.0f} ms"
    return f"| {words} | {clients} | {len(taken) / took:.1f} | {times} | {len(refused)} | {used} |"


def idle_share(process: int, seconds: float) -> dict[str, float]:
    """What the cloud's processes take of a core while nobody asks, by role."""
    before = busy(process)
    time.sleep(seconds)
    return {name: (used - before[name]) / seconds for name, used in busy(process).items()}


def warm_up(port: int, texts: Sequence[str], words: int, clients: int) -> None:
    """Functions start as many processes as are needed; that is a cold start, and told elsewhere."""
    threads = [
        threading.Thread(target=lambda: [ask(port, body(texts, words, n)) for n in range(3)])
        for _ in range(clients)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def ask(port: int, sent: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("POST", "/api/sentiment", sent, {"content-type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()


def body(texts: Sequence[str], words: int, number: int) -> str:
    start = number * 17 % (len(texts) - words)
    return json.dumps({"text": " ".join(texts[start : start + words])})


def words_of_examples() -> list[str]:
    with (ROOT / "examples/reviews.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    return " ".join(max(one, key=len) for one in rows[1:]).split()


@contextmanager
def cloud(model: Path) -> Iterator[tuple[int, int]]:
    """A local cloud with a model live: the page's port and the process."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "local", "up", "--state", folder, "--port", str(port)]
        command += ["--aws-port", str(free_port()), "--first-model", str(model)]
        nowhere = subprocess.DEVNULL
        process = subprocess.Popen(command, cwd=ROOT, stdout=nowhere, stderr=nowhere)
        try:
            until = time.monotonic() + 180
            while time.monotonic() < until and not answers(port):
                time.sleep(0.5)
            yield port, process.pid
        finally:
            process.terminate()
            process.wait()


def answers(port: int) -> bool:
    try:
        return ask(port, json.dumps({"text": "good"})) == 200
    except OSError:
        return False


def busy(process: int) -> dict[str, float]:
    """The processor's seconds of the cloud's processes so far, by role."""
    found: dict[str, float] = dict.fromkeys(("front", "emulator", "functions", "endpoint"), 0.0)
    for one in family(process):
        try:
            line = Path(f"/proc/{one}/cmdline").read_text().replace("\0", " ")
            found[next((role for role, sign in ROLES if sign in line), "emulator")] += busy_seconds(
                one
            )
        except OSError:
            continue  # it has ended
    return found


def family(process: int) -> list[int]:
    """A process and all that it has started."""
    parents: dict[int, list[int]] = {}
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            fields = Path(f"/proc/{entry}/stat").read_text().rpartition(")")[2].split()
            parents.setdefault(int(fields[1]), []).append(int(entry))
        except OSError:
            continue
    found = [process]
    for one in found:
        found += parents.get(one, [])
    return found


if __name__ == "__main__":
    sys.exit(main())
