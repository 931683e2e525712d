"""`operations/push.py` with every way in which Docker keeps images, and cut off on its way."""

import json
import os
import signal
import subprocess
import sys

import pytest

from tests.integration.typed import typed
from tests.templates import ROOT

MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
FIRST, SECOND = "0123456789ab", "ba9876543210"
PUSHING = ROOT / "operations/push.py"


@pytest.fixture(scope="module")
def repository(common):
    """The stack's own, as `template.yaml` declares it."""
    [found] = common.client("ecr").describe_repositories()["repositories"]
    assert found["imageTagMutability"] == "IMMUTABLE"
    return found


@pytest.fixture
def docker(tmp_path):
    """A folder with a program `docker`, which notes what it did in a file `done`."""
    program = tmp_path / "docker"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} {ROOT}/tests/stand_in_docker.py "$@"\n')
    program.chmod(0o755)
    return tmp_path


@pytest.fixture(autouse=True)
def _an_empty_repository(common, repository):
    yield
    ecr = common.client("ecr")
    if images := ecr.list_images(repositoryName="verdict")["imageIds"]:
        digests = [{"imageDigest": image["imageDigest"]} for image in images]
        ecr.batch_delete_image(repositoryName="verdict", imageIds=digests)


@pytest.fixture
def push(common, docker):
    def start(store, tag=FIRST, stack="verdict", *options):
        path = f"{docker}:{os.environ['PATH']}"
        where = {"PATH": path, "DOCKER_STORE": store, "DOCKER_FOLDER": str(docker)}
        return typed(common, "push", "--stack-name", stack, "--tag", tag, *options, **where)

    return start


@pytest.fixture
def stored(common):
    """The images in the repository by tag, each with its media type and its manifest."""

    def look():
        ecr = common.client("ecr")
        images = ecr.describe_images(repositoryName="verdict")["imageDetails"]
        tags = {tag: i["imageManifestMediaType"] for i in images for tag in i["imageTags"]}
        found = {}
        for tag, kind in tags.items():
            [image] = ecr.batch_get_image(repositoryName="verdict", imageIds=[{"imageTag": tag}])[
                "images"
            ]
            found[tag] = (kind, json.loads(image["imageManifest"]))
        return found

    return look


def done(docker):
    """What Docker was asked for since the last look."""
    path = docker / "done"
    lines = path.read_text().splitlines() if path.exists() else []
    path.unlink(missing_ok=True)
    return lines


def as_sagemaker_takes_it(docker, target):
    """What the stand-in's image of a target is in Docker's media types."""
    code = (
        "import json, tests.stand_in_docker as docker;"
        f"print(json.dumps(docker.manifest('verdict:{target}', **docker.CLASSIC)))"
    )
    told = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=os.environ | {"DOCKER_STORE": "", "DOCKER_FOLDER": str(docker)},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return MANIFEST, json.loads(told.stdout)


def both(docker, tag=FIRST):
    return {f"{one}-{tag}": as_sagemaker_takes_it(docker, one) for one in ("train", "serve")}


@pytest.mark.parametrize("store", ["classic", "containerd", "attested", "list"])
def test_whatever_docker_pushes_ends_as_sagemaker_takes_it(push, docker, stored, store, repository):
    pushed = push(store)

    assert (pushed.returncode, pushed.stderr) == (0, "")
    assert stored() == both(docker)
    address = repository["repositoryUri"]
    assert pushed.stdout.splitlines() == [
        f"{address}:train-{FIRST} is as SageMaker takes it.",
        f"{address}:serve-{FIRST} is as SageMaker takes it.",
    ]


def test_docker_is_logged_in_once_and_left_without_passing_tags(push, docker, repository):
    push("containerd")

    lines, address = done(docker), repository["repositoryUri"]
    registry = address.partition("/")[0]
    assert lines[0] == f"login --username AWS --password-stdin {registry}"
    assert (docker / "password").read_text() == "ministack-auth-token"
    assert [line.split()[0] for line in lines[1:]] == ["tag", "push", "rmi"] * 2
    passing = [line.split()[-1] for line in lines[1:]]
    assert len(set(passing)) == 2
    assert all(one.startswith(f"{address}:pushed-") for one in passing)
    assert [path.name for path in docker.iterdir() if "pushed-" in path.name] == []


def test_what_is_there_already_is_not_pushed_again(push, docker, stored):
    push("attested")
    there = stored()
    done(docker)

    pushed = push("attested")

    assert pushed.returncode == 0
    assert done(docker) == []
    assert stored() == there


def test_one_image_may_have_two_tags(push, docker, stored, common):
    push("containerd")
    push("attested", SECOND)

    assert stored() == both(docker) | both(docker, SECOND)
    images = common.client("ecr").describe_images(repositoryName="verdict")["imageDetails"]
    tags = [sorted(image["imageTags"]) for image in images if image["imageTags"]]
    assert sorted(tags) == [sorted([f"{t}-{FIRST}", f"{t}-{SECOND}"]) for t in ("serve", "train")]


def test_a_wrong_image_of_an_older_version_is_replaced(push, docker, stored, common):
    wrong = {"schemaVersion": 2, "mediaType": OCI_MANIFEST, "config": {}, "layers": []}
    common.client("ecr").put_image(
        repositoryName="verdict",
        imageTag=f"serve-{FIRST}",
        imageManifest=json.dumps(wrong),
        imageManifestMediaType=OCI_MANIFEST,
    )

    pushed = push("attested")

    assert (pushed.returncode, pushed.stderr) == (0, "")
    assert stored() == both(docker)


def test_cut_off_it_leaves_no_image_under_the_tag_and_goes_on_when_repeated(push, docker, stored):
    cut = push("cut")

    assert cut.returncode == -signal.SIGKILL
    [left] = stored()
    assert left.startswith("pushed-")  # its tag expires: template.yaml

    assert push("containerd").returncode == 0
    assert {tag: image for tag, image in stored().items() if tag != left} == both(docker)


@pytest.mark.parametrize(
    ("store", "sentence"),
    [
        ("zstd", "SageMaker takes layers in gzip only"),
        ("arm", "nothing for linux/amd64: build with `--platform linux/amd64`"),
        ("failing", "pushed-"),
    ],
)
def test_an_image_that_cannot_be_taken_says_why_and_leaves_nothing(push, stored, store, sentence):
    pushed = push(store)

    assert pushed.returncode == 1
    assert sentence in pushed.stderr
    assert "Traceback" not in pushed.stderr
    assert stored() == {}


def test_without_a_repository_nothing_is_pushed(push, docker):
    first = push("classic", FIRST, "another", "--if-there")
    later = push("classic", FIRST, "another")

    assert (first.returncode, first.stdout, first.stderr) == (0, "", "")
    assert later.returncode == 1
    assert later.stderr == "There is no repository another: deploy the stack first.\n"
    assert done(docker) == []
