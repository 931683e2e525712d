"""Answer for one model folder over HTTP, under SageMaker's container contract.

    SM_MODEL_DIR=<model folder> python training/serve.py --port 8080

GET /ping → 200 once the model is loaded. POST /invocations {"tokenizer": 1, "reviews": [["a",
"word"]]} → {"run", "unsure", "bias", "results": [{"probability", "contributions", "known",
"used", "windows"}]}.
"""

import argparse
import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import anyio.to_thread
import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from sentiment.model_folder import ModelError
from sentiment.serving.microbatches import SIZE
from sentiment.serving.predictor import Predictor

LARGEST_BODY_BYTES = 4 * 1024 * 1024  # what a serverless endpoint passes on
MOST_REVIEWS = 100
MOST_WORDS = 400_000  # of all reviews: keeps the largest answer under the same 4 MB
DECIMALS = 5  # of contributions


class RequestError(Exception):
    """The caller's fault, with the HTTP status and a sentence for them."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def main(argv: list[str]) -> None:
    """Load the model, then serve until SIGTERM."""
    args = _flags().parse_args(argv)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        predictor = Predictor(args.model_dir, os.cpu_count() or 1)
    except ModelError as error:
        sys.exit(str(error))
    print(f"serving run={predictor.run} host={args.host} port={args.port}", flush=True)
    try:
        uvicorn.run(
            application(predictor),
            host=args.host,
            port=args.port,
            access_log=False,
            server_header=False,
            log_level="warning",
            lifespan="off",
            timeout_keep_alive=75,  # longer than a load balancer, which closes idle ones after 60
            timeout_graceful_shutdown=5,
        )
    finally:
        predictor.close()


def application(predictor: Predictor) -> Starlette:
    """The two routes of the contract; no more requests are read at a time than fill a batch a core.

    The cores compute in threads of their own, so that /ping answers meanwhile.
    """
    limiter = anyio.CapacityLimiter(SIZE * (os.cpu_count() or 1))

    async def ping(_: Request) -> Response:
        return Response(status_code=200)

    async def invocations(request: Request) -> Response:
        try:
            body = await _body(request)
            answer = await anyio.to_thread.run_sync(
                _answer, predictor, body, limiter=limiter, abandon_on_cancel=True
            )
        except ClientDisconnect:
            return Response(status_code=400)  # nobody reads it
        except asyncio.CancelledError:  # it has to end, and has waited for this as long as it may
            return _json({"error": "This endpoint is ending: send the request again."}, 503)
        except RequestError as error:
            return _json({"error": str(error)}, error.status)
        return _json(answer, 200)

    routes = [Route("/ping", ping), Route("/invocations", invocations, methods=["POST"])]
    return Starlette(routes=routes)


def _answer(predictor: Predictor, body: bytes) -> dict[str, Any]:
    reviews = reviews_in(body, predictor.tokenizer)
    results = [
        {
            "probability": answer.probability,
            "contributions": [round(part, DECIMALS) for part in answer.contributions.tolist()],
            "known": round(answer.known, 4),
            "used": answer.used,
            "windows": answer.windows,
        }
        for answer in predictor.answer(reviews)
    ]
    return {
        "run": predictor.run,
        "unsure": predictor.unsure,
        "bias": predictor.bias,
        "results": results,
    }


def reviews_in(body: bytes, tokenizer: int) -> list[list[str]]:
    """The reviews of a request; RequestError says what is wrong with it."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        raise RequestError(400, "The body is not JSON in UTF-8.") from None
    if not isinstance(content, dict) or content.keys() != {"tokenizer", "reviews"}:
        raise RequestError(400, "The body must be an object with tokenizer and reviews.")
    theirs, reviews = content["tokenizer"], content["reviews"]
    if type(theirs) is not int:
        raise RequestError(400, "tokenizer must be a whole number.")
    if theirs != tokenizer:
        raise RequestError(
            409,
            f"The words come from tokenizer version {theirs}; this model was trained on version"
            f" {tokenizer}. Train it again or deploy the matching functions.",
        )
    if not isinstance(reviews, list) or not 1 <= len(reviews) <= MOST_REVIEWS:
        raise RequestError(400, f"reviews must be a list of 1 to {MOST_REVIEWS} reviews.")
    for number, review in enumerate(reviews):
        if not isinstance(review, list) or not review:
            raise RequestError(400, f"Review {number} must be a list with at least one word.")
        if not all(isinstance(word, str) for word in review):
            raise RequestError(400, f"Review {number} holds something that is not a string.")
    if sum(map(len, reviews)) > MOST_WORDS:
        raise RequestError(413, f"There are over {MOST_WORDS:,} words. Send fewer at once.")
    return reviews


async def _body(request: Request) -> bytes:
    """The body; of one that is too large a few times the limit is read, so that the 413 arrives."""
    body, size = bytearray(), 0
    async for chunk in request.stream():
        size += len(chunk)
        if size <= LARGEST_BODY_BYTES:
            body += chunk
        elif size > 4 * LARGEST_BODY_BYTES:
            break
    if size > LARGEST_BODY_BYTES:
        raise RequestError(413, f"The body is larger than {LARGEST_BODY_BYTES:,} bytes.")
    return bytes(body)


def _json(content: dict[str, Any], status: int) -> Response:
    text = json.dumps(content, separators=(",", ":"), allow_nan=False)
    return Response(text, status, media_type="application/json")


def _flags() -> argparse.ArgumentParser:
    flags = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    environment = os.environ
    base = Path(environment.get("SAGEMAKER_BASE_DIR", "/opt/ml"))
    flags.add_argument("verb", nargs="?", choices=["serve"], help="SageMaker passes it")
    flags.add_argument(
        "--model-dir", type=Path, default=environment.get("SM_MODEL_DIR", base / "model")
    )
    flags.add_argument("--host", default=environment.get("BIND_HOST", "0.0.0.0"))  # noqa: S104 - a container
    flags.add_argument(
        "--port", type=int, default=environment.get("SAGEMAKER_BIND_TO_PORT", "8080")
    )
    return flags


if __name__ == "__main__":
    main(sys.argv[1:])
