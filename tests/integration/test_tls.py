"""`up --certificate`: AWS over TLS from end to end, and nothing without it."""

import json
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import boto3
import pytest
import trustme
from botocore.exceptions import ClientError, SSLError

from tests.clouds import Cloud
from tests.templates import ROOT, stand_in_template

CSV = "review,sentiment\n" + "".join(
    f"fine film number {n},positive\ndull film number {n},negative\n" for n in range(50)
)


class SecureCloud(Cloud):
    """A local cloud that speaks TLS, with a certificate that nobody else trusts."""

    def __init__(self, folder: Path) -> None:
        authority = trustme.CA()
        self.certificate = folder / "local.pem"
        authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(
            str(self.certificate)
        )
        authority.cert_pem.write_to_path(str(self.certificate), append=True)
        self.context = ssl.create_default_context(cafile=self.certificate)
        options = ("--certificate", str(self.certificate), "--page", str(ROOT / "frontend"))
        super().__init__(folder, stand_in_template(folder), *options)

    @property
    def aws(self) -> str:
        return f"https://127.0.0.1:{self.aws_port}"

    def control(self, method: str, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        headers = {"content-type": "application/json"}
        request = Request(f"{self.aws}/_local/{path}", data, headers, method=method)
        try:
            with urlopen(request, timeout=10, context=self.context) as response:
                return json.load(response)
        except OSError:
            if method == "GET":
                return {}
            raise

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """`python -m local` with a command for this local cloud."""
        return subprocess.run(
            [sys.executable, "-m", "local", *arguments, "--aws-port", str(self.aws_port)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )


@pytest.fixture(scope="module")
def new_secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], SecureCloud]]:
    clouds: list[SecureCloud] = []

    def make() -> SecureCloud:
        clouds.append(SecureCloud(tmp_path_factory.mktemp("secure")))
        clouds[-1].start()
        return clouds[-1]

    yield make
    for cloud in clouds:
        cloud.stop()


@pytest.fixture(scope="module")
def secure(new_secure: Callable[[], SecureCloud]) -> SecureCloud:
    return new_secure()


@pytest.fixture(autouse=True)
def trusting(secure: SecureCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a developer's clients are told whom to trust."""
    monkeypatch.setenv("AWS_CA_BUNDLE", str(secure.certificate))


@pytest.fixture
def bucket(secure: SecureCloud) -> str:
    """A bucket of the stack's with an object "note"."""
    secure.client("s3").put_object(Bucket=secure.run_bucket, Key="runs/note", Body=b"a secret")
    return secure.run_bucket


def roles(cloud: Cloud) -> set[str]:
    """The names of the functions' roles and the containers'."""
    outputs = cloud.status()["outputs"]
    arns = {str(outputs["TrainingRoleArn"]), str(outputs["ServingRoleArn"])}
    for name in cloud.control("GET", "functions"):
        found = cloud.client("lambda").get_function(FunctionName=cloud.function(name))
        arns.add(found["Configuration"]["Role"])
    return {arn.rpartition("/")[2] for arn in arns}


def as_a_function(cloud: Cloud, service: str, url: str, **options: Any) -> Any:
    """A client with the keys of the role that deploys."""
    keys = cloud.control("GET", "functions")["DeployEndpointFunction"]["variables"]
    return boto3.client(
        service,
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id=keys["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=keys["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=keys["AWS_SESSION_TOKEN"],
        **options,
    )


def test_the_whole_loop_runs_over_tls_with_what_the_template_grants(secure: SecureCloud) -> None:
    secure.drop("reviews.csv", CSV)
    receipt = secure.follow("reviews.csv", seconds=120)
    answer = secure.ask("a great film", "an awful, boring film")

    assert receipt["state"] == "live", receipt["reason"]
    assert answer["run"] == receipt["run"]
    assert [result["sentiment"] for result in answer["results"]] == ["positive", "negative"]
    calls = secure.control("GET", "calls")
    assert [call for call in calls if not call["allowed"]] == []
    callers = {call["principal"] for call in calls} - {"developer"}
    assert callers == roles(secure)  # nobody else, and nobody as somebody else


def test_a_function_trusts_the_certificate_by_the_sdks_own_variable(secure: SecureCloud) -> None:
    for name in secure.control("GET", "functions"):
        found = secure.client("lambda").get_function_configuration(
            FunctionName=secure.function(name)
        )
        variables = found["Environment"]["Variables"]
        assert variables["AWS_ENDPOINT_URL"] == secure.aws
        assert variables["AWS_CA_BUNDLE"] == str(secure.certificate)


def test_who_does_not_trust_the_certificate_does_not_speak(
    secure: SecureCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_CA_BUNDLE")

    with pytest.raises(SSLError, match="certificate verify failed"):
        secure.new_client("s3").list_buckets()


def test_the_buckets_policy_refuses_plain_http(secure: SecureCloud, bucket: str) -> None:
    plain = f"http://127.0.0.1:{(secure.state / 'emulator/port').read_text()}"
    note = {"Bucket": bucket, "Key": "runs/note"}

    over_tls = as_a_function(secure, "s3", secure.aws).get_object(**note)
    with pytest.raises(ClientError) as refused:
        as_a_function(secure, "s3", plain).get_object(**note)

    assert over_tls["Body"].read() == b"a secret"
    assert refused.value.response["Error"]["Code"] == "AccessDenied"
    assert "explicit deny in a resource-based policy" in str(refused.value)


def test_whoever_connects_and_says_nothing_holds_up_nobody(secure: SecureCloud) -> None:
    with socket.create_connection(("127.0.0.1", secure.aws_port)):
        assert secure.status()["ready"]


def test_every_command_speaks_with_it(new_secure: Callable[[], SecureCloud]) -> None:
    cloud = new_secure()
    file = cloud.folder / "reviews.csv"
    file.write_text(CSV)

    dropped = cloud.command("drop", str(file))
    status = cloud.command("status", "--json")
    down = cloud.command("down")

    assert (dropped.returncode, dropped.stderr) == (0, "")
    assert "live: verdict-" in dropped.stdout
    assert (status.returncode, status.stderr) == (0, "")
    assert json.loads(status.stdout)["cloud"]["aws_url"] == cloud.aws
    assert (down.returncode, down.stdout) == (0, "stopped\n")
    assert cloud.process
    assert cloud.process.wait(10) == 0
    assert "SSL" not in (cloud.folder / "cloud.log").read_text()
