"""How soon page and verdict are there after `python -m local up`, by turns with another checkout.

    .venv/bin/python -m benchmarks.up
    .venv/bin/python -m benchmarks.up --beside ../older

Each round starts both from nothing and again, with the first model; the medians are printed in
seconds. The first round is left out: it fills the disk's cache.
"""

import argparse
import json
import statistics
import subprocess
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from urllib.request import Request, urlopen

from benchmarks.loop import ROOT, free_ports

QUESTION = json.dumps({"text": "A wonderful film."}).encode()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--beside", type=Path, metavar="FOLDER", help="another checkout")
    parser.add_argument("--rounds", type=int, default=6)
    arguments = parser.parse_args()
    checkouts = [ROOT, *([arguments.beside.resolve()] if arguments.beside else [])]
    found = defaultdict(list)
    for number in range(arguments.rounds):
        for checkout in checkouts:
            with tempfile.TemporaryDirectory(prefix="verdict-") as state:
                seconds = [*started(checkout, state), *started(checkout, state)]
            if number:
                found[checkout].append(seconds)
    print(
        "| checkout | page | first verdict | page, again | verdict, again |\n|---|---|---|---|---|"
    )
    for checkout, rounds in found.items():
        medians = [f"{statistics.median(column):.1f} s" for column in zip(*rounds, strict=True)]
        print(f"| {checkout} | {' | '.join(medians)} |")


def started(checkout: Path, state: str) -> tuple[float, float]:
    """Seconds from `up` to the page, and to the first verdict."""
    port, aws_port = free_ports()
    began = time.monotonic()
    options = ["--state", state, "--port", str(port), "--aws-port", str(aws_port)]
    options += ["--first-model", "models/imdb"]
    cloud = subprocess.Popen(
        [str(checkout / ".venv/bin/python"), "-m", "local", "up", *options],
        cwd=checkout,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        page = answered(Request(f"http://127.0.0.1:{port}/")) - began
        url, kind = f"http://127.0.0.1:{port}/api/sentiment", {"content-type": "application/json"}
        return page, answered(Request(url, QUESTION, kind)) - began
    finally:
        cloud.terminate()
        cloud.wait()


def answered(request: Request) -> float:
    """When a request was first answered with 200; AssertionError after a minute without."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            with urlopen(request, timeout=20):
                return time.monotonic()
        except OSError:
            time.sleep(0.02)
    raise AssertionError(f"{request.full_url} doesn't answer")


if __name__ == "__main__":
    main()
