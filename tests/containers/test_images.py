"""Our images by themselves: what is in them, what isn't, and how they behave under Docker."""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.clouds import free_port
from tests.containers.images import docker
from tests.docker_context import context_files
from tests.templates import ROOT

COMPILERS = ("cc", "gcc", "g++", "clang", "ld", "make", "cargo")
LARGEST_MB = {"serve": 290, "train": 1300}
LISTS = {
    "serve": {"requirements-serve.lock"},
    "train": {"requirements-train.lock", "requirements-train.txt"},
}
pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="session")
def image(serve_image: str, train_image: str) -> Callable[[str], str]:
    return {"serve": serve_image, "train": train_image}.__getitem__


def laid_out(base: Path) -> Path:
    """/opt/ml as SageMaker lays it out, with the examples as the dataset."""
    for folder in ("input/config", "input/data/dataset", "model", "output/data", "checkpoints"):
        (base / folder).mkdir(parents=True)
    (base / "input/config/hyperparameters.json").write_text("{}")
    shutil.copy(ROOT / "examples/reviews.csv", base / "input/data/dataset")
    return base


@pytest.fixture
def opt_ml(tmp_path: Path) -> Path:
    return laid_out(tmp_path)


def train(image: str, opt_ml: Path, *options: str) -> "subprocess.CompletedProcess[str]":
    user = f"{os.getuid()}:{os.getgid()}"
    run = ["run", "--rm", "--network", "none", "--user", user, *options]
    return docker(*run, "--volume", f"{opt_ml}:/opt/ml", image, "train", check=False)


@pytest.fixture(scope="session")
def model(train_image: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder, trained in our image without a network."""
    folder = laid_out(tmp_path_factory.mktemp("opt-ml"))
    few = json.dumps({"minimum-steps": "20"})  # how well it learns is asked elsewhere
    (folder / "input/config/hyperparameters.json").write_text(few)
    done = train(train_image, folder)
    assert done.returncode == 0, done.stderr
    return folder / "model"


@pytest.fixture
def server(serve_image: str, model: Path) -> Iterator[tuple[str, int]]:
    """A container that serves: its id, and the port it is published on."""
    port = free_port()
    run = ["run", "--detach", "--publish", f"127.0.0.1:{port}:8080", "--health-interval", "1s"]
    run += ["--volume", f"{model}:/opt/ml/model:ro", serve_image, "serve"]
    container = docker(*run).stdout.strip()
    yield container, port
    docker("rm", "--force", container)


def inside(image: str, script: str) -> str:
    return docker(
        "run", "--rm", "--user", "root", "--entrypoint", "sh", image, "-c", script
    ).stdout.strip()


def inspect(name: str) -> dict[str, Any]:
    return dict(json.loads(docker("inspect", name).stdout)[0])


@pytest.mark.parametrize("target", LARGEST_MB)
def test_an_image_is_small(image, target):
    size = inspect(image(target))["Size"] / 1e6

    print(f"{target}: {size:.0f} MB")
    assert 0.6 * LARGEST_MB[target] < size < LARGEST_MB[target]


@pytest.mark.parametrize("target", LARGEST_MB)
def test_an_image_holds_no_compiler_no_cache_and_only_the_program(image, target):
    ballast = f"command -v {' '.join(COMPILERS)}; ls -d ~root/.cache; ls -A /tmp"
    tests = "find /usr/local/lib -name tests -type d -not -path '*/numpy/*' -not -path '*/torch/*'"
    assert inside(image(target), f"{ballast}; {tests}") == ""

    program = set(inside(image(target), "ls -A /opt/program").split()) - {"__pycache__"}
    assert program == {f"{target}.py", "sentiment", *LISTS[target]}


def test_only_the_image_that_trains_holds_the_models_to_start_from(image):
    paths = [path.relative_to(ROOT).as_posix() for path in context_files(ROOT)]
    models = [path for path in paths if path.startswith("models/")]

    assert models
    assert inside(image("train"), "cd /opt && find models -type f | sort").split() == sorted(models)
    assert "models" not in inside(image("serve"), "ls /opt").split()


@pytest.mark.parametrize("target", LARGEST_MB)
def test_an_image_has_exactly_what_is_locked(image, target):
    lock = (ROOT / f"training/requirements-{target}.lock").read_text()
    frozen = inside(image(target), "python -m pip freeze --all")

    extra = {"pip", "setuptools", "wheel"} | ({"torch"} if target == "train" else set())
    for line in frozen.lower().replace("_", "-").splitlines():
        name, _, version = line.partition("==")
        assert name in extra or f"\n{name}=={version} " in f"\n{lock}", line


@pytest.mark.parametrize("target", LARGEST_MB)
def test_an_image_says_what_it_is(image, target):
    config = inspect(image(target))["Config"]

    assert config["Labels"]["org.opencontainers.image.title"] == f"verdict-{target}"
    assert config["Entrypoint"] == ["python", f"{target}.py"]
    assert config["User"] == ("serve" if target == "serve" else "")


def test_a_container_that_serves_becomes_healthy_without_being_root(server):
    container, _ = server
    deadline = time.monotonic() + 60
    while (status := inspect(container)["State"]["Health"]["Status"]) == "starting":
        assert time.monotonic() < deadline
        time.sleep(0.2)

    assert status == "healthy"
    assert docker("exec", container, "id", "-u").stdout.strip() not in ("", "0")


def test_a_container_that_serves_ends_itself_on_sigterm(server):
    container, _ = server
    while "serving run=" not in docker("logs", container).stdout:
        time.sleep(0.1)

    docker("stop", "-t", "20", container)

    assert inspect(container)["State"]["ExitCode"] == 0


def test_without_a_model_it_says_so_and_ends(serve_image):
    done = docker("run", "--rm", serve_image, "serve", check=False)

    assert done.returncode == 1
    assert "/opt/ml/model" in done.stderr


def test_a_model_is_trained_without_a_network(model):
    evaluation = json.loads((model / "evaluation.json").read_text())

    assert evaluation["metrics"]["accuracy"] > evaluation["majority"]["accuracy"]


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda base: shutil.rmtree(base / "input/data"), "dataset"),
        (lambda base: (base / "input/data/dataset/reviews.csv").write_text("a,b\n1,2\n"), "column"),
        (
            lambda base: (base / "input/config/hyperparameters.json").write_text('{"epochs": "x"}'),
            "epochs",
        ),
    ],
    ids=["no dataset", "no reviews", "no number"],
)
def test_a_job_that_cannot_be_leaves_its_reason(train_image, opt_ml, damage, words):
    damage(opt_ml)

    done = train(train_image, opt_ml)

    assert done.returncode == 1
    assert words in (opt_ml / "output/failure").read_text()
    assert list((opt_ml / "model").iterdir()) == []


def test_a_job_ends_at_once_on_sigterm(train_image, opt_ml):
    run = ["run", "--detach", "--network", "none", "--volume", f"{opt_ml}:/opt/ml"]
    run += ["--user", f"{os.getuid()}:{os.getgid()}", train_image, "train"]
    container = docker(*run).stdout.strip()
    try:
        while "stage=" not in docker("logs", container).stdout:
            time.sleep(0.1)
        began = time.monotonic()
        docker("stop", "-t", "120", container)

        assert time.monotonic() - began < 20
        assert inspect(container)["State"]["ExitCode"] == 143
    finally:
        docker("rm", "--force", container)
