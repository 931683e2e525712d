"""`sam build` with a Python of the functions' runtime, wherever this machine keeps it."""

import os
import shutil
import subprocess
from pathlib import Path


class SamLocalError(Exception):
    """`sam local` can't work yet; the message says what to do."""


def build(sam: str, runtime: str, options: list[str]) -> None:
    """Build what template.yaml declares into .aws-sam/build."""
    environment = os.environ | {"SAM_CLI_TELEMETRY": "0"}
    if "--use-container" not in options and "-u" not in options:
        environment["PATH"] = f"{python_folder(runtime)}{os.pathsep}{os.environ['PATH']}"
    try:
        done = subprocess.run([sam, "build", *options], env=environment, check=False)
    except FileNotFoundError:
        raise SamLocalError(
            f"there is no {sam}: install aws-sam-cli, or name it with --sam"
        ) from None
    if done.returncode:
        raise SamLocalError("sam build failed; it says above why")


def python_folder(runtime: str) -> Path:
    """The folder of `python3.x`: on PATH, or kept by pyenv or uv."""
    version = runtime.removeprefix("python")
    for candidate in [shutil.which(runtime), *_of_pyenv(runtime), _of_uv(version)]:
        if candidate and output([candidate, "--version"]):  # pyenv leaves names that lead nowhere
            return Path(candidate).parent
    raise SamLocalError(
        f"sam build needs Python {version}, which the functions run on, and finds none: install it"
        f" (pyenv install {version}, or uv python install {version}), or build in a container:"
        " make sam-local OPTIONS=--use-container"
    )


def output(command: list[str]) -> str:
    """What a program prints, or nothing if it isn't there or fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _of_pyenv(name: str) -> list[str]:
    root = Path(output(["pyenv", "root"]) or Path.home() / ".pyenv")
    return sorted(str(path) for path in root.glob(f"versions/*/bin/{name}"))


def _of_uv(version: str) -> str:
    return output(["uv", "python", "find", "--no-project", version])
