"""Who may know what: the tables of rooms in docs/architecture.md, held against every import."""

import ast
import re
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from tests.unit.imports import HOUSE, ROOT, TRAINING, below, imports, modules

AWS = {"boto3", "botocore", "aws_lambda_powertools"}
WEB = {"http", "urllib", "socket", "requests", "httpx", "starlette", "uvicorn"}
WORDS = {"bs4", "nltk"}
ROOMS = [
    ("training/sentiment", AWS | WEB | {"functions", "local"}),
    ("training/sentiment/text.py", {"torch", "os", "pathlib", "numpy"}),
    ("training/sentiment/windows.py", {"torch", "os", "pathlib", "numpy"}),
    ("training/sentiment/vocabulary.py", {"torch", "os", "pathlib"}),
    ("training/sentiment/model_folder.py", {"torch", "os"} | WORDS),
    ("training/sentiment/evaluation.py", {"torch", "numpy"} | WORDS),
    ("training/sentiment/settings.py", {"torch", "numpy"} | WORDS),
    ("training/sentiment/stages.py", {"torch", "numpy"} | WORDS),
    ("training/sentiment/budget.py", {"torch", "numpy"} | WORDS),
    ("training/sentiment/arrays.py", {"torch"} | WORDS),
    ("training/sentiment/dataset", {"torch", "sklearn", "onnx", "onnxruntime"}),
    ("training/sentiment/model", WORDS | {"sklearn"}),
    ("training/sentiment/model/network.py", {"os", "pathlib", "sentiment.text"}),
    ("training/sentiment/model/language.py", {"os", "pathlib", "sentiment.text"}),
    ("training/sentiment/serving", {"torch", "sklearn"} | WORDS),
    ("training/sentiment/learning", WORDS | {"sentiment.dataset.files"}),
    ("training/sentiment/judging", {"torch"} | WORDS),
    ("training/sentiment/pretraining", WORDS),
    ("training/sentiment/output.py", {"torch"} | WORDS),
    ("training/sentiment/pipeline.py", {"torch"} | WORDS),
]


@pytest.mark.parametrize(("room", "must_not_know"), ROOMS, ids=[room for room, _ in ROOMS])
def test_a_room_knows_only_what_it_may(room, must_not_know):
    for path in files_of(room):
        assert not known_by(path) & must_not_know, path.relative_to(ROOT)


def files_of(room: str) -> list[Path]:
    path = ROOT / room
    files = [path] if path.is_file() else list(path.rglob("*.py"))
    assert files
    return files


def known_by(path: Path) -> set[str]:
    """What a file imports, each also by the name of the package that it is in."""
    return imports(path) | {name.partition(".")[0] for name in imports(path)}


def table(first_cell: str) -> list[list[str]]:
    """The rows, but for the head, of the table of docs/architecture.md with this first cell."""
    page = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    lines = page.split(f"| {first_cell} |")[1].split("\n\n")[0].split("\n")[2:]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def named(cell: str) -> list[str]:
    return re.findall("`(.*?)`", cell)


OURS = {"sentiment", "experiments", "functions", "runs", "operations", "local", "benchmarks"}
AROUND = [
    (room, set(named(ours)), set(named(must_not_import)))
    for rooms, _, ours, must_not_import in table("room")
    for room in named(rooms)
]


@pytest.mark.parametrize(
    ("room", "ours", "must_not_import"), AROUND, ids=[room for room, _, _ in AROUND]
)
def test_a_room_around_the_house_imports_what_the_table_names_and_no_more(
    room, ours, must_not_import
):
    known = set().union(*map(known_by, files_of(room)))

    assert must_not_import
    assert not known & must_not_import
    assert known & (OURS - {Path(room).name}) == ours - {Path(room).name}


def test_the_table_has_every_program_of_ours():
    programs = {f"training/{path.name}" for path in TRAINING.glob("*.py")}
    programs |= {f"functions/{path.parent.name}/" for path in ROOT.glob("functions/*/app.py")}

    assert len(programs) == 8
    assert programs < {room for room, _, _ in AROUND}


