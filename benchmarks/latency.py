"""Cold starts and warm latency against the budgets of the design.

    .venv/bin/python -m benchmarks.latency [--model FOLDER]

Installs what each function and `serve` need, and nothing else, into virtual environments of their
own; asks `serve` about 230-word reviews, directly and through the function; prints a table. Without
--model it trains one on the example reviews first. Exit 1: a budget is not held.
"""

import argparse
import csv
import json
import statistics
import subprocess
import sys
import tempfile
import threading
import venv
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.relay import Relay
from benchmarks.serving import WORDS, served, serving_rows
from benchmarks.table import Measurement, show
from local.templates import FUNCTION, parse, resources


class FunctionCode(NamedTuple):
    """A function's code, and the environment that it runs in."""

    folder: Path
    environment: dict[str, str]


ROOT = Path(__file__).parent.parent
TRAINING = ROOT / "training"
LAYER = "AWS::Serverless::LayerVersion"
STARTS = 9
REQUESTS = 600
WARM_UP = 50

COLD = """
import time
start, busy = time.perf_counter(), time.process_time()
import app
print(time.perf_counter() - start, time.process_time() - busy)
"""
WARM = """
import io, json, sys, time
from types import SimpleNamespace
import app

context = SimpleNamespace(
    function_name="predict",
    memory_limit_in_mb="1024",
    invoked_function_arn="arn",
    aws_request_id="1",
)
output = sys.stdout
for line in sys.stdin:
    event = json.loads(line)
    sys.stdout = io.StringIO()  # the metrics
    start, busy = time.perf_counter(), time.process_time()
    answer = app.lambda_handler(event, context)
    seconds, busy = time.perf_counter() - start, time.process_time() - busy
    print(answer["statusCode"], seconds, busy, file=output, flush=True)
"""


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--model", type=Path, help="a model folder")
    model = parser.parse_args().model
    with tempfile.TemporaryDirectory(prefix="verdict-") as name:
        folder = Path(name)
        model = (model or trained(folder)).resolve()
        rows = [*cold_imports(folder), *serving(folder, model)]
    show(rows)
    return int(any(row.held is False for row in rows))


def trained(folder: Path) -> Path:
    tell("training a model on the example reviews")
    command = [sys.executable, str(TRAINING / "train.py")]
    command += ["--dataset", str(ROOT / "examples/reviews.csv")]
    command += ["--model-dir", str(folder / "model"), "--output-dir", str(folder / "output")]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return folder / "model"


def cold_imports(folder: Path) -> Iterator[Measurement]:
    for function in functions():
        python = environment_for(folder, function.folder.name, function.folder)
        tell(f"importing {function.folder.name} {STARTS} times")
        runs = [run(python, COLD, function.environment).split() for _ in range(STARTS)]
        median = statistics.median(float(seconds) for seconds, _ in runs)
        busy = statistics.median(float(processor) for _, processor in runs)
        measured = f"median {median:.2f} s, {busy:.2f} s of the processor"
        yield Measurement(f"cold import of `{function.folder.name}`", measured, "< 1 s", median < 1)


def functions() -> Iterator[FunctionCode]:
    """The template's functions, with the environment that it gives them where it matters."""
    template = parse((ROOT / "template.yaml").read_text(encoding="utf-8"))
    defaults = {name: item.get("Default") for name, item in template["Parameters"].items()}
    shared = template["Globals"]["Function"]["Environment"]["Variables"]
    layers = {name: ROOT / r["Properties"]["ContentUri"] for name, r in resources(template, LAYER)}
    for _, function in resources(template, FUNCTION):
        folder = ROOT / function["Properties"]["CodeUri"]
        paths = [folder, *(layers[layer["Ref"]] for layer in function["Properties"]["Layers"])]
        variables = shared | function["Properties"]["Environment"]["Variables"]
        environment = {
            name: value if isinstance(value, str) else str(defaults.get(value.get("Ref"), "name"))
            for name, value in variables.items()
        }
        path = {"PYTHONPATH": ":".join(map(str, paths)), "AWS_DEFAULT_REGION": "us-east-1"}
        keys = dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), "key")
        yield FunctionCode(folder, environment | path | keys)


