"""Our exceptions are one tree, and its docstring names all of them with their modules."""

import ast
import re

from sentiment import errors
from tests.unit.imports import HOUSE


def test_every_exception_of_ours_is_in_the_tree_where_it_says():
    told = set(re.findall(r"[├└]── (\w+) +(\S+\.py) ", errors.__doc__ or ""))
    found = {
        (node.name, path.relative_to(HOUSE).as_posix(), ast.unparse(node.bases[0]))
        for path in HOUSE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef) and node.name.endswith("Error")
    }

    expected = {(name, module, "SentimentError") for name, module in told}
    assert found == expected | {("SentimentError", "errors.py", "Exception")}
