"""Each function, cold and warm: in the local cloud, under Lambda's emulator, under `sam local`.

    .venv/bin/python -m benchmarks.functions

Needs Docker and SAM (`make .venv-sam/ready`). A local cloud with the tests' stand-in container has
a model live and nothing to do, so that the times are those of functions and runtimes. Cold is a new
process or container up to its first answer; `sam local invoke` is the whole command. Prints a
Markdown table of medians.
"""

import contextlib
import json
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from local.programs import program
from local.sam import FUNCTION
from local.template import Resource, Stack, load
from local.workers import Worker
from tests.conftest import ROOT, Cloud, stand_in_template
from tests.containers.sam_local import Checkout, Server
from tests.integration.rie import Rie
from tests.needs import needs_emulator, needs_sam

STARTS, REQUESTS = 5, 40
EVENTS = {"S3": "dataset_uploaded", "HttpApi": "review_submitted", "Schedule": "schedule_fired"}
PLACES = ("local cloud", "emulator", "sam local start-lambda", "sam local invoke")


def main() -> None:
    subprocess.run([ROOT / "tests/containers/lambda-image"], check=True)
    with tempfile.TemporaryDirectory() as name, live(Path(name)) as cloud:
        stack = load(cloud.template)
        checkout = Checkout(Path(name) / "checkout", cloud, needs_sam())
        checkout.prepare()
        print(f"| function | {' | '.join(f'{place}, cold | warm' for place in PLACES[:3])}", end="")
        print(f" | {PLACES[3]} |\n|{'---|' * 8}")
        for function in stack.of_type(FUNCTION):
            cells = [*in_workers(function, stack, cloud), *under_rie(function, stack, cloud)]
            cells += [*under_start_lambda(function, checkout), by_invoke(function, checkout)]
            told = " | ".join(f"{cell * 1000:,.0f} ms" for cell in cells)
            print(f"| `{function.logical_id}` | {told} |", flush=True)


@contextlib.contextmanager
def live(folder: Path) -> Iterator[Cloud]:
    """A local cloud in which the dataset of the events is live."""
    cloud = Cloud(folder, stand_in_template(folder))
    cloud.start()
    try:
        cloud.drop("reviews.csv", (ROOT / "examples/reviews.csv").read_bytes())
        cloud.follow("reviews.csv", "live")
        cloud.fault("event_dropped", times=None)  # schedules would compete for the two cores
        yield cloud
    finally:
        cloud.stop()


def event_of(function: Resource) -> str:
    """The file of the event that the function is there for."""
    kinds = [event["Type"] for event in function.properties["Events"].values()]
    return next(EVENTS[kind] for kind in EVENTS if kind in kinds)


def in_workers(function: Resource, stack: Stack, cloud: Cloud) -> tuple[float, float]:
    """Cold and warm, in workers as the local cloud starts them."""
    payload = (ROOT / f"events/{event_of(function)}.json").read_bytes()
    seconds = int(function.properties["Timeout"])

    def start() -> tuple[Callable[[], Any], Callable[[], None]]:
        worker = Worker(program(function, stack, cloud.aws, cloud.folder))
        return lambda: worker.call("1", function.arn, payload, seconds), worker.stop

    return timed(start)


def under_rie(function: Resource, stack: Stack, cloud: Cloud) -> tuple[float, float]:
    """Cold and warm, under AWS's runtime interface emulator."""
    event = json.loads((ROOT / f"events/{event_of(function)}.json").read_text())
    seconds = int(function.properties["Timeout"])

    def start() -> tuple[Callable[[], Any], Callable[[], None]]:
        running = program(function, stack, cloud.aws, cloud.folder)
        rie = Rie(needs_emulator(), running, seconds)
        return lambda: rie.invoke(event), rie.stop

    return timed(start)


def under_start_lambda(function: Resource, checkout: Checkout) -> tuple[float, float]:
    """Cold and warm, in containers of `sam local start-lambda`; its own start isn't counted."""
    payload = (ROOT / f"events/{event_of(function)}.json").read_bytes()
    cold, warm = [], []
    for _ in range(STARTS):
        server = Server(checkout, "start-lambda", "--warm-containers", "LAZY")
        client = server.client()
        try:
            asked = {"FunctionName": function.logical_id, "Payload": payload}
            cold.append(clock(lambda: client.invoke(**asked)["Payload"].read()))  # noqa: B023 (called at once)
            for _ in range(REQUESTS // STARTS):
                warm.append(clock(lambda: client.invoke(**asked)["Payload"].read()))  # noqa: B023 (called at once)
        finally:
            server.stop()
    return statistics.median(cold), statistics.median(warm)


def by_invoke(function: Resource, checkout: Checkout) -> float:
    """The whole command `sam local invoke`."""
    logical_id, event = function.logical_id, event_of(function)
    return statistics.median(
        clock(lambda: checkout.invoke(logical_id, event)) for _ in range(STARTS)
    )


def timed(start: Callable[[], tuple[Callable[[], Any], Callable[[], None]]]) -> tuple[float, float]:
    """Medians of the first call, start included, and of those that follow it."""
    cold, warm = [], []
    for _ in range(STARTS):
        began = time.perf_counter()
        call, stop = start()
        call()
        cold.append(time.perf_counter() - began)
        warm += [clock(call) for _ in range(REQUESTS // STARTS)]
        stop()
    return statistics.median(cold), statistics.median(warm)


def clock(call: Callable[[], Any]) -> float:
    """Seconds that a call takes."""
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
