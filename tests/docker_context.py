"""Which files of a folder Docker may copy into an image."""

from collections.abc import Iterator
from pathlib import Path

from docker.utils.build import exclude_paths


def context_files(context: Path) -> Iterator[Path]:
    """In order: .dockerignore lets them through."""
    path = context / ".dockerignore"
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    rules = [rule for line in lines if (rule := line.strip()) and not rule.startswith("#")]
    # exclude_paths lets what Docker itself reads through, whatever the rules say.
    read_by_docker = {"Dockerfile", ".dockerignore"}
    for name in sorted(exclude_paths(str(context), rules)):
        if name not in read_by_docker and (context / name).is_file():
            yield context / name
