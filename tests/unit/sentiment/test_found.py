"""What a training finds in its dataset is told beside its outputs, whatever becomes of it."""

import json
from pathlib import Path

import pytest

from sentiment.dataset.files import DatasetError
from sentiment.pipeline import read
from sentiment.settings import settings
from tests.unit.made import GOOD, csv_text, rows


def test_it_is_there_as_soon_as_the_dataset_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(csv_text(rows()))
    flags = [f"--dataset={tmp_path / 'a.csv'}", f"--output-dir={tmp_path / 'output'}"]

    dataset = read(settings([*flags, "--name=reviews.csv"], {}), tmp_path)

    found = json.loads((tmp_path / "output/found.json").read_text())
    assert found == {"name": "reviews.csv", **dataset.findings}
    assert found["rows_kept"] == 40


def test_the_reviews_are_read_as_the_uploader_says(tmp_path: Path) -> None:
    table = [(text, "ja" if label == GOOD else "nee") for text, label in rows()]
    (tmp_path / "a.csv").write_text(csv_text(table, "Verhaal,Goed?"))
    flags = [f"--dataset={tmp_path / 'a.csv'}", f"--output-dir={tmp_path / 'output'}"]
    said = ["--text-column=Verhaal", "--label-column=Goed?", "--positive=ja"]

    dataset = read(settings([*flags, *said, "--negative=nee, niet"], {}), tmp_path)

    assert dataset.findings["columns"]["text"] == "Verhaal"
    assert dataset.findings["labels"] == {"negative": 20, "positive": 20}
    with pytest.raises(DatasetError, match="Both positive and negative"):
        read(settings([*flags, *said, "--negative=ja"], {}), tmp_path)
