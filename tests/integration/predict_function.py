"""predict_sentiment in a Lambda worker of its own, asked as API Gateway asks it."""

import base64
import gzip
import json
import threading
from pathlib import Path
from typing import Any

from local.programs import Program
from local.workers import Worker
from tests.integration.endpoint_server import ENDPOINT, GROUP, SageMaker

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "functions/predict_sentiment"


def example(name: str) -> Any:
    return json.loads((ROOT / f"events/{name}.json").read_text())


class Function:
    """A worker whose endpoint is a stand-in; what it prints is in `log`."""

    def __init__(self, sagemaker: SageMaker, folder: Path) -> None:
        self.sagemaker = sagemaker
        self.log = folder / "function.log"
        environment = {
            "AWS_ACCESS_KEY_ID": "function",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": sagemaker.url,
            "AWS_LAMBDA_FUNCTION_NAME": "predict-sentiment",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1024",
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "ENDPOINT_NAME": ENDPOINT,
            "MODEL_PACKAGE_GROUP": GROUP,
            "POWERTOOLS_SERVICE_NAME": "predict_sentiment",
            "POWERTOOLS_METRICS_NAMESPACE": "Verdict",
            "POWERTOOLS_LOGGER_LOG_EVENT": "true",  # must not bring a review into the log
            "PYTHONPATH": str(ROOT / "training"),
            "PYTHONWARNINGS": "error",
        }
        self._one_at_a_time = threading.Lock()
        self._worker = Worker(Program("app.lambda_handler", FOLDER, environment, self.log))

    def send(self, event: dict[str, Any]) -> dict[str, Any]:
        """Invoke. The answer's header names are in lower case, its body is text and as `json`."""
        with self._one_at_a_time:
            assert self._worker.alive, self.log.read_text()
            invocation = self._worker.call("1", "arn:predict", json.dumps(event).encode(), 40)
        assert invocation.function_error is None, self.log.read_text()
        answer: dict[str, Any] = json.loads(invocation.payload)
        answer["headers"] = {name.lower(): value for name, value in answer["headers"].items()}
        if answer["isBase64Encoded"]:
            answer["body"] = gzip.decompress(base64.b64decode(answer["body"])).decode()
        if "json" in answer["headers"]["content-type"]:
            answer["json"] = json.loads(answer["body"])
        return answer

    def stop(self) -> None:
        self._worker.stop()


def posted(body: object, **headers: str) -> dict[str, Any]:
    """POST /api/sentiment as an event; a body that is no string is sent as JSON."""
    event: dict[str, Any] = example("review_submitted")
    event["headers"] |= {name.replace("_", "-"): value for name, value in headers.items()}
    event["body"] = body if isinstance(body, str) else json.dumps(body)
    return event


def requested(path: str, method: str = "GET") -> dict[str, Any]:
    """A request without a body as an event."""
    event: dict[str, Any] = example("model_requested")
    event["rawPath"] = event["requestContext"]["http"]["path"] = path
    event["requestContext"]["http"]["method"] = method
    return event
