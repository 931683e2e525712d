"""The endpoint is asked, about many words in parts: no request keeps it from others for long.

It takes few requests at a time. Between two parts another request has its turn, so that a single
review waits for a part and not for a hundred reviews; and what there is no time for is told review
by review, instead of all of it being lost.
"""

import json
import os
import time
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import boto3
from answer import Estimates, understood
from aws_lambda_powertools import Metrics
from botocore.config import Config
from botocore.exceptions import ClientError
from problems import Problem, RefusalError, problem_of, refusal_of

from sentiment.text import TOKENIZER

ENDPOINT_NAME = os.environ["ENDPOINT_NAME"]
PART_WORDS = 3_000  # 0.1 s of a quiet processor
BEGIN_UNTIL_SECONDS = 18  # an HTTP API hangs up after 30 s
PAUSE_SECONDS = 0.3  # before a part that was turned away is tried again
FIRST_TRIES = 4  # of the first part: about a second, since its caller can ask again

metrics = Metrics()


def runtime_of(read_timeout_seconds: int) -> Any:
    return boto3.client(
        "sagemaker-runtime",
        config=Config(
            connect_timeout=3,
            read_timeout=read_timeout_seconds,
            retries={"total_max_attempts": 1},
            parameter_validation=False,  # the body was made here: a tenth of the call's time
        ),
    )


# It gives up before the gateway does; the page tries again, botocore need not.
runtime = runtime_of(25)


@lru_cache(maxsize=1)
def runtime_of_later_parts() -> Any:
    """It gives up in time, even where it is asked at the last moment."""
    return runtime_of(8)


def ask(reviews: list[list[str]], started: float) -> list[Estimates | RefusalError]:
    """What the endpoint says of each review, or why it says nothing.

    What the first part meets is raised: then nothing is known of any review. `started` is when
    the request came in, by the monotonic clock.
    """
    told: list[Estimates | RefusalError] = []
    first: Estimates | None = None
    for part in parts(reviews):
        found: Estimates | RefusalError
        if first is None:
            found = first = ask_first(part)
        else:
            found = ask_patiently(part, started)
            if isinstance(found, Estimates) and found.model != first.model:
                found = RefusalError(Problem.NEWER)
        told += found.each() if isinstance(found, Estimates) else [found] * len(part)
    return told


def parts(reviews: list[list[str]]) -> Iterator[list[list[str]]]:
    """Neighbours together, up to so many words; a longer review alone."""
    part: list[list[str]] = []
    size = 0
    for words in reviews:
        if part and size + len(words) > PART_WORDS:
            yield part
            part, size = [], 0
        part.append(words)
        size += len(words)
    yield part


def ask_first(part: list[list[str]]) -> Estimates:
    """The first part, which waits for a moment where others have their turn."""
    for _ in range(FIRST_TRIES - 1):
        try:
            return ask_once(runtime, part)
        except ClientError as error:
            if problem_of(error.response) is not Problem.THROTTLED:
                raise
        time.sleep(PAUSE_SECONDS)
    return ask_once(runtime, part)


def ask_patiently(part: list[list[str]], started: float) -> Estimates | RefusalError:
    """One more part, which waits for its turn as long as there is time."""
    while time.monotonic() < started + BEGIN_UNTIL_SECONDS:
        try:
            return ask_once(runtime_of_later_parts(), part)
        except Exception as error:
            refusal = refusal_of(error)
            if refusal.problem is Problem.FAULT:
                raise
            if refusal.problem is not Problem.THROTTLED:
                return refusal
        time.sleep(PAUSE_SECONDS)
    return RefusalError(Problem.BUSY)


def ask_once(client: Any, part: list[list[str]]) -> Estimates:
    started = time.perf_counter()
    response = client.invoke_endpoint(
        EndpointName=ENDPOINT_NAME,
        ContentType="application/json",
        Accept="application/json",
        Body=json.dumps({"tokenizer": TOKENIZER, "reviews": part}),
    )
    body = response["Body"].read()
    elapsed_ms = (time.perf_counter() - started) * 1000
    metrics.add_metric(name="EndpointTime", unit="Milliseconds", value=elapsed_ms)
    return understood(body, [len(words) for words in part])
