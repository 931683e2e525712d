"""train.py as SageMaker runs it: a process, a folder shaped like /opt/ml, an exit code.

Training for real takes seconds of imports, so few jobs are run and each is asked many questions.
"""

import csv
import io
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tarfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sentiment.dataset.reading import read_dataset
from sentiment.dataset.split import split
from sentiment.dataset.unlabelled import read_unlabelled
from sentiment.serving.predictor import Predictor
from tests.integration.training_job import TRAIN, Job, reviews
from tests.needs import ROOT


def result(job: Job) -> dict[str, Any]:
    """All of evaluation.json that must not depend on how the job went."""
    evaluation = job.evaluation()
    return {key: evaluation[key] for key in ("metrics", "parts", "words", "split", "reliability")}


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Job, str]:
    """A job that nothing happened to, and what it printed."""
    job = Job(tmp_path_factory.mktemp("jobs") / "run-1", reviews())
    code, out, err = job.run()
    assert (code, err) == (0, "")
    return job, out


def test_the_model_folder_is_whole_and_answers(finished):
    job, _ = finished

    files = {path.name for path in job.model.iterdir()}
    assert files == {
        "model.onnx",
        "model.json",
        "evaluation.json",
        "report.html",
        "fingerprints.bin",
    }
    predictor = Predictor(job.model)
    good, bad = predictor.answer([["a", "lovely", "film"], ["a", "boring", "film"]])
    assert predictor.run == "run-1"
    assert good.probability > 0.7
    assert bad.probability < 0.3
    outputs = {path.name for path in (job.base / "output/data").iterdir()}
    assert outputs == {"evaluation.json", "report.html", "found.json"}
    assert not (job.base / "output/failure").exists()


def test_the_evaluation_says_what_was_found_and_decided(finished):
    evaluation = finished[0].evaluation()

    assert evaluation["version"] == 1
    assert evaluation["run"] == "run-1"
    assert evaluation["dataset"]["rows_kept"] == sum(
        evaluation["split"][part] for part in ("train", "validation", "test")
    )
    assert evaluation["metrics"]["accuracy"] > 0.8
    assert evaluation["parts"].keys() == {"lstm_alone", "linear_alone"}
    assert evaluation["baseline"]["accuracy"] > 0.8
    assert evaluation["champion"] is None
    assert evaluation["decision"]["status"] == "Approved", evaluation["decision"]
    assert len(evaluation["decision"]["reasons"]) >= 8
    training = evaluation["training"]
    assert training["processes"] == 1
    assert training["peak_memory_mb"] > 100
    assert training["reviews_per_second"] > 0


def test_the_log_has_one_flat_line_of_metrics_per_epoch(finished):
    job, out = finished

    metrics = re.findall(
        r"^epoch=(\d+) train_loss=([0-9.]+) validation_loss=([0-9.]+)"
        r" validation_accuracy=([0-9.]+) reviews_per_second=(\d+)$",
        out,
        re.MULTILINE,
    )
    assert len(metrics) == job.evaluation()["training"]["epochs"]
    assert [int(line[0]) for line in metrics] == list(range(1, len(metrics) + 1))
    assert float(metrics[-1][1]) < float(metrics[0][1])
    assert out.endswith("decision=Approved\n")


def test_it_remembers_all_it_learnt_labels_from_and_nothing_of_the_test_part(finished):
    job, _ = finished
    dataset = read_dataset(job.base / "input/data/dataset/reviews.csv")
    parts = split(dataset.rows, 1)

    learnt = set(np.fromfile(job.model / "fingerprints.bin", "<u8").tolist())

    assert learnt == {dataset.rows[i].fingerprint for i in [*parts.train, *parts.validation]}
    known = set(json.loads((job.model / "model.json").read_text())["vocabulary"])
    assert known <= {word for index in parts.train for word in dataset.rows[index].words}


def test_a_job_ended_by_sigterm_goes_on_to_the_same_result(finished, tmp_path):
    job = Job(tmp_path / "run-1", reviews())
    process = job.start_and_wait_for_epoch(2)
    asked = time.monotonic()
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=20)

    assert process.returncode == 143
    assert time.monotonic() - asked < 5
    assert err == ""
    assert not (job.base / "output/failure").exists()

    code, out, err = job.run()

    assert (code, err) == (0, "")
    assert re.search(r"^resumed_epoch=[2-9] resumed_step=\d+$", out, re.MULTILINE)
    assert "epoch=1 " not in out
    assert result(job) == result(finished[0])


def workers(parent: int) -> list[int]:
    """Processes of Python whose parent this is."""
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return [int(child) for child in children]


