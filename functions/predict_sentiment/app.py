"""Answer the page: POST /api/sentiment, GET /api/model, and OpenAPI that describes both.

Requests are checked by hand and not by Powertools' validation: a refusal has to say in a sentence
what to change, and a hundred reviews take a third of the time.
"""

import gc
import json
import math
import os
import re
import time
from functools import lru_cache
from http import HTTPStatus
from pathlib import Path
from typing import Any

import aws_lambda_powertools
import boto3
from answer import understood, verdict
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.logging import correlation_paths
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.config import Config
from botocore.exceptions import ClientError
from problems import TITLES, Problem, RefusalError, refusal_of
from request import readings_in, words_of

from sentiment.text import TOKENIZER, Reading

ENDPOINT_NAME = os.environ["ENDPOINT_NAME"]
MODEL_PACKAGE_GROUP = os.environ["MODEL_PACKAGE_GROUP"].rpartition("/")[2]  # a name or an ARN

# As in deploy_endpoint/steps.py, which says why, and in openapi.json.
ANSWERING = {"InService", "Updating", "SystemUpdating", "RollingBack", "UpdateRollbackFailed"}
ALLOW = {
    "/api/sentiment": "POST",
    "/api/model": "GET",
    "/api/openapi.json": "GET",
    "/api/docs": "GET",
}
REFUSED_SECONDS = 5  # for so long no model is live, whoever asks
FOLDER = Path(__file__).parent
# By path, as importing that package would want pydantic.
SWAGGER = Path(aws_lambda_powertools.__file__).parent / "event_handler/openapi/swagger_ui"
DOCS = {
    "docs.html": (FOLDER, "text/html; charset=utf-8"),
    "docs.js": (FOLDER, "text/javascript; charset=utf-8"),
    "swagger-ui-bundle.min.js": (SWAGGER, "text/javascript; charset=utf-8"),
    "swagger-ui.min.css": (SWAGGER, "text/css; charset=utf-8"),
}

# An HTTP API hangs up after 30 s, so both give up before; the page tries again, botocore need not.
runtime = boto3.client(
    "sagemaker-runtime",
    config=Config(
        connect_timeout=3,
        read_timeout=25,
        retries={"total_max_attempts": 1},
        parameter_validation=False,  # the body was made here: a tenth of the call's time
    ),
)
sagemaker = boto3.client(
    "sagemaker",
    config=Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 2}),
)
logger = Logger()
metrics = Metrics()
app = APIGatewayHttpResolver(debug=False)  # whatever is set: no event printed, no trace answered
gc.freeze()  # else a full collection goes through all that was imported: 60 ms amid some request


