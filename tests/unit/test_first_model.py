"""The first model's folder: what is refused, and what becomes of it on its way to the bucket."""

import io
import json
import os
import re
import tarfile

import pytest

from operations import first_model
from operations.first_model import FirstModelError, approved, named, packed, put
from tests.integration.stand_in_model import RUN, stand_in_model


@pytest.fixture
def folder(tmp_path):
    return stand_in_model(tmp_path / "model")


def members(archive):
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        return {name: tar.extractfile(name).read() for name in tar.getnames()}


def test_a_run_is_named_after_its_content_and_the_stack(folder):
    run, files = named(approved(folder), "another")
    again, _ = named(approved(folder), "another")
    (folder / "model.onnx").write_bytes(b"other weights")
    other, _ = named(approved(folder), "another")

    assert re.fullmatch("another-[0-9a-f]{12}", run)
    assert run == again != other
    for name in ("model.json", "evaluation.json"):
        assert json.loads(files[name])["run"] == run
    assert f"Report on {run}".encode() in files["report.html"]
    assert not any(RUN.encode() in content for content in files.values())


def test_the_archive_has_the_same_bytes_every_time(folder):
    files = approved(folder)
    archive = packed(files, files)
    for path in folder.iterdir():
        os.utime(path, (1, 1))

    assert packed(approved(folder), reversed(list(files))) == archive
    assert members(archive) == files
    assert "README.md" not in files


def test_a_model_folder_may_hold_more_files(folder):
    (folder / "curve.json").write_text("{}")
    (folder / "checkpoints").mkdir()

    assert approved(folder)["curve.json"] == b"{}"


@pytest.mark.parametrize("name", first_model.FILES)
def test_a_folder_that_lacks_a_file_is_refused_by_its_name(folder, name):
    (folder / name).unlink()

    with pytest.raises(FirstModelError, match=f"it has no {name}: make one with training/train.py"):
        approved(folder)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("evaluation.json", "{", "can't be read"),
        ("evaluation.json", "[]", "holds no JSON object"),
        ("evaluation.json", '{"decision": {"status": "Rejected"}}', "it says Rejected"),
        ("evaluation.json", '{"decision": "Approved"}', "it says None"),
        ("evaluation.json", "{}", "did not approve"),
        ("model.json", "null", "holds no JSON object"),
        ("model.json", "{}", "is of run None"),
        ("model.json", '{"run": "local"}', "train it with --run"),
        ("model.json", '{"run": 5}', "is of run 5"),
    ],
)
def test_a_broken_folder_is_refused_with_what_to_change(folder, name, content, says):
    (folder / name).write_text(content)

    with pytest.raises(FirstModelError, match=re.escape(says)):
        approved(folder)


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(FirstModelError, match="nothing is no model folder"):
        approved(tmp_path / "nothing")


def test_a_stack_of_an_older_version_is_told_to_be_deployed_anew(folder):
    outputs = {"RunUri": "s3://runs/runs/", "FunctionNames": "start deploy"}

    with pytest.raises(FirstModelError, match="no output ModelPackageGroupArn: deploy it anew"):
        put(folder, "verdict", outputs, client=dict)
