"""`make mutants`: code changed at random, and how many of the changes the code's own tests notice.

A mutant is a file with one comparison, operator, number or negation changed; cosmic-ray makes them
and runs the tests. mutants.toml has the files with their tests, how many mutants of each are tried,
and which can't be told from the code. Everything happens in copies of the working tree.
"""

import argparse
import multiprocessing
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from cosmic_ray.commands import init
from cosmic_ray.mutating import mutate_and_test, mutate_code
from cosmic_ray.plugins import get_operator
from cosmic_ray.testing import run_tests
from cosmic_ray.work_db import WorkDB, use_db
from cosmic_ray.work_item import MutationSpec, TestOutcome, WorkerOutcome

ROOT = Path(__file__).resolve().parent.parent
PYTEST = ".venv/bin/python -m pytest -q -x -p no:cacheprovider -p no:xdist"
ARITHMETIC, ORDER = "(Add|Sub|Mul|Div|FloorDiv|Mod|Pow)", "(Eq|NotEq|Lt|LtE|Gt|GtE)"
# No others: `1 << 0.5` is an error in any test, `x is 1` an accident, and `|` stands in types.
KINDS = re.compile(
    rf"core/(ReplaceBinaryOperator_({ARITHMETIC}_{ARITHMETIC}|BitAnd_BitOr)"
    rf"|ReplaceComparisonOperator_({ORDER}_{ORDER}|Is_IsNot|IsNot_Is)"
    r"|ReplaceUnaryOperator_Delete_(Not|USub|Invert)|Replace(AndWithOr|OrWithAnd)"
    r"|NumberReplacer|AddNot)"
)


class Mutant(NamedTuple):
    """One change: the line before and after it, without their indentation."""

    specification: MutationSpec
    line: str
    becomes: str


def of_file(path: str, seed: int) -> Iterator[Mutant]:
    """The mutants of a file in random order, one for each place and kind of change."""
    with tempfile.TemporaryDirectory() as folder, use_db(f"{folder}/db", WorkDB.Mode.create) as db:
        init([Path(path)], db, {})
        made = [one for item in db.work_items for one in item.mutations]
    chance = random.Random(f"{seed} {path}")
    places: dict[tuple[tuple[int, int], str], list[MutationSpec]] = {}
    for one in sorted(made, key=lambda one: (one.start_pos, one.operator_name, one.occurrence)):
        if KINDS.fullmatch(one.operator_name):
            kind = one.operator_name.partition("_")[0]
            places.setdefault((one.start_pos, kind), []).append(one)
    chosen = [chance.choice(alternatives) for alternatives in places.values()]
    code = Path(path).read_text()
    for one in chance.sample(chosen, len(chosen)):
        mutated = mutate_code(code, get_operator(one.operator_name)(), one.occurrence)
        if is_python(mutated):
            before, after = code.splitlines(), mutated.splitlines()
            row = next(row for row, line in enumerate(before) if line != after[row])
            yield Mutant(one, before[row].strip(), after[row].strip())


def is_python(code: str) -> bool:
    """Whether it is worth trying: `def f(a, +, b)` isn't."""
    try:
        compile(code, "mutant", "exec")
    except SyntaxError:
        return False
    return True


# --- In the processes that try mutants --------------------------------------------------------


def enter_copy(parent: str, names: list[str]) -> None:
    """Work in a copy of the working tree: a mutant is written into its file."""
    copy = Path(tempfile.mkdtemp(dir=parent))
    for name in names:
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, copy / name)
    for environment in ROOT.glob(".venv*"):
        (copy / environment.name).symlink_to(environment)
    os.chdir(copy)


def seconds_without(tests: list[str]) -> float:
    """How long the tests take where nothing is changed. Raises RuntimeError if they fail."""
    began = time.monotonic()
    outcome, output = run_tests(" ".join([PYTEST, *tests]), 600)
    if outcome is not TestOutcome.SURVIVED:
        raise RuntimeError(f"The tests fail without a mutant:\n{output}")
    return time.monotonic() - began


def is_noticed(mutant: Mutant, tests: list[str], timeout: float) -> bool:
    """Whether the tests fail, or don't end, with the mutant. Raises RuntimeError if that fails."""
    result = mutate_and_test([mutant.specification], " ".join([PYTEST, *tests]), timeout)
    if result.worker_outcome is not WorkerOutcome.NORMAL:
        raise RuntimeError(f"The mutant {mutant} could not be tried: {result.output}")
    return result.is_killed


# --- The whole run ----------------------------------------------------------------------------


def main() -> None:
    """Try the mutants of some files, or all; tell of those that live; fail where too many do."""
    os.chdir(ROOT)
    told = tomllib.loads(Path("tests/mutants.toml").read_text())
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", metavar="FILE", help="of mutants.toml; else all of it")
    parser.add_argument("--sample", type=int, default=told["sample"], help="mutants of a file")
    parser.add_argument("--seed", type=int, default=told["seed"], help="which ones")
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    asked = parser.parse_args()
    if foreign := set(asked.files) - told["files"].keys():
        parser.error(f"mutants.toml doesn't have {', '.join(sorted(foreign))}")

    equal = {(one["file"], one["line"], one["becomes"]) for one in told["equal"]}
    listed = subprocess.check_output(["git", "ls-files", "-coz", "--exclude-standard"], text=True)
    names = [name for name in listed.split("\0") if Path(name).is_file()]
    tried = lived = 0
    with (
        tempfile.TemporaryDirectory(prefix="mutants-") as parent,
        multiprocessing.Pool(asked.processes, enter_copy, (parent, names)) as pool,
    ):
        for path in asked.files or told["files"]:
            tests = told["files"][path]
            worth_trying = (
                one for one in of_file(path, asked.seed) if (path, *one[1:]) not in equal
            )
            mutants = list(islice(worth_trying, asked.sample))
            timeout = 20 + 5 * pool.apply(seconds_without, (tests,))
            work = [(mutant, tests, timeout) for mutant in mutants]
            are_noticed = pool.starmap(is_noticed, work, chunksize=1)
            print(f"{sum(are_noticed):3} of {len(mutants):3} noticed: {path}", flush=True)
            for (specification, line, becomes), noticed in zip(mutants, are_noticed, strict=True):
                if not noticed:
                    print(
                        f"    line {specification.start_pos[0]}: {line}\n        lives as {becomes}"
                    )
            tried, lived = tried + len(mutants), lived + are_noticed.count(False)
    share = 1 - lived / tried
    print(f"{tried - lived:3} of {tried:3} noticed, {share:.1%}; {told['needed']:.0%} are needed")
    sys.exit(share < told["needed"])


if __name__ == "__main__":
    main()
