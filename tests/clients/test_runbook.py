"""Every command of docs/operations.md, typed in its order by somebody with an account of their own.

What is AWS's is played by the local cloud, and trainings by the stand-in container: whether a
command is right is asked here, not how good a model is.
"""

import json
import re
import shutil
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.clients.making import REGION, User, inventory, parameters
from tests.clouds import Cloud
from tests.needs import need
from tests.templates import ROOT, STAND_IN

pytestmark = pytest.mark.timeout(900)  # five deployments and a deletion
PAGE = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^## ([^\n]+)$|^```bash\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# Commands of the page that can't be typed here, and why.
NOT_HERE = {
    "docker version": "`make test` needs no Docker, and neither does what it tests",
    "docker pull python:3.13-slim-bookworm": "nor does it pull images",
    "make lock": "asks the package index for hundreds of packages",
    "aws configure": "asks for an access key; the tests have theirs in the environment",
    (
        ".venv/bin/python -m local up --parameter"
        """ 'Hyperparameters={"epochs":"0.2","maximum_words":"40","learning_rate":"0.002","""
        """"sentences":"0","lessons":"0","minimum_steps":"1"}'"""
    ): "runs until it is told to stop, on ports that may be taken;"
    " tests/integration/local/cli/test_up.py starts it so",
}
# What the page quotes of others; everything else in the first column of its failures is ours.
THEIRS = {
    *("Unable to locate credentials", "ExpiredToken", "ResourceLimitExceeded", "Starting"),
    *("Cannot connect to the Docker daemon", "… already exists"),
    "Your account must be verified before you can add new CloudFront resources",
}
PROGRAMS = ("make ", "aws ", "docker ", "git ", "sam ", "python", ".venv")
SITE = f"""\
Resources:
  Images:  # where the containers of a deployed stack come from
    Type: AWS::ECR::Repository
    Metadata: {{Dockerfile: Dockerfile, DockerContext: {STAND_IN}}}
"""
# As typed, but that the environments are there, that there is no Docker, and that SQS is where all
# the rest is: unless it is told in its arguments, the AWS CLI v1 asks for queues at AWS.
AS_TYPED = """\
set -euo pipefail
make() { command make -o .venv-sam/ready DOCKER=no "$@"; }
aws() {
  if [ "$1" = sqs ]; then set -- --endpoint-url "$AWS_ENDPOINT_URL" "$@"; fi
  command aws "$@"
}
"""


def blocks() -> list[tuple[str, str]]:
    """The page's blocks of commands, each with the heading that it stands below."""
    found, heading = [], ""
    for title, block in BLOCK.findall(PAGE):
        heading = title or heading
        if block:
            found.append((heading, block))
    return found


def commands(block: str) -> list[str]:
    """The commands of a block without their comments, a continued one in one line."""
    lines = re.sub(r" *\\\n *", " ", block).splitlines()
    return [re.sub(r"(^|\s+)#\s.*$", "", line) for line in lines]


def can_be_typed(command: str) -> bool:
    return command not in NOT_HERE


class Quotas(BaseHTTPRequestHandler):
    """Service Quotas, which the local cloud doesn't play: answers as botocore describes them."""

    asked: tuple[dict[str, Any], ...] = ()

    def do_POST(self) -> None:
        operation = self.headers["X-Amz-Target"].rpartition(".")[2]
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        names = ("ml.m5.large for spot training job usage", "ml.m5.large for training job usage")
        quotas = [
            {"ServiceCode": "sagemaker", "QuotaCode": f"L-{n}", "QuotaName": name, "Value": 0.0}
            for n, name in enumerate(names, 1)
        ]
        if operation == "RequestServiceQuotaIncrease":
            Quotas.asked += (request,)
        requested = [
            {**quota, "DesiredValue": request["DesiredValue"], "Status": "PENDING"}
            for request in Quotas.asked
            for quota in quotas
            if quota["QuotaCode"] == request["QuotaCode"]
        ]
        answers: dict[str, Any] = {
            "ListServiceQuotas": {"Quotas": quotas},
            "RequestServiceQuotaIncrease": {"RequestedQuota": requested[-1:] and requested[-1]},
            "ListRequestedServiceQuotaChangeHistory": {"RequestedQuotas": requested},
        }
        body = json.dumps(answers[operation]).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """No line for every request."""


