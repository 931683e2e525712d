"""What `make sam-local` needs of a local cloud and tells who lacks something; `up --api`."""

import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import boto3
import pytest

from local import LocalError
from local.cli.client import control
from local.cli.sam_local import BUILT, declaring, image, python_folder
from tests.clouds import free_port
from tests.templates import ROOT

KEYS = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"}


def sam(aws_port, **environment):
    return subprocess.run(
        [sys.executable, "-m", "local", "sam", "--aws-port", str(aws_port)],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


# --- What is missing is said --------------------------------------------------------------------


def test_without_a_local_cloud_it_says_how_to_start_one():
    done = sam(free_port())

    assert done.returncode == 2
    assert "start it with `make run`" in done.stderr


def test_without_docker_it_says_so(cloud, tmp_path):
    done = sam(cloud.aws_port, PATH=str(tmp_path))

    assert done.returncode == 2
    assert done.stderr == "sam local needs Docker, and there is no `docker` here\n"


def test_a_python_that_is_nowhere_is_named_with_the_ways_to_get_it():
    with pytest.raises(LocalError, match=r"Python 3\.99.*uv python install 3\.99.*container"):
        python_folder("python3.99")


def test_a_python_on_the_path_is_found(monkeypatch):
    name = f"python3.{sys.version_info.minor}"
    folder = Path(sys.executable).parent
    assert (folder / name).exists()
    monkeypatch.setenv("PATH", str(folder))

    assert python_folder(name) == folder


# --- What SAM is given --------------------------------------------------------------------------


def test_the_base_image_is_named_as_sam_names_it():
    function = {"runtime": "python3.13", "architecture": "arm64"}

    assert image(function) == "public.ecr.aws/lambda/python:3.13-arm64"


def test_the_derived_template_declares_what_the_environment_file_holds():
    function = {"CodeUri": "Echo", "Environment": {"Variables": {"A": {"Ref": "B"}}}}
    template = {
        "Resources": {
            "Echo": {"Type": "AWS::Serverless::Function", "Properties": function},
            "B": {"Type": "AWS::S3::Bucket"},
        }
    }

    derived = declaring(template, {"Echo": {"A": "name", "AWS_ENDPOINT_URL": "http://x"}})

    properties = derived["Resources"]["Echo"]["Properties"]
    assert properties["Environment"]["Variables"] == {"A": "", "AWS_ENDPOINT_URL": ""}
    assert (
        Path(".aws-sam/local", properties["CodeUri"]).resolve() == (BUILT.parent / "Echo").resolve()
    )
    with pytest.raises(LocalError, match="another template: it has no Echo"):
        declaring(template, {})


def test_a_function_gets_the_environment_and_the_role_that_it_has_in_the_local_cloud(cloud):
    functions = control(cloud.aws_port, "GET", "functions")

    deployed = cloud.client("lambda").list_functions()["Functions"]
    ours = {found["FunctionName"]: found for found in deployed}
    for function in functions.values():
        found = ours.pop(function["name"])
        there, here = found["Environment"]["Variables"], function["variables"]
        assert function["runtime"] == found["Runtime"]
        assert function["architecture"] == found["Architectures"][0]
        assert there.items() - here.items() == {("PYTHONPATH", there["PYTHONPATH"])}
        assert here.keys() - there.keys() == KEYS | {"AWS_REGION", "AWS_DEFAULT_REGION"}
        assert here["AWS_ENDPOINT_URL"] == cloud.aws
        assert "POWERTOOLS_SERVICE_NAME" in here
        keys = {name.lower(): here[name] for name in KEYS}
        sts = boto3.client("sts", endpoint_url=cloud.aws, region_name="us-east-1", **keys)
        sts.get_caller_identity()
        assert cloud.control("GET", "calls")[-1]["principal"] == found["Role"].split("/")[-1]
    assert len(ours) == 1  # the local cloud's own, which makes model package groups


# --- The address for containers -----------------------------------------------------------------


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a whole net of loopbacks")
def test_the_local_cloud_listens_on_one_more_address(cloud):
    for _ in range(2):  # `make sam-local` may be typed twice
        control(cloud.aws_port, "POST", "listen", {"address": "127.0.0.2"})

    url = f"http://127.0.0.2:{cloud.aws_port}"
    keys = {"aws_access_key_id": cloud.account, "aws_secret_access_key": "x"}
    s3 = boto3.client("s3", endpoint_url=url, region_name="us-east-1", **keys)
    s3.put_object(Bucket=cloud.run_bucket, Key="a b.txt", Body=b"over there")
    assert s3.get_object(Bucket=cloud.run_bucket, Key="a b.txt")["Body"].read() == b"over there"

    cloud.stop()
    with pytest.raises(OSError, match="refused"):
        urlopen(url)


@pytest.mark.parametrize(
    ("body", "kind", "said"),
    [
        ('{"address": "0.0.0.0"}', "application/json", "reachable from anywhere"),
        ('{"address": "198.41.0.4"}', "application/json", "reachable from anywhere"),
        ('{"address": "10.255.255.1"}', "application/json", "can't be had"),
        ('{"address": "machine"}', "application/json", "does not appear to be an IPv4"),
        ('{"address": "127.0.0.2"}', "text/plain", "send application/json"),
    ],
)
def test_it_listens_nowhere_else(cloud, body, kind, said):
    request = Request(f"{cloud.aws}/_local/listen", body.encode(), {"content-type": kind})

    with pytest.raises(HTTPError) as caught:
        urlopen(request)

    assert caught.value.code == 400
    assert said in caught.value.read().decode()


# --- The page in front of another server --------------------------------------------------------


class Api(BaseHTTPRequestHandler):
    """Another server of the API: it tells what it was asked."""

    def do_GET(self):
        self.answer(404, "application/problem+json")

    def do_POST(self):
        self.answer(200, "application/json")

    def answer(self, status, kind):
        body = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
        content = json.dumps({"path": self.path, "body": body}).encode()
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        """Nobody reads these."""


@pytest.fixture
def api():
    with ThreadingHTTPServer(("127.0.0.1", 0), Api) as server:
        threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_the_page_passes_its_api_on_to_another_server(api, new_process):
    front = new_process("--api", api, "--page", str(ROOT / "frontend"))

    answer = front.ask("A great film.", "A dull film.")
    with urlopen(f"{front.page}/") as page:
        html = page.read()
    with pytest.raises(HTTPError) as caught:
        urlopen(f"{front.page}/api/nothing?a=b%2Fc")

    assert answer["path"] == "/api/sentiment"
    assert json.loads(answer["body"]) == {"texts": ["A great film.", "A dull film."]}
    assert html == (ROOT / "frontend/index.html").read_bytes()
    assert caught.value.code == 404
    assert json.load(caught.value)["path"] == "/api/nothing?a=b%2Fc"
    assert caught.value.headers["content-type"] == "application/problem+json"
    assert caught.value.headers["x-content-type-options"] == "nosniff"  # CloudFront's, still


def test_it_says_when_nobody_answers_there(new_process):
    url = f"http://127.0.0.1:{free_port()}"
    front = new_process("--api", url)

    with pytest.raises(HTTPError) as caught:
        urlopen(f"{front.page}/api/model")

    assert caught.value.code == 502
    assert f"Nothing answers at {url}; start it with `sam local start-api`" in (
        caught.value.read().decode()
    )
