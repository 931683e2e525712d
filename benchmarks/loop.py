"""Drop a file into a fresh local cloud and tell how long each step took and how good the model is.

    .venv/bin/python benchmarks/loop.py path/to/reviews.jsonl.xz
    .venv/bin/python benchmarks/loop.py --docker examples/reviews.csv

Prints a Markdown table; with --docker the loop in containers beside the one in child processes,
each from nothing, once the images are there. Peak memory is that of all processes of the training
job together, as the kernel counts it for the training's own process and the largest of its
workers.
"""

import argparse
import json
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import boto3

ROOT = Path(__file__).parent.parent


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("file", type=Path)
    parser.add_argument("--docker", action="store_true", help="containers beside child processes")
    arguments = parser.parse_args()
    columns = {"child processes": loop(arguments.file)}
    if arguments.docker:
        loop(arguments.file, "--docker")  # builds the images
        columns["containers"] = loop(arguments.file, "--docker")
    print(f"| what | {' | '.join(columns)} |\n|---|{'---|' * len(columns)}")
    for name in dict.fromkeys(name for rows in columns.values() for name in rows):
        print(f"| {name} | {' | '.join(rows.get(name, '') for rows in columns.values())} |")


def loop(file: Path, *options: str) -> dict[str, str]:
    """What was measured in a local cloud of its own."""
    with tempfile.TemporaryDirectory(prefix="verdict-") as state:
        port, aws_port = free_ports()
        command = [sys.executable, "-m", "local", "up", "--state", state, *options]
        command += ["--port", str(port), "--aws-port", str(aws_port)]
        cloud = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
        try:
            return measured(file, port, aws_port) | (sizes(aws_port) if options else {})
        finally:
            cloud.terminate()
            cloud.wait()


def free_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]


def measured(file: Path, port: int, aws_port: int) -> dict[str, str]:
    start = time.monotonic()
    wait_until_ready(aws_port)
    rows = [("local cloud ready", f"{time.monotonic() - start:.1f} s")]
    start = time.monotonic()
    command = [sys.executable, "-m", "local", "drop", str(file), "--aws-port", str(aws_port)]
    subprocess.run([*command, "--timeout", "3600"], cwd=ROOT, check=False, stdout=sys.stderr)
    rows.append(("dropped → end state", f"{time.monotonic() - start:.1f} s"))
    receipt = receipt_of(file.name, aws_port)
    rows += training_steps(receipt["run"], aws_port)
    if receipt["state"] == "live":
        start = time.monotonic()
        ask(port)
        rows.append(("first answer on the page's address", f"{time.monotonic() - start:.2f} s"))
    evaluation = receipt["evaluation"] or {}
    rows += [("state", receipt["state"]), ("reason", str(receipt["reason"]))]
    for part in ("split", "metrics", "baseline", "parts", "champion", "behaviour", "training"):
        rows += [
            (f"{part}.{name}", str(value)) for name, value in (evaluation.get(part) or {}).items()
        ]
    found = receipt["found"] or {}
    rows += [(name, str(found.get(name))) for name in ("rows_kept", "duplicates", "conflicts")]
    return added_up(rows)


def added_up(rows: list[tuple[str, str]]) -> dict[str, str]:
    """A job may pass through a status more than once: then it has several times."""
    found: dict[str, str] = {}
    for name, value in rows:
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found


def sizes(aws_port: int) -> dict[str, str]:
    """The images that the job and the endpoint ran, and what the endpoint takes while it waits."""
    sagemaker = client("sagemaker", aws_port)
    [job] = sagemaker.list_training_jobs()["TrainingJobSummaries"]
    described = sagemaker.describe_training_job(TrainingJobName=job["TrainingJobName"])
    train = described["AlgorithmSpecification"]["TrainingImage"]
    serve = train.replace(":train-", ":serve-")
    rows = {
        f"image {address.partition(':')[2]}": f"{int(size) / 1e6:.0f} MB"
        for address in (train, serve)
        for size in docker("image", "inspect", "--format", "{{.Size}}", address)
    }
    [serving] = docker("ps", "--quiet", "--filter", f"ancestor={serve}")
    [used] = docker("stats", "--no-stream", "--format", "{{.MemUsage}}", serving)
    return rows | {"memory of the endpoint": used}


def docker(*arguments: str) -> list[str]:
    return subprocess.check_output(["docker", *arguments], text=True).split("\n")[:-1]


def wait_until_ready(aws_port: int) -> None:
    for _ in range(600):
        try:
            with urlopen(f"http://127.0.0.1:{aws_port}/_local/status", timeout=5) as answer:
                if json.load(answer)["ready"]:
                    return
        except OSError:
            pass
        time.sleep(0.1)
    raise SystemExit("The local cloud did not start within a minute.")


def client(service: Any, aws_port: int) -> Any:
    return boto3.client(
        service,
        endpoint_url=f"http://127.0.0.1:{aws_port}",
        region_name="us-east-1",
        aws_access_key_id="123456789012",
        aws_secret_access_key="developer",
    )


def receipt_of(name: str, aws_port: int) -> Any:
    with urlopen(f"http://127.0.0.1:{aws_port}/_local/status", timeout=5) as answer:
        bucket = json.load(answer)["outputs"]["ReceiptUri"].split("/")[2]
    body = client("s3", aws_port).get_object(Bucket=bucket, Key=f"receipts/{name}.json")["Body"]
    return json.load(body)


def training_steps(run: str, aws_port: int) -> list[tuple[str, str]]:
    job = client("sagemaker", aws_port).describe_training_job(TrainingJobName=run)
    return [
        (
            f"training job: {step['Status']}",
            f"{(step['EndTime'] - step['StartTime']).total_seconds():.1f} s",
        )
        for step in job["SecondaryStatusTransitions"]
        if "EndTime" in step
    ]


def ask(port: int) -> None:
    body = json.dumps({"text": "A wonderful film, I loved every minute of it."}).encode()
    request = Request(f"http://127.0.0.1:{port}/api/sentiment", body)
    request.add_header("content-type", "application/json")
    urlopen(request, timeout=60).close()


if __name__ == "__main__":
    main()
