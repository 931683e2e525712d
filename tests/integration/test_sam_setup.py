"""What `make sam-local` needs of a local cloud and tells who lacks something; `up --api`."""

import os
import subprocess
import sys
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import boto3
import pytest

from local.client import control
from local.sam_build import SamLocalError, python_folder
from local.sam_local import BUILT, declaring, image
from tests.conftest import ROOT, free_port


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
    with pytest.raises(SamLocalError, match=r"Python 3\.99.*uv python install 3\.99.*container"):
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
    with pytest.raises(SamLocalError, match="another template: it has no Echo"):
        declaring(template, {})


def test_a_function_gets_the_environment_and_the_role_that_it_has_in_the_local_cloud(cloud):
    functions = control(cloud.aws_port, "GET", "functions")

    assert set(functions) == set(cloud.status()["functions"])
    for name, function in functions.items():
        assert function["variables"]["AWS_ACCESS_KEY_ID"] == f"LOCAL{name}"
        assert function["variables"]["AWS_ENDPOINT_URL"] == cloud.aws
        assert "POWERTOOLS_SERVICE_NAME" in function["variables"]


# --- The address for containers -----------------------------------------------------------------


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a whole net of loopbacks")
def test_the_local_cloud_listens_on_one_more_address(cloud):
    for _ in range(2):  # `make sam-local` may be typed twice
        control(cloud.aws_port, "POST", "listen", {"address": "127.0.0.2"})

    url = f"http://127.0.0.2:{cloud.aws_port}"
    keys = {"aws_access_key_id": "x", "aws_secret_access_key": "x", "region_name": "us-east-1"}
    s3 = boto3.client("s3", endpoint_url=url, **keys)
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


def test_the_page_passes_its_api_on_to_another_server(new_cloud):
    behind = new_cloud()
    behind.drop("reviews.csv", (ROOT / "examples/reviews.csv").read_bytes())
    run = behind.follow("reviews.csv", "live")["run"]
    front = new_cloud("--api", behind.page, "--page", str(ROOT / "frontend"))

    answer = front.ask("A great film.", "A dull film.")
    with urlopen(f"{front.page}/") as page:
        html = page.read()
    with pytest.raises(HTTPError) as caught:
        urlopen(f"{front.page}/api/nothing?a=b%2Fc")

    assert answer["run"] == run
    assert [result["sentiment"] for result in answer["results"]] == ["positive", "negative"]
    assert front.endpoint() is None
    assert html == (ROOT / "frontend/index.html").read_bytes()
    assert caught.value.code == 404
    assert caught.value.headers["content-type"] == "application/problem+json"
    assert caught.value.headers["x-content-type-options"] == "nosniff"  # CloudFront's, still


def test_it_says_when_nobody_answers_there(new_cloud):
    url = f"http://127.0.0.1:{free_port()}"
    front = new_cloud("--api", url)

    with pytest.raises(HTTPError) as caught:
        urlopen(f"{front.page}/api/model")

    assert caught.value.code == 502
    assert f"Nothing answers at {url}; start it with `sam local start-api`" in (
        caught.value.read().decode()
    )


def test_an_address_that_is_none_is_refused(tmp_path):
    options = ["--state", str(tmp_path / "state"), "--api", "127.0.0.1:3000"]
    done = subprocess.run(
        [sys.executable, "-m", "local", "up", *options, "--aws-port", str(free_port())],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 2
    assert "write it as http://127.0.0.1:3000" in done.stderr
