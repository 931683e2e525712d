"""Which files our images may be built from."""

from tests.docker_context import context_files
from tests.templates import ROOT


def test_our_images_are_built_from_programs_locks_and_models_only() -> None:
    files = {path.relative_to(ROOT).as_posix() for path in context_files(ROOT)}

    assert {"training/train.py", "training/serve.py", "models/base/weights.npz"} <= files
    assert "training/sentiment/judging/report.html" in files
    assert {name.split("/")[0] for name in files} == {"training", "models"}
    assert not [name for name in files if "__pycache__" in name]
    assert {name for name in files if name.startswith("training/") and name.count("/") == 1} == {
        "training/requirements-serve.lock",
        "training/requirements-train.lock",
        "training/requirements-train.txt",
        "training/serve.py",
        "training/train.py",
    }
