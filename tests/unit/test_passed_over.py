"""What the linter or the type checker is told to pass over, and why."""

import re
from itertools import pairwise

from tests.unit.imports import ROOT

FOLDERS = ("training", "functions", "local", "operations", "benchmarks", "tests")
PASSED_OVER = re.compile(r"#\s*(noqa|type:\s*ignore)\b")
REASON = re.compile(r"# (noqa: \w+( - | \()|type: ignore\[[\w-]+\]  # )\w")


def test_it_says_why_in_its_line_or_in_the_line_before():
    found = [
        (path.relative_to(ROOT), before, line)
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("*.py")
        for before, line in pairwise(["", *path.read_text(encoding="utf-8").splitlines()])
        if PASSED_OVER.search(line) and "PASSED_OVER" not in line
    ]

    assert len(found) > 10
    for path, before, line in found:
        assert REASON.search(line) or before.lstrip().startswith("# "), f"{path}: {line.strip()}"
