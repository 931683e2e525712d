"""Every refusal of the API in one table, and which row an exception becomes."""

from typing import Any

from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from botocore.exceptions import ClientError, HTTPClientError, IncompleteReadError

TEXT_LIMIT = 20_000  # characters of one review
TEXTS_LIMIT = 100  # reviews of one request
WORDS_LIMIT = 50_000  # words of one request: each is some 55 bytes of an answer that may have 6 MB
BODY_LIMIT_BYTES = 256 * 1024
OUR_FAULT = "Something went wrong on our side. It has been logged."
EXAMPLE = '{"text": "A review."}'
TITLES = {413: "Content Too Large"}  # Python's word for it changed with 3.13

# Our name or SageMaker's error code: status, sentence for the caller, seconds after which to retry.
PROBLEMS: dict[str, tuple[int, str, int | None]] = {
    "not UTF-8": (400, "The body is not UTF-8 text. Send JSON in UTF-8.", None),
    "not JSON": (400, f"The body is not JSON. Send an object such as {EXAMPLE}.", None),
    "named twice": (400, "The body names a field twice. Name it once.", None),
    "no object": (400, f"The body is JSON, but not an object such as {EXAMPLE}.", None),
    "fields": (400, 'Send exactly one field: "text" (a review) or "texts" (a list of them).', None),
    "list": (400, f'"texts" must be a list of 1 to {TEXTS_LIMIT} reviews.', None),
    "string": (400, "{where} must be a string.", None),
    "blank": (400, "{where} is blank. Write at least a word.", None),
    "markup": (400, "{where} has no text, only markup or control characters.", None),
    "path": (404, "There is nothing at this address. /api/docs lists what there is.", None),
    "method": (405, "This address answers only to {allow}.", None),
    "text": (413, f"{{where}} is longer than {TEXT_LIMIT:,} characters. Shorten it.", None),
    "words": (413, f"More than {WORDS_LIMIT:,} words in one request. Send fewer texts.", None),
    "body": (413, f"The body is over {BODY_LIMIT_BYTES // 1024} KiB. Send less at once.", None),
    "type": (415, "Send JSON, with the header content-type: application/json.", None),
    "ThrottlingException": (429, "Too many reviews at once. Try again in a moment.", 3),
    "fault": (500, OUR_FAULT, None),
    "refused by the container": (500, OUR_FAULT, None),
    "nonsense": (502, "The model's answer made no sense, so it isn't shown.", None),
    "ValidationError": (503, "No model is live yet. Drop a dataset of reviews to train one.", 30),
    "starting": (503, "The model is being started for the first time.", 15),
    "replaced": (503, "The model is being replaced by one that reads words differently.", 30),
    "ModelNotReadyException": (503, "The model is warming up.", 5),
    "ServiceUnavailable": (503, "The model can't be reached at the moment.", 10),
    "silent": (503, "The model didn't answer in time. It may be warming up.", 5),
}
SAME = {
    "ValidationException": "ValidationError",  # the control plane's word for an endpoint it lacks
    "InternalFailure": "ServiceUnavailable",
    "InternalDependencyException": "ServiceUnavailable",
}


class Problem(Exception):
    """A row of PROBLEMS, with the facts that its sentence asks for."""

    def __init__(self, name: str, **facts: str) -> None:
        super().__init__(name)
        self.name = name
        self.status, sentence, retry_after_seconds = PROBLEMS[name]
        self.detail = sentence.format(**facts) if facts else sentence
        self.headers = {"allow": facts["allow"]} if "allow" in facts else {}
        if retry_after_seconds:
            self.headers["retry-after"] = str(retry_after_seconds)


def problem_of(error: Exception) -> Problem:
    """The caller's fault or a passing state by name; whatever nobody foresaw is a fault of ours."""
    match error:
        case Problem():
            return error
        case NotFoundError():
            return Problem("path")
        case HTTPClientError() | IncompleteReadError():
            return Problem("silent")
        case ClientError():
            return Problem(name_of(error.response))
    return Problem("fault")


def name_of(response: Any) -> str:
    code = SAME.get(response["Error"]["Code"], response["Error"]["Code"])
    if code != "ModelError":
        return code if code in PROBLEMS else "fault"
    status = response.get("OriginalStatusCode", 500)  # the container's own
    if status == 409:
        return "replaced"
    return "refused by the container" if status < 500 else "ServiceUnavailable"
