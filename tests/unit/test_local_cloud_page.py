"""docs/local-cloud.md says what is played and what differs: held against the code and the tests."""

import ast
import re
from pathlib import Path

import pytest

from local.errors import COMMON
from local.faults import Faults
from local.in_process import service_model
from local.lambda_api import LambdaApi
from local.lambdas import Functions
from local.sagemaker import SageMaker
from local.sagemaker_limits import NOT_PLAYED
from local.template import load

ROOT = Path(__file__).parent.parent.parent
TEMPLATE = ROOT / "tests/data/aws/template.yaml"
PAGE = (ROOT / "docs/local-cloud.md").read_text()


def rows(heading: str) -> list[list[str]]:
    """The cells of the table below a heading, without its head."""
    section = re.split(r"\n#{2,3} ", PAGE.split(f" {heading}\n", 1)[1])[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    assert len(lines) > 2, f"{heading} has no table"
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]
    assert {len(row) for row in cells} == {lines[0].count("|") - 1}, heading
    return cells


def names(cell: str) -> list[str]:
    """What stands in `back-quotes`."""
    return re.findall(r"`([^`]+)`", cell)


def test_the_table_of_sagemaker_is_what_the_code_plays(tmp_path: Path) -> None:
    sagemaker = SageMaker(load(TEMPLATE), tmp_path, None, Faults(), lambda *_: None)

    told = [name for operation, *_ in rows("SageMaker") for name in names(operation)]

    assert sorted(told) == sorted(sagemaker.played())


def test_what_is_refused_is_said_and_is_aws_own_name() -> None:
    told = {names(operation)[0]: names(missing) for operation, _, missing in rows("SageMaker")}
    model = service_model("sagemaker")

    for operation, members in NOT_PLAYED.items():
        known = model.operation_model(operation).input_shape
        assert known is not None
        assert members <= known.members.keys(), operation
        assert members <= set(told[operation]), operation


def test_the_table_of_lambda_is_what_the_code_plays(tmp_path: Path) -> None:
    stack = load(TEMPLATE)
    functions = Functions(stack, "http://127.0.0.1:9", tmp_path, 1)

    told = {name for operation, *_ in rows("Lambda") for name in names(operation)}

    assert told == LambdaApi(stack, functions).played()


def defined_in(path: Path) -> set[str]:
    tree = ast.parse(path.read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("row", rows("Differences"), ids=lambda row: row[0])
def test_every_difference_is_pinned_by_a_test_that_exists(row: list[str]) -> None:
    pins = [name for name in names(row[-1]) if name.startswith("tests/")]

    assert pins, f"{row[0]}: no test is named"
    for pin in pins:
        path, _, name = pin.partition("::")
        assert name in defined_in(ROOT / path), pin


def test_the_common_errors_are_said_nowhere_else() -> None:
    """An operation that describes one of them itself has the last word about its status."""
    for service in ("sagemaker", "sagemaker-runtime", "lambda"):
        model = service_model(service)
        for operation in model.operation_names:
            for shape in model.operation_model(operation).error_shapes:
                status = shape.metadata.get("error", {}).get("httpStatusCode", 400)
                assert status in COMMON.get(shape.error_code, {status}), operation
