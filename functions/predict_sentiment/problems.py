"""Every problem that the API tells of, and which of them an exception becomes."""

from enum import Enum
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from botocore.exceptions import ClientError, HTTPClientError, IncompleteReadError

TEXT_LIMIT = 100_000  # characters of one review
TEXTS_LIMIT = 100  # reviews of one request
WORDS_LIMIT = 50_000  # words of one request: each is some 55 bytes of an answer that may have 6 MB
# A review of TEXT_LIMIT emoji, each of them escaped as "\ud83d\ude0d", has 1.2 MB.
BODY_LIMIT_BYTES = 1280 * 1024
ANOTHER_READER = "The model is being replaced by one that reads words differently."
OUR_FAULT = "Something went wrong on our side. It has been logged."
EXAMPLE = '{"text": "A review."}'
NOT_TEXT = (
    "The body is not UTF-8 text. Send JSON in UTF-8, and write the character U+FFFD, which stands"
    r" for bytes that are no text, as \ufffd."
)
TITLES = {413: "Content Too Large"}  # Python's word for it changed with 3.13
# Where the OpenAPI document explains a problem; a client compares `code`.
TYPE = "/api/openapi.json#/components/examples/"


class Problem(Enum):
    """The code that clients may rely on, status, sentence, seconds after which to retry."""

    NOT_UTF8 = "not-utf-8", 400, NOT_TEXT
    NOT_JSON = "not-json", 400, f"The body is not JSON. Send an object such as {EXAMPLE}."
    FIELD_TWICE = "field-twice", 400, "The body names a field twice. Name it once."
    NO_OBJECT = "no-object", 400, f"The body is JSON, but not an object such as {EXAMPLE}."
    FIELDS = (
        "fields",
        400,
        'Send exactly one field: "text" (a review) or "texts" (a list of them).',
    )
    LIST = "texts", 400, f'"texts" must be a list of 1 to {TEXTS_LIMIT} reviews.'
    NO_STRING = "no-string", 400, "{where} must be a string."
    BLANK = "blank", 400, "{where} is blank. Write at least a word."
    ONLY_MARKUP = "only-markup", 400, "{where} has no text, only markup or control characters."
    PATH = "not-found", 404, "There is nothing at this address. /api/docs lists what there is."
    METHOD = "method", 405, "This address answers only to {allow}."
    LONG_TEXT = (
        "text-too-long",
        413,
        f"{{where}} is longer than {TEXT_LIMIT:,} characters. Shorten it.",
    )
    WORDS = (
        "too-many-words",
        413,
        f"There are over {WORDS_LIMIT:,} words and punctuation marks in one request. Send less.",
    )
    LONG_BODY = (
        "body-too-long",
        413,
        f"The body is over {BODY_LIMIT_BYTES // 1024} KiB. Send less at once.",
    )
    MEDIA_TYPE = "media-type", 415, "Send JSON, with the header content-type: application/json."
    ENCODING = "content-encoding", 415, "Send the body as it is, without content-encoding."
    THROTTLED = "throttled", 429, "Too many reviews at once. Try again in a moment.", 3
    FAULT = "fault", 500, OUR_FAULT
    REFUSED = "model-refused", 500, OUR_FAULT
    NONSENSE = "model-nonsense", 502, "The model's answer made no sense, so it isn't shown."
    NO_MODEL = (
        "no-model",
        503,
        "No model is live yet. Drop a dataset of reviews to train one.",
        30,
    )
    STARTING = "model-starting", 503, "The model is being started for the first time.", 15
    REPLACED = "model-replaced", 503, ANOTHER_READER, 30
    NEWER = "model-newer", 503, "Another model went live meanwhile. Ask again.", 1
    WARMING_UP = "model-warming-up", 503, "The model is warming up.", 5
    BUSY = "busy", 503, "The model is busy, and there was no time left. Ask again.", 5
    UNREACHABLE = "model-unreachable", 503, "The model can't be reached at the moment.", 10
    SILENT = "model-silent", 503, "The model didn't answer in time. Ask again, or less at once.", 5

    def __init__(
        self, code: str, status: int, sentence: str, retry_after_seconds: int | None = None
    ) -> None:
        self.code, self.status, self.sentence = code, status, sentence
        self.retry_after_seconds = retry_after_seconds


# SageMaker's error codes; whatever isn't here is a fault of ours.
OF_AWS = {
    "ThrottlingException": Problem.THROTTLED,
    "ValidationError": Problem.NO_MODEL,  # the runtime's word for an endpoint it lacks
    "ValidationException": Problem.NO_MODEL,  # the control plane's
    "ModelNotReadyException": Problem.WARMING_UP,
    "ServiceUnavailable": Problem.UNREACHABLE,
    "InternalFailure": Problem.UNREACHABLE,
    "InternalDependencyException": Problem.UNREACHABLE,
}


class RefusalError(Exception):
    """A problem, with the facts that its sentence asks for."""

    def __init__(self, problem: Problem, **facts: str) -> None:
        super().__init__(problem.code)
        self.problem = problem
        self.detail = problem.sentence.format(**facts) if facts else problem.sentence
        self.headers = {"allow": facts["allow"]} if "allow" in facts else {}
        if problem is Problem.ENCODING:
            self.headers["accept-encoding"] = "identity"
        if problem.retry_after_seconds:
            self.headers["retry-after"] = str(problem.retry_after_seconds)

    def told(self) -> dict[str, Any]:
        """Problem details (RFC 9457): of a whole request, or of one review of several."""
        status = self.problem.status
        return {
            "type": TYPE + self.problem.code,
            "code": self.problem.code,
            "title": TITLES.get(status) or HTTPStatus(status).phrase,
            "status": status,
            "detail": self.detail,
        }


def refusal_of(error: Exception) -> RefusalError:
    """The caller's fault or a passing state by name; whatever nobody foresaw is a fault of ours."""
    match error:
        case RefusalError():
            return error
        case NotFoundError():
            return RefusalError(Problem.PATH)
        case HTTPClientError() | IncompleteReadError():
            return RefusalError(Problem.SILENT)
        case ClientError():
            return RefusalError(problem_of(error.response))
    return RefusalError(Problem.FAULT)


def problem_of(response: Any) -> Problem:
    """What is meant by an error of AWS's."""
    code = response["Error"]["Code"]
    if code != "ModelError":
        return OF_AWS.get(code, Problem.FAULT)
    status = response.get("OriginalStatusCode", 500)  # the container's own
    if status == 409:
        return Problem.REPLACED
    return Problem.REFUSED if status < 500 else Problem.UNREACHABLE
