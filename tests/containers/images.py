"""Our images and the stand-in's, built as `up --docker` looks for them."""

import fcntl
import os
import re
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.request import urlopen

from local.cloud import REGION
from local.containers.images import Images
from local.emulator import ACCOUNT
from local.templates import parse, resources
from tests.needs import need
from tests.templates import ROOT

BASE = {version: f"verdict-base:{version}" for version in ("3.11", "3.13")}
TORCH = "https://download.pytorch.org/whl/cpu"
REPOSITORY = "AWS::ECR::Repository"
REGISTRY = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"


def docker(*arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    """What a docker command told."""
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True)
    assert done.returncode == 0 or not check, f"docker {arguments[0]}: {done.stderr}"
    return done


def build(template: Path, stack: str, target: str, version: str, *options: str) -> str:
    """Build an image of a template under its address, out of Docker's cache if it can be."""
    address = f"{REGISTRY}/{stack}:{target}-local"
    [(_, repository)] = resources(parse(template.read_text()), "AWS::ECR::Repository")
    context = template.parent / repository["Metadata"]["DockerContext"]
    dockerfile = context / repository["Metadata"]["Dockerfile"]
    program = Images(dockerfile, context, lambda name: name == stack).find(address, ACCOUNT, REGION)
    with _alone():
        base = base_image(version)
        docker(
            *("build", "--target", target, "--tag", address),
            *("--network", "host", "--build-arg", f"PYTHON_IMAGE={base}", *options),
            *("--file", str(program.dockerfile), str(program.context)),
        )
    return address


def build_train(template: Path, stack: str) -> str:
    """Ours, with torch's build for CPUs."""
    try:
        urlopen(f"{TORCH}/torch/", timeout=10).close()
    except OSError:
        with _torch_index() as index:
            return build(template, stack, "train", "3.11", "--build-arg", f"TORCH_INDEX={index}")
    return build(template, stack, "train", "3.13")


def base_image(version: str) -> str:
    """Python's official image, or the stand-in for it."""
    done = subprocess.run(
        [ROOT / "tests/containers/base-image", BASE[version], version],
        capture_output=True,
        text=True,
    )
    need(done.returncode == 0, done.stderr.strip() or "tests/containers/base-image failed")
    return BASE[version]


@contextmanager
def _torch_index() -> Iterator[str]:
    """An index of one wheel: where torch's own is out of reach, pip may have that build at hand."""
    python = shutil.which("python3.11")
    need(python, f"{TORCH} is out of reach: fetching torch's wheel elsewhere takes python3.11")
    [torch] = re.findall(
        r"^torch==.*$", (ROOT / "training/requirements-train.txt").read_text(), re.MULTILINE
    )
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "torch"
        pip = [
            str(python),
            "-m",
            "pip",
            "download",
            "--quiet",
            "--no-deps",
            "--only-binary",
            ":all:",
        ]
        subprocess.run([*pip, "--dest", str(target), torch], check=True)
        [wheel] = target.iterdir()
        need("+cpu" in wheel.name, f"{TORCH} is out of reach, and {wheel.name} needs CUDA")
        (target / "index.html").write_text(f'<a href="{wheel.name}">{wheel.name}</a>')
        with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=folder)) as server:
            threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
            yield f"http://127.0.0.1:{server.server_address[1]}/"
            server.shutdown()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Nobody reads these."""


@contextmanager
def _alone() -> Iterator[None]:
    """The tests run in several processes; the first of them builds, the others wait for it."""
    with (Path(tempfile.gettempdir()) / f"verdict-images-{os.getuid()}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