@logger.inject_lambda_context(
    correlation_id_path=correlation_paths.API_GATEWAY_HTTP, log_event=False, clear_state=True
)
@metrics.log_metrics(capture_cold_start_metric=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    answer = app.resolve(event, context)
    metrics.add_metric(name=f"Answered{answer['statusCode']}", unit="Count", value=1)
    return answer


@app.post("/api/sentiment")
def predict_sentiment() -> Response[str]:
    event = app.current_event
    media_type, body = event.headers.get("content-type", ""), event.body or ""
    return as_json(sentiments_of(readings_in(media_type, body, bool(event.is_base64_encoded))))


@app.get("/api/model")
def show_model() -> Response[str]:
    now = time.monotonic()
    if refusal := why_none(int(now // REFUSED_SECONDS)):
        raise refusal.with_traceback(None)
    return as_json(live_model(int(now // 60)))


@app.get("/api/openapi.json")
def show_openapi() -> Response[str]:
    return as_json(json.loads((FOLDER / "openapi.json").read_text("utf-8")))


@app.get("/api/docs", compress=True)
def show_docs() -> Response[str]:
    return show_docs_file("docs.html")


@app.get("/api/docs/<name>", compress=True)
def show_docs_file(name: str) -> Response[str]:
    if name not in DOCS:
        raise RefusalError(Problem.PATH)
    folder, content_type = DOCS[name]
    headers = {"cache-control": "public, max-age=3600"}
    return Response(200, content_type, (folder / name).read_text("utf-8"), headers)


@app.exception_handler(Exception)  # type: ignore[untyped-decorator]  # Powertools' own
def explain(error: Exception) -> Response[str]:
    """Turn whatever was raised into application/problem+json (RFC 9457)."""
    refusal = refusal_of(error)
    if refusal.problem is Problem.PATH and app.current_event.path in ALLOW:
        refusal = RefusalError(Problem.METHOD, allow=ALLOW[app.current_event.path])
    problem = refusal.problem
    log = logger.exception if problem is Problem.FAULT else logger.info
    log("refused", extra={"status": problem.status, "problem": problem.told})
    body = {
        "type": "about:blank",
        "title": TITLES.get(problem.status) or HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": refusal.detail,
    }
    return as_json(body, problem.status, "application/problem+json", refusal.headers)


def as_json(
    body: dict[str, Any],
    status: int = 200,
    content_type: str = "application/json",
    headers: dict[str, str] | None = None,
) -> Response[str]:
    text = json.dumps(body, separators=(",", ":"), allow_nan=False)
    return Response(status, content_type, text, {"cache-control": "no-store", **(headers or {})})


def sentiments_of(readings: list[Reading]) -> dict[str, Any]:
    """Ask the endpoint, and tell its estimates as sentiments over the places of the words."""
    reviews = words_of(readings)
    answer = understood(ask(reviews), [len(words) for words in reviews])
    results = [
        verdict(reading, estimate, *answer["unsure"])
        for reading, estimate in zip(readings, answer["results"], strict=True)
    ]
    unsure = sum(result["sentiment"] == "unsure" for result in results)
    metrics.add_metric(name="ReviewsAnswered", unit="Count", value=len(results))
    metrics.add_metric(name="ReviewsUnsure", unit="Count", value=unsure)
    return {"run": answer["run"], "results": results}


def ask(reviews: list[list[str]]) -> bytes:
    started = time.perf_counter()
    response = runtime.invoke_endpoint(
        EndpointName=ENDPOINT_NAME,
        ContentType="application/json",
        Accept="application/json",
        Body=json.dumps({"tokenizer": TOKENIZER, "reviews": reviews}),
    )
    body = response["Body"].read()
    elapsed_ms = (time.perf_counter() - started) * 1000
    metrics.add_metric(name="EndpointTime", unit="Milliseconds", value=elapsed_ms)
    return body


@lru_cache(maxsize=1)
def why_none(moment: int) -> RefusalError | None:  # noqa: ARG001 - the moment is the cache's key
    """Why no model is live, looked up once in some seconds, as deploy_endpoint shares the rate of
    DescribeEndpoint; None if one is. Other failures are raised, and not remembered.
    """
    try:
        live_model(int(time.monotonic() // 60))
    except (RefusalError, ClientError) as error:
        refusal = refusal_of(error)
        if refusal.problem not in (Problem.NO_MODEL, Problem.STARTING):
            raise
        return refusal
    return None


@lru_cache(maxsize=1)
def live_model(minute: int) -> dict[str, Any]:  # noqa: ARG001 - the minute is the cache's key
    """What is live, looked up once in a minute; a failure is not remembered here."""
    endpoint = sagemaker.describe_endpoint(EndpointName=ENDPOINT_NAME)
    if endpoint["EndpointStatus"] not in ANSWERING:
        is_new = endpoint["EndpointStatus"] == "Creating"
        raise RefusalError(Problem.STARTING if is_new else Problem.NO_MODEL)
    named = re.fullmatch(r"(.+)-v(\d+)(?:-[0-9a-f]{8})?", endpoint["EndpointConfigName"])
    if named is None:  # a config that somebody made by hand
        raise RefusalError(Problem.NO_MODEL)
    run, version = named.groups()  # what follows says how it serves
    account = endpoint["EndpointArn"].partition(":endpoint/")[0]
    facts = facts_of(f"{account}:model-package/{MODEL_PACKAGE_GROUP}/{version}")
    return {
        "run": facts.get("run") or run,  # as its answers say: serve_anew.py names a package anew
        "package_version": int(version),
        "status": endpoint["EndpointStatus"],
        "dataset": facts.get("dataset"),
        "accuracy": number(facts.get("accuracy")),
        "baseline_accuracy": number(facts.get("baseline_accuracy")),
        "rows": number(facts.get("rows")),
        "trained_at": facts.get("trained_at"),
    }


def facts_of(package_arn: str) -> dict[str, str]:
    """What the registry holds of a package; a package that was deleted by hand still answers."""
    try:
        package = sagemaker.describe_model_package(ModelPackageName=package_arn)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ValidationException":
            raise
        return {}
    return package.get("CustomerMetadataProperties", {})


def number(text: str | None) -> float | None:
    """The registry holds strings, some written by hand: one that is no number counts as none."""
    try:
        value = float(text or "")
    except ValueError:
        return None
    return (int(value) if value.is_integer() else value) if math.isfinite(value) else None
