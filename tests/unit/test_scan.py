"""The answers to a policy scanner's findings are whole: none is missing, none is left over."""

from local.emulator import VENV
from operations.scan import ANSWERS, ROOT, Finding, answers, faults, translated
from tests.needs import need

PAGE = """\
| check | where | why it stays |
|---|---|---|
| `CKV_AWS_1` | `First`, `Second` | since `Third` is no part of it |
"""
ANSWERED = {Finding("CKV_AWS_1", "First"), Finding("CKV_AWS_1", "Second")}


def test_a_row_answers_for_each_resource_that_it_names():
    assert answers(PAGE) == ANSWERED


def test_a_finding_without_an_answer_is_told():
    found = dict.fromkeys((*ANSWERED, Finding("CKV_AWS_2", "First")), "Be safe")

    assert faults(found, ANSWERED) == ["CKV_AWS_2 First: Be safe: mend it, or answer it"]


def test_an_answer_without_a_finding_is_told():
    found = {Finding("CKV_AWS_1", "First"): "Be safe"}

    assert faults(found, ANSWERED) == [
        "CKV_AWS_1 Second: nothing is found any more: take the answer away"
    ]


def test_where_all_is_answered_nothing_is_told():
    assert faults(dict.fromkeys(ANSWERED, "Be safe"), ANSWERED) == []


def test_every_row_of_the_page_gives_a_reason_and_is_read():
    page = ANSWERS.read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| `")]

    assert len(rows) > 10
    for row in rows:
        assert answers(row), row
        assert len(row.split(" | ")[2].split()) >= 5, row


def test_what_is_scanned_has_the_roles_that_sam_makes():
    need((VENV / "bin/python").exists(), "no emulator: `make .venv-emulator/ready`")
    resources = translated(ROOT / "template.yaml")["Resources"]
    kinds = {name: resource["Type"] for name, resource in resources.items()}

    assert kinds["StartTrainingFunctionRole"] == "AWS::IAM::Role"
    assert "Serverless" not in " ".join(kinds.values())
