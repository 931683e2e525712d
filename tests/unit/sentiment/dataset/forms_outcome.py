"""A form of file, held against what is expected of it."""

import re
from io import BytesIO
from pathlib import Path

import pytest

from sentiment.dataset.files import DatasetError
from sentiment.dataset.peek import peek
from sentiment.dataset.reading import read_dataset
from tests.unit.sentiment.dataset.forms import Form, Refused, Taken
from tests.unit.sentiment.dataset.forms_sentences import truth


def check_form(form: Form, folder: Path) -> None:
    """Write the file, read it, and look at it as the start_training function does."""
    content = form.content()
    path = folder / form.name
    path.write_bytes(content)
    if isinstance(form.expected, Taken):
        check_taken(form.expected, path)
        peek(form.name, BytesIO(content))
    else:
        check_refused(form.expected, path)


def check_taken(expected: Taken, path: Path) -> None:
    dataset = read_dataset(path)
    found = dataset.findings
    used = found["columns"]
    assert (used["text"], used["label"], used["group"]) == (
        expected.text,
        expected.label,
        expected.group,
    )
    counts = (found["rows_kept"], found["rows_left_out"], found["rows_neutral"])
    assert counts == (expected.kept, expected.left_out, expected.neutral), found
    assert found["rows_read"] == sum(counts)
    for note in expected.notes:
        assert any(re.search(note, told) for told in found["notes"]), found["notes"]
    labels = [(truth().get(row.text), bool(row.label)) for row in dataset.rows]
    if expected.is_of_ours:
        assert {known == label for known, label in labels} == {not expected.is_reversed}


def check_refused(expected: Refused, path: Path) -> None:
    with pytest.raises(DatasetError, match=f"(?s){expected.says}") as refusal:
        read_dataset(path)
    said = str(refusal.value)
    assert len(said) <= 600
    assert said.isprintable()
    if path.stat().st_size < 1 << 16:
        with pytest.raises(DatasetError) as early, path.open("rb") as stream:
            peek(path.name, stream)
        assert str(early.value) == said
