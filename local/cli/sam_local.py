"""Prepare `sam local` for a running local cloud: build, a derived template, an environment file.

A function in SAM's containers sees no variable that the template doesn't declare, and can't reach
this machine's loopback. So a copy of the built template declares the SDK's own variables, a file
holds their values as the running local cloud has them, and the local cloud also listens on the
address under which Docker's containers see this machine. The functions' code stays as it is. What
asks `sam local start-api` for the page is the emulator: `up --api` (`local/templates.py`).
"""

import contextlib
import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import yaml

from local import LocalError
from local.cli.client import control
from local.containers.docker import docker
from local.deployment import CODE
from local.templates import FUNCTION

BUILT = Path(".aws-sam/build/template.yaml")
FOLDER = Path(".aws-sam/local")  # samconfig.toml names the two files that come here
_ADDRESS = "import socket; print(socket.gethostbyname('machine'))"
_REACH = "import sys, urllib.request; urllib.request.urlopen(sys.argv[1], timeout=5)"


def prepare(aws_port: int, sam: str, options: list[str]) -> list[str]:
    """Do all that `sam local` needs; returns the names of the functions that it can run."""
    functions = control(aws_port, "GET", "functions")
    if any("AWS_CA_BUNDLE" in function["variables"] for function in functions.values()):
        raise LocalError("containers know nothing of --certificate; start the local cloud anew")
    images = {image(function) for function in functions.values()}
    _docker("version", "--format", "{{.Server.Version}}", why="Docker doesn't answer")
    for runtime in sorted({function["runtime"] for function in functions.values()}):
        _build(sam, runtime, options)
    for name in sorted(images):
        if not _output(["docker", "image", "inspect", name]):
            print(f"pulling {name}", flush=True)
            why = f"can't pull {name}, which SAM runs the functions in"
            _docker("pull", "--quiet", name, why=why)
    url = _reachable(aws_port, min(images))
    environments = {
        name: function["variables"] | {"AWS_ENDPOINT_URL": url}
        for name, function in functions.items()
    }
    template = declaring(yaml.safe_load(BUILT.read_text(encoding="utf-8")), environments)
    FOLDER.mkdir(parents=True, exist_ok=True)
    for file, document in (("template.json", template), ("environment.json", environments)):
        (FOLDER / file).write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    return sorted(environments)


def image(function: dict[str, Any]) -> str:
    """The base image of a runtime, as SAM names it."""
    language, version = re.findall(r"[a-z]+|[\d.]+", function["runtime"])[:2]
    return f"public.ecr.aws/lambda/{language}:{version}-{function['architecture']}"


def declaring(template: dict[str, Any], environments: dict[str, dict[str, str]]) -> dict[str, Any]:
    """A built template whose functions declare every variable of their environment."""
    for name, resource in template["Resources"].items():
        properties, member = resource.get("Properties", {}), CODE.get(resource["Type"], "")
        if folder := properties.get(member):
            properties[member] = os.path.relpath(BUILT.parent / folder, FOLDER)
        if resource["Type"] == FUNCTION:
            if name not in environments:
                raise LocalError(f"the local cloud plays another template: it has no {name}")
            declared = properties.setdefault("Environment", {}).setdefault("Variables", {})
            declared.update(dict.fromkeys(environments[name], ""))
    return template


def python_folder(runtime: str) -> Path:
    """The folder of `python3.x`: on PATH, or kept by pyenv or uv."""
    version = runtime.removeprefix("python")
    pyenv = Path(_output(["pyenv", "root"]) or Path.home() / ".pyenv")
    found = [shutil.which(runtime), *sorted(pyenv.glob(f"versions/*/bin/{runtime}"))]
    for candidate in [*found, _output(["uv", "python", "find", "--no-project", version])]:
        if candidate and _output([str(candidate), "--version"]):  # pyenv's may lead nowhere
            return Path(candidate).parent
    raise LocalError(
        f"sam build needs Python {version}, which the functions run on, and finds none: install it"
        f" (pyenv install {version}, or uv python install {version}), or build in a container:"
        " make sam-local OPTIONS=--use-container"
    )


def _build(sam: str, runtime: str, options: list[str]) -> None:
    """`sam build` with a Python of the functions' runtime, wherever this machine keeps it."""
    environment = os.environ | {"SAM_CLI_TELEMETRY": "0"}
    if "--use-container" not in options:
        environment["PATH"] = f"{python_folder(runtime)}{os.pathsep}{os.environ['PATH']}"
    try:
        done = subprocess.run([sam, "build", *options], env=environment, check=False)
    except FileNotFoundError:
        message = f"there is no {sam}: install aws-sam-cli, or name it with --sam"
        raise LocalError(message) from None
    if done.returncode:
        raise LocalError("sam build failed; it says above why")


def _reachable(aws_port: int, name: str) -> str:
    """The address of the local cloud for containers, tried out from one."""
    run = ("run", "--rm", "--add-host", "machine:host-gateway", "--entrypoint", "python3", name)
    address = _docker(*run, "-c", _ADDRESS, why="a container can't find this machine")
    with contextlib.suppress(LocalError):  # Docker Desktop's isn't ours, but leads to us
        control(aws_port, "POST", "listen", {"address": address})
    url = f"http://{address}:{aws_port}"  # no name: S3 clients would put the bucket in front of it
    why = f"containers don't reach the local cloud under {url}; a firewall may be in between"
    _docker(*run, "-c", _REACH, f"{url}/_local/status", why=why)
    return url


def _output(command: list[str]) -> str:
    """What a program prints, or nothing if it isn't there or fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _docker(*arguments: str, why: str) -> str:
    """What a docker command prints; LocalError with `why` and Docker's own words if it fails."""
    try:
        return docker(*arguments)
    except FileNotFoundError:
        raise LocalError("sam local needs Docker, and there is no `docker` here") from None
    except LocalError as error:
        raise LocalError(f"{why}: {error}") from None