@pytest.mark.skipif(sys.platform != "linux", reason="processes are looked up in /proc")
def test_processes_share_the_work_and_none_outlives_the_first(finished, tmp_path):
    """Killed in the middle, gone on with, and compared with the live model in the end."""
    first, _ = finished
    job = Job(tmp_path / "run-2", reviews(), processes="2")
    process = job.start_and_wait_for_epoch(1)
    children = workers(process.pid)
    process.kill()
    process.communicate()
    deadline = time.monotonic() + 10
    while any(Path(f"/proc/{child}").exists() for child in children):
        assert time.monotonic() < deadline, "a worker outlives its parent"
        time.sleep(0.05)
    assert children

    (job.base / "input/data/champion").mkdir()
    with tarfile.open(job.base / "input/data/champion/model.tar.gz", "w:gz") as archive:
        archive.add(first.model, ".")
    code, out, err = job.run()

    assert (code, err) == (0, "")
    assert "resumed_epoch=" in out
    evaluation = job.evaluation()
    assert evaluation["training"]["processes"] == 2
    alone = first.evaluation()
    assert evaluation["metrics"]["accuracy"] == pytest.approx(
        alone["metrics"]["accuracy"], abs=0.06
    )
    assert evaluation["champion"]["run"] == "run-1"
    assert evaluation["champion"]["rows"] == evaluation["split"]["test"]
    assert evaluation["champion"]["accuracy"] == pytest.approx(alone["metrics"]["accuracy"])
    assert evaluation["decision"]["status"] == "Approved", evaluation["decision"]


def test_torchrun_processes_learn_together(tmp_path):
    """Two processes that somebody else starts: both learn, the first alone writes."""
    jobs = [
        Job(tmp_path / f"rank-{rank}", reviews(), minimum_steps="30", epochs="1") for rank in (0, 1)
    ]
    world = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(free_port())}
    processes = [job.start(RANK=str(rank), **world) for rank, job in enumerate(jobs)]
    ended = [process.communicate(timeout=300) for process in processes]

    assert [process.returncode for process in processes] == [0, 0], ended
    assert jobs[0].evaluation()["training"]["processes"] == 2
    assert not jobs[1].model.exists()


