"""Who may know what: the table of rooms in docs/architecture.md, held against every import."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
AWS = {"boto3", "botocore", "aws_lambda_powertools"}
WEB = {"http", "urllib", "socket", "requests", "httpx", "starlette", "uvicorn"}
ROOMS = [
    ("training/sentiment/text.py", AWS | WEB | {"torch", "os", "pathlib", "numpy"}),
    *(
        (f"training/sentiment/{name}.py", AWS | WEB | {"torch", "numpy"})
        for name in ("files", "records", "table", "columns", "labels", "account", "tokenizing")
    ),
    ("training/sentiment/dataset.py", AWS | WEB | {"torch", "numpy"}),
    ("training/sentiment/rows.py", AWS | WEB | {"torch"}),
    ("training/sentiment/holdout.py", AWS | WEB | {"torch"}),
    ("training/sentiment/vocabulary.py", AWS | WEB | {"torch", "os"}),
    ("training/sentiment/model.py", AWS | WEB | {"bs4", "nltk", "os", "pathlib", "sentiment"}),
    *(
        (f"training/sentiment/{name}.py", AWS | WEB | {"bs4", "nltk"})
        for name in ("export", "graph", "quantize")
    ),
    *(
        (f"training/sentiment/{name}.py", AWS | WEB | {"torch", "bs4", "nltk", "sklearn"})
        for name in ("predictor", "microbatches", "windows")
    ),
    ("training/serve.py", AWS | {"torch", "bs4", "nltk", "sklearn"}),
    ("training/sentiment/language.py", AWS | WEB | {"bs4", "nltk", "os", "pathlib"}),
    ("training/sentiment/corpus.py", AWS | WEB | {"torch"}),
    ("training/pretrain.py", AWS | WEB | {"functions", "local"}),
    ("training/train.py", AWS | {"functions", "local"}),
    ("training/experiment.py", {"functions", "local", "torch"}),
    ("training/experiments", {"functions", "local", "torch"}),
    *((f"functions/{path.name}", {"torch", "local"}) for path in ROOT.glob("functions/*/")),
    ("functions/deploy_endpoint", {"sentiment"}),
    ("functions/layer/runs", {"aws_lambda_powertools", "sentiment", "bs4", "nltk"}),
    ("operations", {"sentiment", "functions", "local", "torch"}),
    ("local", {"sentiment", "functions", "torch", "nltk", "bs4", "aws_lambda_powertools"}),
]


def imports(path: Path) -> set[str]:
    """Every module that `path` imports anywhere, by its full name."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


@pytest.mark.parametrize(("room", "must_not_know"), ROOMS, ids=[room for room, _ in ROOMS])
def test_a_room_knows_only_what_it_may(room, must_not_know):
    place = ROOT / room
    files = [place] if place.is_file() else list(place.rglob("*.py"))

    assert files
    for path in files:
        known = {name.partition(".")[0] for name in imports(path)}
        assert not known & must_not_know, path.relative_to(ROOT)


def test_the_first_look_at_a_dataset_needs_no_numpy():
    look = (
        "import sys; sys.modules.update(numpy=None); from sentiment.dataset import peek;"
        ' content = b"text,label\\n" + b"good,positive\\n" * 30;'
        ' peek("a.csv", content, len(content))'
    )

    done = subprocess.run(
        [sys.executable, "-c", look], cwd=ROOT / "training", capture_output=True, text=True
    )

    assert done.stderr.endswith(
        "All 1 usable reviews are positive: add negative ones, at least 20.\n"
    )


def test_functions_do_not_know_each_other_and_their_layer_none_of_them():
    modules = {
        folder: {path.stem for path in folder.glob("*.py")} for folder in ROOT.glob("functions/*/")
    }
    assert modules[ROOT / "functions/layer"] == set()  # its package's names are its own
    for folder, own in modules.items():
        foreign = set().union(*(names for other, names in modules.items() if other != folder)) - own
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

    for path in (ROOT / "local").rglob("*.py"):
        words = set(path.read_text().replace('"', " ").replace("'", " ").split())
        # these are words of AWS's own protocols too
        assert not words & (logical_ids - {"Api", "Distribution", "ModelPackageGroup"}), path.name
