"""SageMaker as predict_sentiment meets it: a real HTTP server with a model of a dozen words.

It speaks the wire protocols of InvokeEndpoint, DescribeEndpoint, DescribeModelPackage and S3's
GetObject, and fails in AWS's own way when it is told to: for what the local cloud can't be brought
to say.
"""

import json
import math
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

ENDPOINT = "verdict"
RUN = "verdict-0a1b2c3d4e5f"
ACCOUNT = "arn:aws:sagemaker:us-east-1:123456789012"
GROUP = f"{ACCOUNT}:model-package-group/verdict-models"
RUNS = "verdict-runs"
EVALUATION: Any = {
    "split": {"train": 300, "validation": 20, "test": 80, "held_out_by": "review"},
    "metrics": {"confusion": [[38, 2], [3, 37]], "expected_calibration_error": 0.021},
    "reliability": [
        {"reviews": 40, "probability": 0.08, "positive": 0.1},
        {"reviews": 40, "probability": 0.93, "positive": 0.9},
    ],
    "unsure": [0.4, 0.6],
    "behaviour": {
        "case": {"passed": 9, "of": 10, "rate": 0.9, "needed": 0.9, "what": "Case is no matter"},
        "typo": {"passed": 0, "of": 0, "rate": None, "needed": 0.9, "skipped": "Too few."},
    },
    "words": {"negative": ["awful"], "positive": ["superb"]},
    "by_length": [
        {"what": "3 to 90 words", "reviews": 80, "accuracy": 0.9375, "baseline_accuracy": 0.9}
    ],
    "by_group": [{"what": "x" * 99, "reviews": 20, "accuracy": 0.85, "baseline_accuracy": 0.8}],
}
WEIGHTS = {"wonderful": 2.0, "superb": 1.5, "loved": 1.2, "awful": -2.0, "broke": -1.5, "not": -0.3}
COMMON = """a after and back be but can't . , ! !! ? didn't film i is it kettle liked little money
    of restaurant say so the two was waste we weeks will"""
KNOWN = {*WEIGHTS, *COMMON.split()}


class Failure(NamedTuple):
    """What is answered instead: an AWS error by its code, or any body; or the connection is cut."""

    status: int = 200
    code: str = ""
    body: Any = None
    seconds: float = 0
    cut: bool = False


class SageMaker(ThreadingHTTPServer):
    """`failures` are used up first to last; `asked` holds the bodies of the invocations."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[Any] = []
        self.described: list[Any] = []
        self.failures: list[Failure] = []
        self.unsure = [0.4, 0.6]
        self.endpoint: dict[str, Any] | None = {
            "EndpointName": ENDPOINT,
            "EndpointArn": f"{ACCOUNT}:endpoint/{ENDPOINT}",
            "EndpointConfigName": f"{RUN}-v7-01234567",
            "EndpointStatus": "InService",
            "CreationTime": 1772445729,
            "LastModifiedTime": 1772445729,
        }
        self.evaluation: Any = EVALUATION
        self.package: dict[str, str] | None = {
            "run": RUN,
            "dataset": "reviews.csv",
            "accuracy": "0.8625",
            "baseline_accuracy": "0.84",
            "rows": "400",
            "trained_at": "2026-03-02T10:02:09+00:00",
            "expected_calibration_error": "0.021",
        }

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that no longer waits has closed the connection."""

    def answers(self, reviews: list[list[str]]) -> dict[str, Any]:
        results = []
        for words in reviews:
            contributions = [WEIGHTS.get(word, 0.0) for word in words]
            results.append(
                {
                    "probability": 1 / (1 + math.exp(-sum(contributions))),
                    "contributions": contributions,
                    "known": sum(word in KNOWN for word in words) / len(words),
                    "used": [0, len(words)],
                    "windows": 1,
                }
            )
        return {"run": RUN, "unsure": self.unsure, "bias": 0.0, "results": results}


class _Handler(BaseHTTPRequestHandler):
    server: SageMaker
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        if self.path == f"/{RUNS}/runs/{RUN}/evaluation.json" and self.server.evaluation:
            self._send(200, self.server.evaluation)
        else:
            self._send(404, b"<Error><Code>NoSuchKey</Code></Error>")

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["content-length"])))
        invoked = self.path == f"/endpoints/{ENDPOINT}/invocations"
        (self.server.asked if invoked else self.server.described).append(request)
        if self.server.failures:
            self._fail(self.server.failures.pop(0))
        elif invoked:
            self._send(200, self.server.answers(request["reviews"]))
        elif self.headers["x-amz-target"] == "SageMaker.DescribeEndpoint":
            self._describe(self.server.endpoint, f'Could not find endpoint "{ENDPOINT}".')
        else:
            assert request["ModelPackageName"] == f"{ACCOUNT}:model-package/verdict-models/7"
            properties = self.server.package
            found = None if properties is None else {"CustomerMetadataProperties": properties}
            self._describe(found, "Cannot find Model Package.")

    def _describe(self, found: Any, otherwise: str) -> None:
        if found:
            self._send(200, found)
        else:
            self._send(400, {"__type": "ValidationException", "message": otherwise})

    def _fail(self, failure: Failure) -> None:
        time.sleep(failure.seconds)
        if failure.cut:
            self.close_connection = True
        else:
            error = {"message": failure.code, "__type": failure.code}
            self._send(failure.status, failure.body or error, failure.code)

    def _send(self, status: int, body: object, code: str = "") -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response_only(status)
        if code:
            self.send_header("x-amzn-errortype", code)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Nobody reads these."""
