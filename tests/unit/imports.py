"""Which modules import which, as their text says: nothing is run."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
TRAINING = ROOT / "training"
HOUSE = TRAINING / "sentiment"


def imports(path: Path) -> set[str]:
    """Every module that `path` imports anywhere, by its full name."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.module, f"{path} imports by a place, not by a name"
            assert not node.level, f"{path} imports by a place, not by a name"
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def modules() -> dict[str, Path]:
    """Every module of the house by its name."""
    found = {
        ".".join(path.relative_to(TRAINING).with_suffix("").parts): path
        for path in HOUSE.rglob("*.py")
        if path.name != "__init__.py"
    }
    assert {"sentiment.text", "sentiment.dataset.peek", "sentiment.learning.learner"} <= set(found)
    return found


def below(start: Path) -> set[Path]:
    """Every module of the house that is imported where this file is, itself left out."""
    house, found, todo = modules(), set[Path](), [start]
    while todo:
        new = {house[name] for name in imports(todo.pop()) & set(house)} - found
        found |= new
        todo += new
    return found
