"""Answer the page: POST /api/sentiment, GET /api/model, and OpenAPI that describes both.

Requests are checked by hand and not by Powertools' validation: a refusal has to say in a sentence
what to change, and a hundred reviews take a third of the time.
"""

import gc
import json
import os
import time
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

import aws_lambda_powertools
from answer import Estimates, verdict
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, CORSConfig, Response
from aws_lambda_powertools.logging import correlation_paths
from aws_lambda_powertools.utilities.typing import LambdaContext
from endpoint import ask
from live import model_now
from problems import Problem, RefusalError, refusal_of
from request import Sent, readings_in, words_of

from sentiment.text import Reading

ALLOWED_ORIGINS = os.environ["ALLOWED_ORIGINS"]
READING = ["GET", "HEAD"]
ALLOW = {
    "/api/sentiment": "POST",
    "/api/model": "GET, HEAD",
    "/api/openapi.json": "GET, HEAD",
    "/api/docs": "GET, HEAD",
}
FOLDER = Path(__file__).parent
# By path, as importing that package would want pydantic.
SWAGGER = Path(aws_lambda_powertools.__file__).parent / "event_handler/openapi/swagger_ui"
DOCS = {
    "docs.html": (FOLDER, "text/html; charset=utf-8"),
    "docs.js": (FOLDER, "text/javascript; charset=utf-8"),
    "swagger-ui-bundle.min.js": (SWAGGER, "text/javascript; charset=utf-8"),
    "swagger-ui.min.css": (SWAGGER, "text/css; charset=utf-8"),
}
KEPT = {"cache-control": "public, max-age=3600"}


def cors_of(origins: str) -> CORSConfig | None:
    """Pages of which origins may ask, as the template's parameter lists them; None for none."""
    if origins == "none":
        return None
    first, *others = origins.split(",")
    told = ["ETag", "Retry-After", "X-Request-Id"]
    return CORSConfig(first, extra_origins=others, expose_headers=told, max_age=600)


logger = Logger()
metrics = Metrics()
# debug: whatever is set, no event is printed and no trace answered.
app = APIGatewayHttpResolver(debug=False, cors=cors_of(ALLOWED_ORIGINS))
gc.freeze()  # else a full collection goes through all that was imported: 60 ms amid some request


@logger.inject_lambda_context(
    correlation_id_path=correlation_paths.API_GATEWAY_HTTP, log_event=False, clear_state=True
)
@metrics.log_metrics(capture_cold_start_metric=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    answer = app.resolve(event, context)
    metrics.add_metric(name=f"Answered{answer['statusCode']}", unit="Count", value=1)
    answer["headers"]["x-request-id"] = event["requestContext"]["requestId"]
    if ALLOWED_ORIGINS != "none":
        answer["headers"]["vary"] = "Origin"
    if event["requestContext"]["http"]["method"] == "HEAD":
        answer |= {"body": "", "isBase64Encoded": False}
    return answer


@app.post("/api/sentiment")
def predict_sentiment() -> Response[str]:
    started = time.monotonic()
    event = app.current_event
    kind, encoding = (event.headers.get(name, "") for name in ("content-type", "content-encoding"))
    sent = Sent(event.body or "", bool(event.is_base64_encoded), kind, encoding)
    return as_json(sentiments_of(readings_in(sent), started))


@app.route("/api/model", method=READING)
def show_model() -> Response[str]:
    return unless_known(as_json(model_now(), headers={"cache-control": "no-cache"}))


@app.route("/api/openapi.json", method=READING, compress=True)
def show_openapi() -> Response[str]:
    return unless_known(as_json(document(), headers=KEPT))


@app.route("/api/docs", method=READING, compress=True)
def show_docs() -> Response[str]:
    return show_docs_file("docs.html")


@app.route("/api/docs/<name>", method=READING, compress=True)
def show_docs_file(name: str) -> Response[str]:
    if name not in DOCS:
        raise RefusalError(Problem.PATH)
    folder, content_type = DOCS[name]
    text = (folder / name).read_text("utf-8")
    return unless_known(Response(200, content_type, text, dict(KEPT)))


@app.exception_handler(Exception)  # type: ignore[untyped-decorator]  # Powertools' own
def explain(error: Exception) -> Response[str]:
    """Turn whatever was raised into application/problem+json (RFC 9457)."""
    refusal = refusal_of(error)
    if refusal.problem is Problem.PATH and app.current_event.path in ALLOW:
        refusal = RefusalError(Problem.METHOD, allow=ALLOW[app.current_event.path])
    problem = refusal.problem
    log = logger.exception if problem is Problem.FAULT else logger.info
    log("refused", extra={"status": problem.status, "problem": problem.code})
    body = refusal.told() | {"request_id": app.current_event.request_context.request_id}
    return as_json(body, problem.status, "application/problem+json", refusal.headers)


@lru_cache(maxsize=1)
def document() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((FOLDER / "openapi.json").read_text("utf-8"))
    return loaded


def as_json(
    body: dict[str, Any],
    status: int = 200,
    content_type: str = "application/json",
    headers: dict[str, str] | None = None,
) -> Response[str]:
    # Not in ASCII: an emoji would take three times its bytes of the 6 MB that an answer may have.
    text = json.dumps(body, separators=(",", ":"), allow_nan=False, ensure_ascii=False)
    return Response(status, content_type, text, {"cache-control": "no-store", **(headers or {})})


def unless_known(response: Response[str]) -> Response[str]:
    """With a tag, or 304 without a body for whoever has it under that tag already."""
    # Weak: the same whether or not it is compressed on the way.
    tag = f'W/"{blake2b((response.body or "").encode(), digest_size=12).hexdigest()}"'
    known = app.current_event.headers.get("if-none-match", "")
    tags = [one.strip().removeprefix("W/") for one in known.split(",")]
    response.headers["etag"] = tag
    if known.strip() == "*" or tag.removeprefix("W/") in tags:
        cache = {name: response.headers[name] for name in ("etag", "cache-control")}
        return Response(304, None, "", cache)
    return response


def sentiments_of(readings: list[Reading | RefusalError], started: float) -> dict[str, Any]:
    """What is said of each review; of one that can't be answered, what is in the way."""
    legible = [reading for reading in readings if isinstance(reading, Reading)]
    told = iter(ask(words_of(legible), started) if legible else [])
    results, model = [], None
    for reading in readings:
        found = next(told) if isinstance(reading, Reading) else reading
        if isinstance(reading, Reading) and isinstance(found, Estimates):
            model = found.model
            results.append(verdict(reading, found))
        elif isinstance(found, RefusalError):
            results.append({"problem": found.told()})
    answered = [result["sentiment"] for result in results if "sentiment" in result]
    metrics.add_metric(name="ReviewsAnswered", unit="Count", value=len(answered))
    metrics.add_metric(name="ReviewsUnsure", unit="Count", value=answered.count("unsure"))
    return {
        "run": model and model.run,
        "unsure": model and [model.low, model.high],
        "bias": model and round(model.bias, 4),
        "results": results,
    }
