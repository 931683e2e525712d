"""Which files an image is built from: .dockerignore as Docker reads it."""

import pytest

from local.docker_context import Ignore, files
from tests.conftest import ROOT


@pytest.mark.parametrize(
    ("rules", "kept", "left_out"),
    [
        ("", "a b/c", ""),
        ("# note\n\n*", "", "a b/c"),
        ("*\n!b", "b b/c b/c/d", "a bb a/b"),
        ("*\n!b/c", "b/c b/c/d", "b b/d c"),
        ("*\n!b\nb/d", "b/c", "b/d b/d/e"),
        ("*.md", "a/x.md", "x.md"),
        ("**/*.md", "x.mdx", "x.md a/x.md a/b/x.md"),
        ("a/*/x", "a/x a/b/c/x", "a/b/x a/b/x/y"),
        ("a?.txt", "a.txt abc.txt", "ab.txt"),
        ("/a/", "b/a", "a a/b"),
        ("a+b", "aab", "a+b"),
    ],
)
def test_the_last_rule_that_fits_holds(rules, kept, left_out):
    ignore = Ignore(rules)

    assert [path for path in kept.split() if not ignore.keeps(path)] == []
    assert [path for path in left_out.split() if ignore.keeps(path)] == []


def test_files_are_found_below_folders_that_are_left_out(tmp_path):
    for name in ("a/b/kept", "a/c/lost", "d/lost", "a/b/__pycache__/lost", "e/x.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()

    def found():
        return [path.relative_to(tmp_path).as_posix() for path in files(tmp_path)]

    assert found() == ["a/b/kept", "a/c/lost", "d/lost", "e/x.py"]
    (tmp_path / ".dockerignore").write_text("*\n!a/b\n")
    assert found() == ["a/b/kept"]
    (tmp_path / ".dockerignore").write_text("*\n!**/*.py\n")
    assert found() == ["e/x.py"]


def test_our_images_are_built_from_programs_locks_and_models_only():
    names = {path.relative_to(ROOT).as_posix() for path in files(ROOT)}

    assert {"training/train.py", "training/serve.py", "models/base/weights.npz"} <= names
    assert {name.split("/")[0] for name in names} == {"training", "models"}
    assert {name for name in names if name.startswith("training/") and name.count("/") == 1} == {
        "training/requirements-serve.lock",
        "training/requirements-train.lock",
        "training/requirements-train.txt",
        "training/serve.py",
        "training/train.py",
    }
