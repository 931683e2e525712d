"""What training jobs write, read back from CloudWatch Logs as every client reads it."""

from typing import Any

from tests.integration.local.sagemaker.machine import Machine
from tests.integration.local.sagemaker.steps import ended, wait_for

GROUP = "/aws/sagemaker/TrainingJobs"


def lines(machine: Machine, job: str) -> list[str]:
    logs = machine.client("logs")
    streams = logs.describe_log_streams(logGroupName=GROUP, logStreamNamePrefix=f"{job}/")
    names = [stream["logStreamName"] for stream in streams["logStreams"]]
    events = [
        event["message"]
        for name in names
        for event in logs.get_log_events(
            logGroupName=GROUP, logStreamName=name, startFromHead=True
        )["events"]
    ]
    return list(events)


def test_a_jobs_log_is_in_cloudwatch(machine: Machine, sagemaker: Any, train: Any) -> None:
    ended(sagemaker, train("reviews.csv", "one"))
    ended(sagemaker, train("slow.csv", "two"))

    assert [line.split()[0] for line in lines(machine, "one")] == ["epoch=1"]
    epochs = [line.split()[0] for line in lines(machine, "two")]
    assert epochs == ["starting", *(f"epoch={number}" for number in range(1, 11))]


def test_a_log_is_told_while_the_job_runs(machine: Machine, sagemaker: Any, train: Any) -> None:
    train("stuck.csv")

    def told() -> list[str]:
        groups = machine.client("logs").describe_log_groups(logGroupNamePrefix=GROUP)["logGroups"]
        return lines(machine, "job") if groups else []

    assert wait_for(told)[0].startswith("epoch=1 ")
    described = sagemaker.describe_training_job(TrainingJobName="job")
    assert described["TrainingJobStatus"] == "InProgress"


def test_a_role_that_may_not_write_logs_trains_without(
    machine: Machine, sagemaker: Any, train: Any
) -> None:
    described = ended(sagemaker, train("reviews.csv", RoleArn=machine.role("Silent")))

    assert described["TrainingJobStatus"] == "Completed"
    assert machine.client("logs").describe_log_groups()["logGroups"] == []
    assert machine.port.identity.refused == ["logs:CreateLogGroup"]


def test_a_restart_keeps_the_log_and_its_file(machine: Machine, sagemaker: Any, train: Any) -> None:
    ended(sagemaker, train("reviews.csv"))

    machine.restart()

    assert [line.split()[0] for line in lines(machine, "job")] == ["epoch=1"]
    assert b"epoch=1" in (machine.state / "logs/job.log").read_bytes()