@pytest.fixture
def quotas() -> Iterator[str]:
    """The address of what plays Service Quotas."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Quotas)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def user(tmp_path: Path) -> Iterator[User]:
    need((ROOT / ".venv-emulator/ready").exists(), "no emulator: `make .venv-emulator/ready`")
    need(shutil.which("make") and shutil.which("git"), "there is no make or no git: install them")
    template = tmp_path / "template.yaml"
    template.write_text(SITE)
    cloud = Cloud(tmp_path, template, "--stack-name", "site", "--minute", "10")
    user = User(tmp_path, cloud, functions_run=True)
    cloud.start()
    user.run("aws", "configure", "set", "region", REGION)
    shutil.copy(ROOT / "examples/reviews.csv", user.copy)
    yield user
    cloud.stop()


def test_every_command_of_the_page_does_what_it_is_typed_for(user, quotas):
    told: dict[str, list[str]] = {}
    for heading, block in blocks():
        script = AS_TYPED + "\n".join(filter(can_be_typed, commands(block)))
        settings = {"AWS_ENDPOINT_URL_SERVICE_QUOTAS": quotas}
        code, printed = user.run("bash", "-c", script, typed="verdict\n", **settings)
        assert code == 0, f"## {heading}\n{script}\n{printed}\n{user.cloud.log()}"
        told.setdefault(heading, []).append(printed)
        if heading.startswith("Deploying again"):
            given = parameters(user, "verdict")
            assert json.loads(given["Hyperparameters"]) == {"epochs": "4", "seed": "7"}
            assert given["NotificationEmail"] == "nobody"

    assert user.cloud.account in told["Before the first deployment"][0]
    assert [one["QuotaCode"] for one in Quotas.asked] == ["L-1"]
    assert "PENDING" in told["Before the first deployment"][1]
    deployed, followed = told["The first deployment, minute by minute"]
    assert "\nDrop at: s3://verdict-datasets-" in deployed
    assert "\nlive: verdict-" in followed
    assert '"state":' in told["Drop files without our program"][0]
    assert told["Approve, reject, roll back"][0].count("ModelPackageArn") >= 2
    assert told["The images"][0].endswith(" already.\n")
    assert "Nothing of verdict is left" in told["Delete"][0]
    assert inventory(user)["stacks"] == []


def test_what_cannot_be_typed_here_stands_on_the_page():
    every = [command for _, block in blocks() for command in commands(block)]
    spans = re.findall(r"`([^`\n]+)`", PAGE)

    assert sum(map(can_be_typed, every)) > 20
    for command in NOT_HERE:
        assert command in (*every, *spans), command


def test_no_command_stands_in_a_sentence_alone():
    """A command in a sentence is (the beginning of) one of the blocks', so that it is typed."""
    every = [command for _, block in blocks() for command in commands(block)]

    for span in re.findall(r"`([^`]+)`", re.sub(r"^```.*?^```$", "", PAGE, flags=re.M | re.S)):
        command = " ".join(span.split())
        if command.startswith(PROGRAMS) and can_be_typed(command):
            assert any(line.startswith(command) for line in every), command
    assert not re.search(r"^(    |\t)\S", PAGE, re.MULTILINE)  # nor in a block of another kind
    assert len(re.findall(r"^```", PAGE, re.MULTILINE)) == 2 * len(blocks())


def test_what_a_failure_looks_like_is_quoted_from_what_says_it():
    section = PAGE.split("## When it fails\n")[1].split("\n## ")[0]
    quoted = re.findall(r"`(.+?)`", " ".join(row.split(" | ")[0] for row in section.splitlines()))
    files = [ROOT / "Makefile", ROOT / "template.yaml", *(ROOT / "operations").glob("*.py")]
    ours = "\n".join(file.read_text(encoding="utf-8") for file in files)

    assert set(quoted) > THEIRS
    for sentence in set(quoted) - THEIRS:
        for part in re.sub(r"^is (?=[A-Z_]+$)", "", sentence).split("…"):
            assert part.strip("= ") in ours, sentence