def test_further_reviews_are_learnt_from_by_what_the_model_makes_of_them(tmp_path):
    """With both processes; reviews that are in the dataset as well are left out, whole."""
    job = Job(
        tmp_path / "run-1",
        reviews(200),
        processes="2",
        epochs="1",
        minimum_steps="30",
    )
    texts = [
        json.dumps({"text": row["review"], "film": number // 4})
        for number, row in enumerate(csv.DictReader(io.StringIO(reviews(320))))
    ]
    job.put("unlabelled", "more.jsonl", "\n".join(texts))

    code, out, err = job.run()

    assert (code, err) == (0, "")
    training = job.evaluation()["training"]
    known = read_dataset(job.base / "input/data/dataset/reviews.csv").rows
    others = read_unlabelled([job.base / "input/data/unlabelled/more.jsonl"], tmp_path / "read")
    assert training["unlabelled"] == len(set(others.fingerprints) - set(known.fingerprints)) > 50
    assert training["init"] == {"from": "scratch", "why": "It was asked for."}
    assert out.count("epoch=1 train_loss") == 2  # once from labels, then from both
    learnt = set(np.fromfile(job.model / "fingerprints.bin", "<u8").tolist())
    assert len(learnt) == len(known) - job.evaluation()["split"]["test"]


@pytest.fixture(scope="module")
def half_an_epoch(tmp_path_factory: pytest.TempPathFactory) -> Job:
    """A job that starts from another model and learns from a half of its rows."""
    folder = tmp_path_factory.mktemp("half") / "run-1"
    job = Job(folder, reviews(80), init="imdb", epochs="0.5", minimum_steps="1")
    code, out, err = job.run()
    assert (code, err) == (0, ""), out
    return job


def test_a_model_has_learnt_from_the_rows_of_what_it_started_from_too(half_an_epoch):
    """Else it would later be compared on reviews whose labels its weights know."""
    job = half_an_epoch

    learnt = set(np.fromfile(job.model / "fingerprints.bin", "<u8").tolist())
    started_from = set(np.fromfile(ROOT / "models/imdb/fingerprints.bin", "<u8").tolist())
    parts = job.evaluation()["split"]
    assert started_from < learnt
    assert len(learnt - started_from) == parts["train"] + parts["validation"]


def test_a_part_of_an_epoch_is_told_as_that(half_an_epoch):
    report = (half_an_epoch.model / "report.html").read_text()

    assert half_an_epoch.evaluation()["training"]["epochs"] == 0.5
    assert "0.5, of which number 1 was the best" in report


def test_unlabelled_reviews_that_cannot_be_read_fail_with_a_sentence(tmp_path):
    job = Job(tmp_path / "run-1", reviews(80), epochs="1", minimum_steps="10")
    job.put("unlabelled", "more.csv", "number\n1\n")

    code, _, _ = job.run()

    assert code == 1
    assert "column" in job.failure


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


# --- A champion that is in some way special; in this process too ---


@pytest.fixture
def trains(monkeypatch, tmp_path, capsys):
    """Runs a small job in this process and returns its evaluation."""
    import train

    def run(job: Job) -> dict[str, Any]:
        monkeypatch.setenv("SAGEMAKER_BASE_DIR", str(job.base))
        (tmp_path / "work").mkdir()
        # Steps enough for a network that may be approved: only the champion is in question.
        code = train.main(["--epochs", "1", "--minimum-steps", "120"], tmp_path / "work")
        assert code == 0, capsys.readouterr()
        return job.evaluation()

    return run


def champion_of(job: Job, model: Path) -> Path:
    """Put a copy of a model folder into the job's champion channel, unpacked."""
    channel = job.base / "input/data/champion"
    shutil.copytree(model, channel)
    return channel


def verdict_on_champion(evaluation: dict[str, Any]) -> tuple[str, str]:
    texts = [one["text"] for one in evaluation["decision"]["reasons"] if one["check"] == "champion"]
    return evaluation["decision"]["status"], texts[0]


def test_a_champion_that_has_learnt_from_the_test_part_leaves_it_to_a_person(
    finished, trains, tmp_path
):
    job = Job(tmp_path / "run-3", reviews())
    channel = champion_of(job, finished[0].model)
    rows = read_dataset(job.base / "input/data/dataset/reviews.csv").rows
    np.array(sorted(row.fingerprint for row in rows), "<u8").tofile(channel / "fingerprints.bin")

    status, text = verdict_on_champion(trains(job))

    assert status == "PendingManualApproval"
    assert "Only 0 held-out reviews" in text


def test_a_champion_of_another_tokenizer_leaves_it_to_a_person(finished, trains, tmp_path):
    job = Job(tmp_path / "run-4", reviews())
    channel = champion_of(job, finished[0].model)
    description = json.loads((channel / "model.json").read_text())
    (channel / "model.json").write_text(json.dumps({**description, "tokenizer": 999}))

    status, text = verdict_on_champion(trains(job))

    assert status == "PendingManualApproval"
    assert "tokenizer version 999" in text


def test_an_archive_that_reaches_outside_its_folder_is_not_unpacked(trains, tmp_path):
    job = Job(tmp_path / "run-5", reviews())
    (job.base / "input/data/champion").mkdir()
    with tarfile.open(job.base / "input/data/champion/model.tar.gz", "w:gz") as archive:
        archive.addfile(tarfile.TarInfo("../../outside"), io.BytesIO())

    status, text = verdict_on_champion(trains(job))

    assert status == "PendingManualApproval"
    assert "can't be read" in text
    assert not list(tmp_path.rglob("outside"))


def test_help_needs_no_sagemaker(tmp_path):
    environment = {"PATH": os.environ["PATH"], "SAGEMAKER_BASE_DIR": str(tmp_path / "none")}

    shown = subprocess.run(
        [sys.executable, TRAIN, "--help"], env=environment, capture_output=True, text=True
    )

    assert shown.returncode == 0
    for flag in ("--dataset", "--champion", "--epochs", "--seed", "--processes"):
        assert flag in shown.stdout
    assert list(tmp_path.iterdir()) == []


# --- In limited time ---------------------------------------------------------------------------


def test_a_limit_that_is_far_away_changes_nothing(finished, tmp_path):
    job = Job(tmp_path / "run-1", reviews(), max_runtime_seconds="100000")

    code, _, err = job.run()

    assert (code, err) == (0, "")
    assert result(job) == result(finished[0])
    plan = job.evaluation()["training"]["plan"]
    assert plan["notes"] == []
    assert plan["passes"] == job.evaluation()["training"]["epochs"]
    assert not (job.base / "checkpoints/clock.json").exists()


def test_in_little_time_less_is_learnt_and_told_and_judged(tmp_path):
    """Work for an hour; the attempts before have left a minute for learning, to two processes."""
    job = Job(
        *(tmp_path / "run-1", reviews(600)),
        epochs="1000",
        max_runtime_seconds="1000",
        processes="2",
    )
    (job.base / "checkpoints").mkdir()
    clock = json.dumps({"run": "run-1", "seconds": 590})
    (job.base / "checkpoints/clock.json").write_text(clock)

    code, out, err = job.run("--patience", "1000")

    assert (code, err) == (0, ""), out
    plan = job.evaluation()["training"]["plan"]
    assert 0 < plan["passes"] < plan["wished_passes"] == 1000
    assert plan["notes"][0].startswith("Because of the limit of 1,000 seconds it learnt from")
    assert plan["notes"][0] in (job.model / "report.html").read_text()
    assert job.evaluation()["decision"]["status"] in ("Approved", "Rejected")


def test_without_any_time_it_ends_with_a_sentence(tmp_path):
    job = Job(tmp_path / "run-1", reviews(), max_runtime_seconds="1")

    code, _, _ = job.run()

    assert code == 1
    stage = "(beginning|reading)"  # a busy machine takes a second to load
    assert re.match(f"The training was still {stage} when the 1 seconds that it may", job.failure)
    assert not (job.model / "model.json").exists()