def environment_for(folder: Path, name: str, code: Path) -> Path:
    """A virtual environment with a function's requirements, the layer's and Lambda's own boto3."""
    boto3 = next(
        line for line in lines(ROOT / "local/requirements.txt") if line.startswith("boto3")
    )
    files = [code.parent / "requirements.in", TRAINING / "requirements.in"]
    return installed(folder / name, [boto3, *(f"--requirement={file}" for file in files)])


def installed(folder: Path, what: list[str]) -> Path:
    python = folder / "bin/python"
    if not python.exists():
        tell(f"installing into {folder.name}")
        venv.create(folder, with_pip=True, symlinks=True)
        command = [str(python), "-m", "pip", "install", "--quiet", *what]
        subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    return python


def run(python: Path, script: str, environment: dict[str, str]) -> str:
    command = [str(python), "-c", script]
    return subprocess.run(
        command, check=True, env=environment, stdout=subprocess.PIPE, text=True
    ).stdout


def serving(folder: Path, model: Path) -> Iterator[Measurement]:
    python = installed(folder / "serve", [f"--requirement={TRAINING / 'requirements-serve.txt'}"])
    tell("starting serve, asking it directly")
    yield from serving_rows(python, model, [word.lower() for word in words_of_examples()])
    with served(python, model) as one, Relay(one.port) as relay:
        threading.Thread(target=relay.serve_forever, daemon=True).start()
        totals, busy = asked(folder, relay)
        relay.shutdown()
    own = [total - endpoint for total, endpoint in zip(totals, relay.seconds, strict=True)]
    for what, seconds, budget in (
        ("`predict_sentiment` less the endpoint, warm", own, 0.005),
        ("its processor time, on a busy machine the fairer figure", busy, None),
        ("that and the endpoint together", totals, None),
    ):
        p50, p99 = percentiles(seconds[WARM_UP:])
        measured = f"p50 {p50 * 1000:.1f} ms, p99 {p99 * 1000:.1f} ms"
        yield Measurement(
            what, measured, "p99 < 5 ms" if budget else "", p99 < budget if budget else None
        )


def percentiles(seconds: list[float]) -> tuple[float, float]:
    cuts = statistics.quantiles(seconds, n=100)
    return cuts[49], cuts[98]


def asked(folder: Path, relay: Relay) -> tuple[list[float], list[float]]:
    """Seconds in the handler and of its processor, one request after the other, one warm worker."""
    function = next(item for item in functions() if item.folder.name == "predict_sentiment")
    url = f"http://127.0.0.1:{relay.server_address[1]}"
    tell(f"asking {REQUESTS} times")
    process = subprocess.Popen(
        [str(folder / "predict_sentiment/bin/python"), "-c", WARM],
        env=function.environment | {"AWS_ENDPOINT_URL": url},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin
    assert process.stdout
    totals, busy = [], []
    for event in events():
        process.stdin.write(json.dumps(event) + "\n")
        process.stdin.flush()
        status, seconds, processor = process.stdout.readline().split()
        assert status == "200"
        totals.append(float(seconds))
        busy.append(float(processor))
    process.stdin.close()
    process.wait()
    return totals, busy


def events() -> Iterator[dict[str, Any]]:
    """Reviews of 230 words, cut out of the examples from another word on each time."""
    event = json.loads((ROOT / "events/review_submitted.json").read_text())
    words = words_of_examples()
    for number in range(REQUESTS):
        start = number * 17 % (len(words) - WORDS)
        body = json.dumps({"text": " ".join(words[start : start + WORDS])})
        yield event | {"body": body}


def lines(file: Path) -> list[str]:
    return file.read_text().split()


def words_of_examples() -> list[str]:
    with (ROOT / "examples/reviews.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    return " ".join(max(row, key=len) for row in rows[1:]).split()


def tell(what: str) -> None:
    print(f"… {what}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
