"""SageMaker ended or killed and started again: everything lasts and goes on."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.integration.local.sagemaker.machine import ROOT, Machine, client
from tests.integration.local.sagemaker.steps import (
    CSV,
    QUICK,
    answered,
    children_of,
    ended,
    job_request,
    wait_for,
)


def test_everything_lasts_and_goes_on(
    live: Machine, sagemaker: Any, train: Callable[..., str]
) -> None:
    train("slow.csv", "slow")
    wait_for(lambda: "resum" in log(live) or "epoch=3" in log(live))
    listing = sagemaker.list_model_packages(ModelPackageGroupName="stack")

    live.restart()

    sagemaker = live.client("sagemaker")
    endpoint = sagemaker.describe_endpoint(EndpointName="e")
    assert (endpoint["EndpointStatus"], endpoint["EndpointConfigName"]) == ("InService", "one")
    again = sagemaker.list_model_packages(ModelPackageGroupName="stack")
    assert again["ModelPackageSummaryList"] == listing["ModelPackageSummaryList"]
    wait_for(lambda: answered(live, or_else="ModelNotReadyException"))
    described = ended(sagemaker, "slow")
    assert described["TrainingJobStatus"] == "Completed"
    assert "Restarting" in [t["Status"] for t in described["SecondaryStatusTransitions"]]
    assert log(live).count("epoch=1 ") == 1
    assert "resuming after epoch" in log(live)


def log(machine: Machine) -> str:
    path = machine.state / "logs/slow.log"
    return path.read_text() if path.exists() else ""


def test_an_endpoint_deleted_while_it_starts_again_stays_deleted(live: Machine) -> None:
    live.restart()
    sagemaker = live.client("sagemaker")

    sagemaker.delete_endpoint(EndpointName="e")

    sagemaker.get_waiter("endpoint_deleted").wait(EndpointName="e", WaiterConfig=QUICK)
    wait_for(lambda: "e" not in [thread.name for thread in threading.enumerate()])
    assert children_of(os.getpid(), "serve.py") == []
    assert sagemaker.list_endpoints()["Endpoints"] == []


def test_killed_it_leaves_no_process_and_goes_on_after_a_start(
    machine: Machine, s3: Any, tmp_path: Path
) -> None:
    state = tmp_path / "killed/state"
    state.mkdir(parents=True)
    first, url = started(machine, state)
    sagemaker = client(url, "sagemaker", machine.account, "root")
    s3.put_object(Bucket=machine.shelf, Key="in/job/slow.csv", Body=CSV)
    s3.put_object(Bucket=machine.shelf, Key="in/stop/stuck.csv", Body=CSV)
    for job in ("job", "stop"):
        sagemaker.create_training_job(**job_request(machine, job))
    path = state / "logs/job.log"
    wait_for(lambda: path.exists() and "epoch=2" in path.read_text())
    wait_for(lambda: len(children_of(first.pid, "train.py")) == 2)
    sagemaker.stop_training_job(TrainingJobName="stop")
    trainers = children_of(first.pid, "train.py")

    first.kill()
    first.wait()

    wait_for(lambda: not any(Path(f"/proc/{pid}").exists() for pid in trainers), 5)
    second, url = started(machine, state)
    sagemaker = client(url, "sagemaker", machine.account, "root")
    assert ended(sagemaker, "job")["TrainingJobStatus"] == "Completed"
    assert ended(sagemaker, "stop")["TrainingJobStatus"] == "Stopped"
    assert "resuming after epoch" in path.read_text()
    second.kill()
    second.wait()


def started(machine: Machine, state: Path) -> tuple[subprocess.Popen[str], str]:
    """SageMaker in a process of its own, and its address."""
    module = "tests.integration.local.sagemaker.machine"
    with (state.parent / "output").open("a") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", module, machine.emulator, machine.account, str(state)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=output,
            text=True,
        )
    assert process.stdout
    with process.stdout as lines:
        return process, lines.readline().strip()
