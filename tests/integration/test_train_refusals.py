"""What train.py can't work with: one plain sentence in output/failure, and exit code 1.

In this process, which has everything loaded.
"""

import shutil

import pytest

from tests.integration.training_job import Job, reviews


@pytest.fixture
def fails(monkeypatch, tmp_path, capsys):
    """Runs a job that must fail and returns the sentence for its owner."""
    import train

    def run(job: Job, *arguments: str) -> str:
        monkeypatch.setenv("SAGEMAKER_BASE_DIR", str(job.base))
        work = tmp_path / "work"
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir()
        assert train.main(["train", *arguments], work) == 1
        printed = capsys.readouterr().err
        assert job.failure in printed
        assert 10 < len(job.failure) <= 1024
        assert "\n" not in job.failure
        assert not job.model.exists()
        assert ("Traceback" in printed) == ("unexpectedly" in job.failure)
        return job.failure

    return run


def test_no_channel_no_file_and_two_files_say_so(fails, tmp_path):
    assert "no folder" in fails(Job(tmp_path / "none"))

    empty = Job(tmp_path / "empty")
    (empty.base / "input/data/dataset").mkdir(parents=True)
    assert "no file" in fails(empty)

    two = Job(tmp_path / "two", reviews(20))
    two.put("dataset", "other.csv", reviews(20))
    assert "2 files in the dataset's folder (other.csv, reviews.csv)" in fails(two)


@pytest.mark.parametrize(
    ("dataset", "reason"),
    [
        ("", "empty"),
        ("review,price\nGood lamp.,3\n", "label"),
        ("review,sentiment\n" + "Good film.,positive\n" * 50, "negative"),
    ],
)
def test_a_dataset_that_cannot_be_learnt_from_says_why(fails, tmp_path, dataset, reason):
    assert reason in fails(Job(tmp_path / "job", dataset))


@pytest.mark.parametrize(
    ("hyperparameters", "reason"),
    [
        ({"epochs": "many"}, "--epochs: invalid float value: 'many'"),
        ({"epochs": "0"}, "--epochs: 0 is not between 0.001 and 1000"),
        ({"layers": "3"}, "unrecognized arguments: --layers=3"),
    ],
)
def test_a_wrong_hyperparameter_is_named(fails, tmp_path, hyperparameters, reason):
    assert reason in fails(Job(tmp_path / "job", reviews(20), **hyperparameters))


def test_a_damaged_configuration_is_named(fails, tmp_path):
    job = Job(tmp_path / "job", reviews(20))
    (job.base / "input/config/hyperparameters.json").write_text("{")

    assert "hyperparameters.json" in fails(job)


@pytest.mark.parametrize("init", ["base", "imdb"])
def test_a_start_that_was_asked_for_and_cannot_be_had_is_refused(fails, tmp_path, init):
    job = Job(tmp_path / "job", reviews(60), init=init)
    (job.base / "input/data" / init).mkdir()

    assert "Choose another --init, or auto." in fails(job)


def test_a_bug_is_a_short_sentence_in_the_failure_and_a_traceback_in_the_log(fails, tmp_path):
    job = Job(tmp_path / "job", reviews(60))
    (job.base / "checkpoints").write_text("a file where a folder should be")

    assert "Training broke off unexpectedly" in fails(job)
