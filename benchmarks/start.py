"""How long after `up` the page is there and the first model answers well.

    .venv/bin/python -m benchmarks.start --folder models/imdb --times 3

Each time a local cloud starts from nothing and a review is asked about until there is an answer,
as a reader would who opens the page at once. CPU seconds are those of all its processes (Linux).
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.request import Request, urlopen

from benchmarks.loop import ROOT, free_ports

GIVE_UP_SECONDS = 600
REVIEW = {"text": "A wonderful film, I loved every minute of it."}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--folder", type=Path, default=ROOT / "models/imdb")
    parser.add_argument("--times", type=int, default=3)
    arguments = parser.parse_args()
    print("| page | good answer | CPU until then |\n|---|---|---|")
    for _ in range(arguments.times):
        page, answer, cpu = start(arguments.folder.resolve())
        print(f"| {page:.2f} s | {answer:.2f} s | {cpu:.2f} s |", flush=True)


def start(folder: Path) -> tuple[float, float, float]:
    """Seconds to the page and to a good answer, and the CPU seconds that it took."""
    with tempfile.TemporaryDirectory(prefix="verdict-") as state:
        port, aws_port = free_ports()
        command = [sys.executable, "-m", "local", "up", "--state", state, "--first-model"]
        command += [str(folder), "--port", str(port), "--aws-port", str(aws_port)]
        began = time.monotonic()
        cloud = subprocess.Popen(command, cwd=ROOT, stdout=sys.stderr)
        try:
            wait_for(Request(f"http://127.0.0.1:{port}/"), began)
            page = time.monotonic() - began
            request = Request(f"http://127.0.0.1:{port}/api/sentiment", json.dumps(REVIEW).encode())
            request.add_header("content-type", "application/json")
            answer = json.loads(wait_for(request, began))
            seconds = time.monotonic() - began
            assert answer["results"][0]["sentiment"] == "positive", answer
            return page, seconds, cpu_seconds(cloud.pid)
        finally:
            cloud.terminate()
            cloud.wait()


def wait_for(request: Request, began: float) -> bytes:
    """Ask again and again, until the answer is a good one."""
    while True:
        try:
            with urlopen(request, timeout=60) as answer:
                return bytes(answer.read())
        except OSError:
            if time.monotonic() - began > GIVE_UP_SECONDS:
                raise
        time.sleep(0.02)


def cpu_seconds(root: int) -> float:
    """What a process and all that it has started have used so far."""
    parents, used = {}, {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:  # ended meanwhile
            continue
        parents[int(path.parent.name)] = int(fields[1])
        used[int(path.parent.name)] = int(fields[11]) + int(fields[12])
    family = {root}
    while more := {pid for pid, parent in parents.items() if parent in family} - family:
        family |= more
    return sum(used.get(pid, 0) for pid in family) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
