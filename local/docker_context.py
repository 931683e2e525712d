"""Which files of a folder Docker may build an image from: those that .dockerignore lets through."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

_WILD = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}


class Ignore:
    """The rules of one .dockerignore; the last one that fits a path or a folder above it holds."""

    def __init__(self, text: str) -> None:
        lines = [line.strip() for line in text.splitlines()]
        rules = [line for line in lines if line and not line.startswith("#")]
        self._rules = [(_pattern(rule.lstrip("!")), rule.startswith("!")) for rule in rules]
        self._kept = [_clean(rule) for rule in rules if rule.startswith("!")]

    def keeps(self, path: str) -> bool:
        """Whether a path, relative to the folder, is let through."""
        kept = True
        for pattern, keep in self._rules:
            if pattern.fullmatch(path):
                kept = keep
        return kept

    def may_keep_below(self, folder: str) -> bool:
        """Whether anything in a folder can be let through; which ones needn't be walked."""
        wild = any("*" in rule or "?" in rule for rule in self._kept)
        return wild or self.keeps(folder) or any(r.startswith(f"{folder}/") for r in self._kept)


def files(context: Path) -> Iterator[Path]:
    """The files that Docker may copy, in order; bytecode is none of them."""
    place = context / ".dockerignore"
    ignore = Ignore(place.read_text(encoding="utf-8") if place.is_file() else "")
    for folder, folders, names in os.walk(context):
        below = Path(folder).relative_to(context)
        folders[:] = sorted(
            name
            for name in folders
            if name != "__pycache__" and ignore.may_keep_below((below / name).as_posix())
        )
        for name in sorted(names):
            if ignore.keeps((below / name).as_posix()):
                yield context / below / name


def _clean(rule: str) -> str:
    return rule.lstrip("!").strip().strip("/")


def _pattern(rule: str) -> re.Pattern[str]:
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", _clean(rule))
    return re.compile("".join(_WILD.get(part, re.escape(part)) for part in parts) + "(?:/.*)?")
