"""predict_sentiment in a process of its own, asked as API Gateway asks it."""

import base64
import gzip
import json
import os
import re
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from local.templates import parse
from tests.integration.endpoint_server import ENDPOINT, GROUP, RUNS, SageMaker

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "functions/predict_sentiment"
PROCESS = Path(__file__).parent / "function_process.py"


def example(name: str) -> Any:
    return json.loads((ROOT / f"events/{name}.json").read_text())


def of_template() -> dict[str, str]:
    """The environment that template.yaml gives the function; what it names is the stand-in's."""
    template = parse((ROOT / "template.yaml").read_text())
    common = template["Globals"]["Function"]["Environment"]["Variables"]
    own = template["Resources"]["PredictSentimentFunction"]["Properties"]
    named = {"AWS::StackName": ENDPOINT, "ModelPackageGroup": GROUP, "RunBucket": RUNS}
    named |= {name: str(told.get("Default")) for name, told in template["Parameters"].items()}

    def plain(value: Any) -> str:
        match value:
            case {"Ref": name}:
                return named[name]
            case {"Fn::Sub": text}:
                return re.sub(r"\$\{(.*?)\}", lambda found: named[found[1]], text)
        return str(value)

    variables = {
        name: plain(value) for name, value in (common | own["Environment"]["Variables"]).items()
    }
    return variables | {"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(own["MemorySize"])}


class Function:
    """A process whose endpoint is a stand-in; what it prints is in `log`."""

    def __init__(self, sagemaker: SageMaker, folder: Path, **more: str) -> None:
        """`more` are further variables of its environment."""
        self.sagemaker = sagemaker
        self.log = folder / "function.log"
        environment = {
            "PATH": os.environ["PATH"],
            "AWS_ACCESS_KEY_ID": "function",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": sagemaker.url,
            "AWS_LAMBDA_FUNCTION_NAME": "predict-sentiment",
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            **of_template(),
            "POWERTOOLS_LOGGER_LOG_EVENT": "true",  # must not bring a review into the log
            "PYTHONPATH": str(ROOT / "training"),
            "PYTHONWARNINGS": "error",
            **more,
        }
        self._one_at_a_time = threading.Lock()
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, str(PROCESS), "app.lambda_handler"],
                cwd=FOLDER,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    def send(self, event: dict[str, Any]) -> dict[str, Any]:
        """Invoke. The answer's header names are in lower case, its body is text and as `json`."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin
        assert stdout
        with self._one_at_a_time:
            print(json.dumps(event), file=stdin, flush=True)
            said = stdout.readline()
        assert said, self.log.read_text()  # else it has ended
        answer: dict[str, Any] = json.loads(said)
        answer["headers"] = {name.lower(): value for name, value in answer["headers"].items()}
        if answer["isBase64Encoded"]:
            answer["body"] = gzip.decompress(base64.b64decode(answer["body"])).decode()
        if answer["body"] and "json" in answer["headers"]["content-type"]:
            answer["json"] = json.loads(answer["body"])
        return answer

    def stop(self) -> None:
        self._process.kill()
        self._process.communicate()


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
