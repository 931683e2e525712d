"""Which modules import which, as their text says: nothing is run."""

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
TRAINING = ROOT / "training"
HOUSE = TRAINING / "sentiment"


@cache
def imports(path: Path) -> frozenset[str]:
    """Every module that `path` imports anywhere, by its full name."""
    names = set[str]()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.module, f"{path} imports by dots, not by a name"
            assert not node.level, f"{path} imports by dots, not by a name"
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return frozenset(names)


@cache
def modules(folder: Path = HOUSE, base: Path = TRAINING) -> dict[str, Path]:
    """Every module in a folder, the house's if none is named, as one in `base` imports it."""
    found = {
        ".".join(path.relative_to(base).with_suffix("").parts): path
        for path in folder.rglob("*.py")
        if path.name != "__init__.py"
    }
    assert folder != HOUSE or {"sentiment.text", "sentiment.dataset.peek"} <= set(found)
    assert found
    return found


def below(start: Path) -> set[Path]:
    """Every module of the house that is imported where this file is, itself left out."""
    house, found, ahead = modules(), set[Path](), [start]
    while ahead:
        new = {house[name] for name in imports(ahead.pop()) & set(house)} - found
        found |= new
        ahead += new
    return found


def copied(target: str) -> dict[Path, str]:
    """What a stage of the Dockerfile copies of our programs, and where to in /opt/program."""
    text = (TRAINING / "Dockerfile").read_text().replace("\\\n", " ")
    (stage,) = re.findall(rf"(?ms)^FROM \S+ AS {target}$(.*?)(?=^FROM |\Z)", text)
    found: dict[Path, str] = {}
    for words in re.findall(r"(?m)^COPY (.*)$", stage):
        *sources, target = words.split()
        for source in (ROOT / one for one in sources):
            if source.is_dir():  # its content is copied, not itself
                inside = list(source.rglob("*.py"))
                found |= {path: f"{target}/{path.relative_to(source)}" for path in inside}
            elif source.suffix == ".py":
                found[source] = f"{target}{source.name}"
    assert found
    return found
