"""What `make mutants` is told, outside CI, is held against the code here."""

import tomllib

from tests.unit.imports import ROOT

TOLD = tomllib.loads((ROOT / "tests/mutants.toml").read_text())


def test_every_file_has_tests_that_exist():
    assert len(TOLD["files"]) >= 15
    for file, tests in TOLD["files"].items():
        assert tests, file
        for path in (file, *tests):
            assert (ROOT / path).is_file(), path


def test_what_is_said_to_do_the_same_is_said_of_a_line_that_is_there_and_with_a_reason():
    for one in TOLD["equal"]:
        assert one["file"] in TOLD["files"]
        assert one["line"] in map(str.strip, (ROOT / one["file"]).read_text().splitlines())
        assert one["becomes"] != one["line"]
        assert one["why"]
