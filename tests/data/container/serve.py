"""Stands in for our serving container: the same contract, and a rule instead of a model.

Every word of GOOD adds to the logit and every word of BAD takes from it. A word that isn't plain
ASCII letters counts as unknown. Only the first 400 words of a review are used.
"""

import json
import math
import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

GOOD = {"good", "great", "excellent", "wonderful", "loved", "lovely", "best", "superb", "brilliant"}
BAD = {"bad", "awful", "terrible", "boring", "hated", "worst", "poor", "dull", "waste"}
WEIGHT, BIAS, LONGEST = 2.0, 0.0, 400
BASE = Path(os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml"))
MODEL = Path(os.environ.get("SM_MODEL_DIR", BASE / "model"))


class RequestError(Exception):
    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self.answer(200 if self.path == "/ping" else 404, {})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        try:
            if self.path != "/invocations":
                raise RequestError(404, "There is only /invocations.")
            self.answer(200, answer(body))
        except RequestError as error:
            self.answer(error.status, {"error": str(error)})

    def answer(self, status: int, document: dict[str, Any]) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if attributes := self.headers.get("X-Amzn-SageMaker-Custom-Attributes"):
            self.send_header("X-Amzn-SageMaker-Custom-Attributes", attributes)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """No line for every request."""


def answer(body: bytes) -> dict[str, Any]:
    try:
        question = json.loads(body)
        tokenizer, reviews = question["tokenizer"], question["reviews"]
    except (ValueError, TypeError, KeyError):
        raise RequestError(400, 'Send {"tokenizer": 1, "reviews": [["a", "word"]]}.') from None
    model = json.loads((MODEL / "model.json").read_text())
    if tokenizer != model["tokenizer"]:
        raise RequestError(409, f"This model knows tokenizer {model['tokenizer']} only.")
    if not isinstance(reviews, list) or not 1 <= len(reviews) <= 100:
        raise RequestError(400, "reviews must be a list of 1 to 100 reviews.")
    for words in reviews:
        if not isinstance(words, list) or not words or not all(isinstance(w, str) for w in words):
            raise RequestError(400, "Each review must be a list of at least one word.")
    results = [answer_to(words) for words in reviews]
    return {"run": model["run"], "unsure": [0.4, 0.6], "bias": BIAS, "results": results}


def answer_to(words: list[str]) -> dict[str, Any]:
    used = words[:LONGEST]
    contributions = [WEIGHT * ((word in GOOD) - (word in BAD)) for word in used]
    logit = max(-30.0, min(30.0, BIAS + sum(contributions)))
    known = sum(word.isascii() and word.isalpha() for word in used) / len(used)
    return {
        "probability": 1 / (1 + math.exp(-logit)),
        "contributions": contributions,
        "known": known,
        "used": [0, len(used)],
    }


def main() -> None:
    if (MODEL / "unservable").exists():
        sys.exit("This model can't be served.")
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    host = os.environ.get("BIND_HOST", "0.0.0.0")
    port = int(os.environ.get("SAGEMAKER_BIND_TO_PORT", "8080"))
    ThreadingHTTPServer((host, port), Handler).serve_forever()


if __name__ == "__main__":
    main()
