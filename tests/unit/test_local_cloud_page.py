"""docs/local-cloud.md says what is played and what differs: held against the code and the tests."""

import ast
import re
from pathlib import Path

import pytest

from local.containers.images import Images
from local.containers.processes import Processes
from local.faults import Faults
from local.sagemaker.api import NOT_PLAYED, SageMaker
from local.sagemaker.platform import Platform
from local.sagemaker.wire import service_model
from tests.described import COMMON

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs/local-cloud.md").read_text()

DIFFERENCES = "Differences from AWS that matter to us"


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
    platform = Platform(
        account="1" * 12,
        region="us-east-1",
        state=tmp_path,
        logs=tmp_path,
        publish=lambda *_: None,
        faults=Faults(),
        client=lambda *_: None,
        engine=Processes(),
        images=Images(tmp_path / "Dockerfile", tmp_path, lambda _: False),
    )

    told = [name for operation, *_ in rows("Operations") for name in names(operation)]

    assert sorted(told) == sorted(SageMaker(platform).played)


def test_what_is_refused_is_said_and_is_aws_own_name() -> None:
    told = {names(operation)[0]: names(missing) for operation, _, missing in rows("Operations")}
    model = service_model("sagemaker")

    for operation, members in NOT_PLAYED.items():
        known = model.operation_model(operation).input_shape
        assert known is not None
        assert members <= known.members.keys(), operation
        assert members <= set(told[operation]), operation


def defined_in(path: Path) -> set[str]:
    tree = ast.parse(path.read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize(
    "row", rows("Differences from AWS that matter to us"), ids=lambda row: row[0]
)
def test_every_difference_is_pinned_by_a_test_that_exists(row: list[str]) -> None:
    pins = [name for name in names(row[-1]) if name.startswith("tests/")]

    assert pins, f"{row[0]}: no test is named"
    for pin in pins:
        path, _, name = pin.partition("::")
        assert name in defined_in(ROOT / path), pin


def test_the_common_errors_are_said_nowhere_else() -> None:
    """An operation that describes one of them itself has the last word about its status."""
    for service in ("sagemaker", "sagemaker-runtime"):
        model = service_model(service)
        for operation in model.operation_names:
            for shape in model.operation_model(operation).error_shapes:
                status = shape.metadata.get("error", {}).get("httpStatusCode", 400)
                assert status in COMMON.get(shape.error_code, {status}), operation