def room(module: str) -> str:
    """The folder that a module stands in, or its file where it stands on top."""
    _, name, *inside = module.split(".")
    return f"{name}/" if inside else f"{name}.py"


def stands_on() -> dict[str, set[str]]:
    """Which rooms each room of the house imports from."""
    house = modules()
    arrows: dict[str, set[str]] = {room(name): set() for name in house}
    for name, path in house.items():
        arrows[room(name)] |= {room(other) for other in imports(path) & set(house)} - {room(name)}
    return arrows


def test_a_room_stands_on_those_that_the_table_names_and_they_are_below_it():
    rows = table("room of `training/sentiment`")
    told = {named(first)[0]: named(names) for first, _, names, _ in rows}

    assert {name: set(names) for name, names in told.items()} == stands_on()
    floors = list(told)
    for name, names in told.items():
        assert all(floors.index(name) < floors.index(other) for other in names), name


PROGRAMS = [  # folders of modules, and where those are imported from
    (HOUSE, TRAINING),
    (TRAINING / "experiments", TRAINING),
    *((ROOT / folder, ROOT) for folder in ("local", "operations", "benchmarks", "tests")),
    *((folder, folder) for folder in ROOT.glob("functions/*/")),
]


@pytest.mark.parametrize(("folder", "base"), PROGRAMS, ids=[folder.name for folder, _ in PROGRAMS])
def test_no_module_imports_itself_by_way_of_others(folder, base):
    known = modules(folder, base)
    arrows = {name: imports(path) & set(known) for name, path in known.items()}

    assert len(list(TopologicalSorter(arrows).static_order())) == len(known)  # else a CycleError


def test_the_house_imports_its_own_modules_at_the_top_of_a_file_only():
    for path in modules().values():
        tree = ast.parse(path.read_text())
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sentiment"):
                assert node in tree.body, path.relative_to(ROOT)


def test_the_sign_on_the_door_of_a_room_is_a_docstring_and_nothing_else():
    signs = list(HOUSE.rglob("__init__.py"))

    assert {path.parent for path in HOUSE.rglob("*.py")} == {path.parent for path in signs}
    for path in signs:
        (only,) = ast.parse(path.read_text()).body
        assert isinstance(only, ast.Expr), path.relative_to(ROOT)


def test_the_first_look_at_a_dataset_knows_no_numpy():
    known = set().union(*map(imports, below(HOUSE / "dataset/peek.py")))

    assert "sentiment.text" in known
    assert not {name.partition(".")[0] for name in known} & {"numpy", "torch", "sklearn"}


def test_functions_do_not_know_each_other_and_their_layer_none_of_them():
    own_of = {
        folder: {path.stem for path in folder.glob("*.py")} for folder in ROOT.glob("functions/*/")
    }
    assert len(own_of) == 4
    assert own_of[ROOT / "functions/layer"] == set()  # its package's names are its own
    for folder, own in own_of.items():
        foreign = set().union(*(names for other, names in own_of.items() if other != folder)) - own
        for path in folder.rglob("*.py"):
            roots = {name.partition(".")[0] for name in imports(path)}
            assert not roots & (foreign | {"functions"}), path.relative_to(ROOT)


def test_the_local_cloud_knows_no_name_of_the_template():
    template = (ROOT / "template.yaml").read_text().split("\nResources:\n")[1]
    resources = template.split("\nOutputs:\n")[0].splitlines()
    logical_ids = {
        line[2:].split(":")[0] for line in resources if line[:2] == "  " and line[2:3].isalpha()
    }
    assert "StartTrainingFunction" in logical_ids

    files = list((ROOT / "local").rglob("*.py"))
    assert len(files) > 20
    for path in files:
        words = set(path.read_text().replace('"', " ").replace("'", " ").split())
        # these are words of AWS's own protocols too
        assert not words & (logical_ids - {"Api", "Distribution", "ModelPackageGroup"}), path.name


def test_no_test_imports_from_another_test():
    files = list((ROOT / "tests").rglob("test_*.py"))

    assert len(files) > 50
    for path in files:
        shared = {name for name in imports(path) if name.startswith("tests.")}
        assert not [name for name in shared if ".test_" in name], path.relative_to(ROOT)
