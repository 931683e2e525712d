"""Hold what a policy scanner finds in the template against our answers: `make check` runs this.

    python -m operations.scan

The scanner is checkov, in an environment of its own; it sees what SAM makes of template.yaml, so
that the roles and permissions that SAM adds are scanned, too. docs/scan.md has the answers. A
finding without an answer fails, and so does an answer without a finding.
"""

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

from local import translation
from local.templates import parse

ROOT = Path(__file__).parent.parent
CHECKOV = ROOT / ".venv-checkov/bin/checkov"
ANSWERS = ROOT / "docs/scan.md"
REGION = "us-east-1"


class Finding(NamedTuple):
    """A check that a resource of the template fails."""

    check: str
    resource: str  # its logical id


def translated(template: Path) -> dict[str, Any]:
    """The template in CloudFormation's own words, in which a scanner knows every resource."""
    document = parse(template.read_text(encoding="utf-8"))
    for resource in document["Resources"].values():
        for folder in {"CodeUri", "ContentUri"} & resource.get("Properties", {}).keys():
            resource["Properties"][folder] = "s3://bucket/key"  # as `sam deploy` puts there
    made = translation.translated(document, REGION)
    if "Transform" in made:
        raise ValueError("SAM refuses the template: `make check` says why before this")
    return made


def findings(template: dict[str, Any]) -> dict[Finding, str]:
    """What checkov says against a template, with its sentence."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "template.json")
        file.write_text(json.dumps(template))
        scan = ["--file", str(file), "--framework", "cloudformation", "--skip-download"]
        scan += ["--quiet", "--compact", "--output", "json", "--soft-fail"]
        done = subprocess.run([CHECKOV, *scan], capture_output=True, text=True, check=True)
    told = json.loads(done.stdout)
    if told["summary"]["parsing_errors"] or not told["summary"]["passed"]:
        raise ValueError(f"checkov could not read the template: {told['summary']}")
    return {
        Finding(found["check_id"], found["resource"].rpartition(".")[2]): found["check_name"]
        for found in told["results"]["failed_checks"]
    }


def answers(page: str) -> set[Finding]:
    """The findings that the page's table answers: a row has a check, resources and a reason."""
    found = set()
    for line in page.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if check := re.fullmatch(r"`(CKV\w+)`", cells[0]):
            found |= {Finding(check[1], named) for named in re.findall(r"`(\w+)`", cells[1])}
    return found


def faults(found: dict[Finding, str], answered: set[Finding]) -> list[str]:
    """A sentence for each finding without an answer and each answer without a finding."""
    unanswered = [
        f"{finding.check} {finding.resource}: {sentence}: mend it, or answer it"
        for finding, sentence in sorted(found.items())
        if finding not in answered
    ]
    needless = [
        f"{check} {resource}: nothing is found any more: take the answer away"
        for check, resource in sorted(answered - found.keys())
    ]
    return [*unanswered, *needless]


def main() -> int:
    found = findings(translated(ROOT / "template.yaml"))
    told = faults(found, answers(ANSWERS.read_text(encoding="utf-8")))
    print(*told or [f"{len(found)} findings, each with its answer"], sep="\n")
    return int(bool(told))


if __name__ == "__main__":
    sys.exit(main())
