"""What the documents say is there: links, commands, the tour's files, members, exceptions."""

import ast
import importlib
import json
import re
import shlex
from dataclasses import fields
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import get_args, get_type_hints

import pytest

from runs.states import BEFORE_ITS_END, END_STATES, State
from sentiment.dataset.files import DatasetError
from sentiment.dataset.peek import peek
from sentiment.evaluation import Behaviour, DatasetFindings, Decision, Evaluation
from sentiment.model_folder import ModelDescription, describe
from sentiment.settings import Settings
from tests.unit.contracts import faults
from tests.unit.imports import ROOT

FOLDERS = ("", "docs", "examples", "benchmarks", "models/base", "models/imdb")
PAGES = sorted(path for folder in FOLDERS for path in (ROOT / folder).glob("*.md"))
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
FENCED = re.compile(r"^```\w*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PICTURE = re.compile(r"^```mermaid\n.*?^```$", re.MULTILINE | re.DOTALL)


@cache
def read(page: Path | str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def anchor(heading: str) -> str:
    """What GitHub makes of a heading for links."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def anchors(page: Path) -> set[str]:
    return {anchor(heading) for heading in HEADING.findall(FENCED.sub("", read(page)))}


def code_in(page: Path) -> list[str]:
    """The lines of a page that are to be typed, and what stands in `back-quotes`."""
    text = read(page).replace("\\\n", " ")
    lines = [line.strip() for block in FENCED.findall(text) for line in block.splitlines()]
    lines += [line.strip() for line in text.splitlines() if line.startswith("    ")]
    spans = re.findall(r"`([^`]+)`", FENCED.sub("", text))
    return [*lines, *(" ".join(span.split()) for span in spans)]


def first_column(page: str, heading: str) -> list[str]:
    """What stands in `back-quotes` in the first cells of the table below a heading."""
    section = re.split(r"^#+ ", read(page).split(f"# {heading}\n")[1], flags=re.MULTILINE)[0]
    rows = [line for line in section.splitlines() if line.startswith("| `")]
    return [found for row in rows for found in re.findall(r"`([^`]+)`", row.split(" | ")[0])]


# --- Links and commands -----------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_link_inside_the_repository_leads_to_a_file_and_its_heading(page):
    links = re.findall(r"\]\(([^)\s]+)\)", FENCED.sub("", read(page)))

    for link in links:
        if re.match(r"\w+:", link):
            continue
        path, _, heading = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.is_file(), link
        assert not heading or heading in anchors(target), link


def source_of(module: str) -> Path:
    path = ROOT / module.replace(".", "/")
    return path / "__main__.py" if path.is_dir() else path.with_suffix(".py")


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_program_that_a_page_tells_to_run_exists_and_knows_its_flags(page):
    flags_of_training = " ".join(f'"--{flag.name.replace("_", "-")}"' for flag in fields(Settings))

    for line in code_in(page):
        found = re.search(
            r"(?:\bpython\S*|experiment\(\) \{ \S+) (?:-m ([\w.]+)|(\w[\w/]+\.py))", line
        )
        if not found:
            continue
        program = source_of(found[1]) if found[1] else ROOT / found[2]
        assert program.is_file(), line
        told = re.sub(r"'[^']*'|#.*", "", line[found.end() :])
        for flag in re.findall(r"(?<=\s)--[a-z-]+", told):
            known = (f'"{flag}"' in text for text in (read(program), flags_of_training))
            assert flag == "--help" or any(known), line


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_target_of_make_that_a_page_names_exists(page):
    targets = set(re.findall(r"^([\w./-]+):", read("Makefile"), re.MULTILINE))

    for line in code_in(page):
        if line.startswith("make "):
            words = shlex.split(line.split(" #")[0])[1:]
            named = {word for word in words if re.fullmatch(r"[\w./-]+", word)}
            assert named <= targets, line


# --- Pages of their own -----------------------------------------------------------------------


def test_the_readme_fits_two_screens_and_begins_with_the_picture_of_the_architecture():
    [picture] = PICTURE.findall(read("README.md"))

    assert len(read("README.md").splitlines()) <= 100
    assert picture == PICTURE.findall(read("docs/architecture.md"))[0]


def test_the_index_of_decisions_names_every_heading_in_its_order_and_with_its_date():
    page = read("docs/decisions.md")
    index = re.findall(r"^- (\S+) \[(.+)\]\(#.+\)$", page, re.MULTILINE)
    dated = re.findall(r"^## (.+)\n\n\*(\d{4}-\d\d-\d\d)\*$", page, re.MULTILINE)

    assert [(title, day) for day, title in index] == dated
    assert [title for title, _ in dated] == re.findall(r"^## (.+)$", page, re.MULTILINE)


def test_the_tour_leads_through_eight_files():
    rows = re.findall(r"^\| (\d) \| `(\S+)` \|", read("docs/tour.md"), re.MULTILINE)

    assert [int(number) for number, _ in rows] == list(range(1, 9))
    for _, path in rows:
        assert (ROOT / path).is_file(), path


def test_the_sentence_that_the_tour_changes_stands_where_it_says():
    page = read("docs/tour.md")
    [line] = re.findall(r"^```python\n(.+)\n```$", page, re.MULTILINE)
    [path] = re.findall(r"\stable in `(\S+)`:\n", page)

    assert read(path).splitlines().count(line) == 1
    assert re.findall(r'"\{where\} (.+?)"', line)[0] in page.split("```python")[0]


def test_the_bad_file_of_the_tour_is_refused_as_it_says():
    page = read("docs/tour.md")
    [written] = re.findall(r"^printf '(.+)' > bad\.csv$", page, re.MULTILINE)
    content = written.replace("\\n", "\n").encode()

    with pytest.raises(DatasetError) as refusal:
        peek("bad.csv", BytesIO(content))

    assert f"refused: {refusal.value}\n" in page
    assert json.dumps(str(refusal.value)) in read("docs/receipt.md")


def test_every_alarm_is_explained_to_whom_it_wakes():
    alarms = re.findall(
        r"^  (\w+):.*\n    Type: AWS::CloudWatch::Alarm$", read("template.yaml"), re.MULTILINE
    )

    assert len(alarms) >= 3
    assert set(alarms) <= set(re.findall(r"`(\w+Alarm)`", read("docs/operations.md")))


# --- Contracts --------------------------------------------------------------------------------


def printed(page: str) -> list[dict[str, object]]:
    return [
        json.loads(found) for found in re.findall(r"^```json\n(.*?)^```$", read(page), re.M | re.S)
    ]


@pytest.fixture
def receipts(monkeypatch):
    """What writes receipts, which wants a function's environment."""
    buckets = ("DATASET_BUCKET", "RUN_BUCKET")
    for variable in (*buckets, "RUN_PREFIX", "TOPIC_ARN", "POWERTOOLS_METRICS_NAMESPACE"):
        monkeypatch.setenv(variable, "some")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    return importlib.import_module("runs.receipts")


def test_a_document_that_is_not_as_its_type_says_is_told_by_the_place():
    right = {"check": "majority", "passed": True, "text": "Yes."}
    decision = {"status": "Approved", "reasons": [right, {**right, "passed": 1, "more": 2}]}

    assert set(faults(decision | {"status": "Yes"}, Decision)) == {
        "$.status: 'Yes' is none of ('Approved', 'Rejected', 'PendingManualApproval')",
        "$.reasons[1]: more is foreign",
        "$.reasons[1].passed: 1 is no bool",
    }
    assert list(faults({"status": "Approved"}, Decision)) == ["$: reasons is missing"]
    assert list(faults({"passed": 1, "of": 2, "rate": "x", "needed": 0}, Behaviour)) != []


def test_the_printed_receipts_are_what_their_type_says_and_each_member_is_explained(receipts):
    for receipt in printed("docs/receipt.md"):
        assert list(faults(receipt, receipts.Receipt)) == []
        assert list(receipt) == list(receipts.receipt("live"))
        if receipt["evaluation"]:
            assert list(faults(receipt["found"], DatasetFindings)) == []
            assert list(faults(receipt["decision"], Decision)) == []
            for part, value in receipt["evaluation"].items():
                assert list(faults(value, get_type_hints(Evaluation)[part], part)) == []
    assert set(receipt) <= set(first_column("docs/receipt.md", "The receipt"))


def test_a_receipt_quotes_parts_of_the_evaluation(receipts):
    assert set(receipts.EVALUATED) < Evaluation.__required_keys__
    assert {"dataset", "decision"} < Evaluation.__required_keys__


def test_every_state_of_a_receipt_is_explained(receipts):
    assert get_args(State) == tuple(receipts.NEXT)
    assert set(first_column("docs/receipt.md", "States")) == set(receipts.NEXT)
    assert set(receipts.NEXT) > BEFORE_ITS_END | END_STATES


def test_every_refusal_of_aws_is_explained():
    rows = importlib.import_module("runs.refusals").TABLE

    assert first_column("docs/receipt.md", "What AWS refuses") == list(
        dict.fromkeys(row.code for row in rows)
    )


def test_the_printed_evaluation_is_what_its_type_says_and_each_member_is_explained():
    [evaluation] = printed("docs/evaluation.md")

    assert list(faults(evaluation, Evaluation)) == []
    assert set(evaluation) <= set(first_column("docs/evaluation.md", "evaluation.json"))


def test_the_first_model_says_of_itself_what_the_types_say():
    first = ROOT / "models/imdb"

    assert list(faults(json.loads(read("models/imdb/evaluation.json")), Evaluation)) == []
    assert list(faults(describe(first), ModelDescription)) == []


def test_our_exceptions_are_listed_each_with_the_file_or_folder_that_it_is_in():
    modules = [
        path
        for folder in ("training", "functions", "operations", "local")
        for path in (ROOT / folder).rglob("*.py")
    ]
    found = {
        node.name: name(path)
        for path in modules
        for node in ast.parse(read(path)).body
        if isinstance(node, ast.ClassDef)
        and any(re.search(r"(Exception|Error)$", getattr(base, "id", "")) for base in node.bases)
    }
    table = read("CONTRIBUTING.md").split("## Our exceptions\n")[1]
    rows = [line.split(" | ") for line in table.splitlines() if line.startswith("| `")]
    told = {
        one: re.findall(r"`([\w/.]+)`", files)
        for names, files, *_ in rows
        for one in re.findall(r"`(\w+)`", names)
    }

    assert set(told) == set(found)
    for one, files in told.items():
        assert any(found[one].startswith(file) for file in files), one
