"""A cloud in which nothing happens unless a test wakes somebody: no two are at work at once."""

from typing import Any

START, DEPLOY = "StartTrainingFunction", "DeployEndpointFunction"


def hush(cloud: Any) -> None:
    """From now on nobody is told of what becomes of jobs, packages and endpoints."""
    cloud.fault("event_dropped", match={"source": "aws.sagemaker"}, times=None)


def wake(cloud: Any, times: int = 1) -> None:
    """Have both functions look, as the schedule does."""
    for _ in range(times):
        cloud.invoke(DEPLOY, {})
        cloud.invoke(START, {})


def drop(cloud: Any, name: str, content: str | bytes) -> None:
    """Drop a dataset without an event; whoever is woken finds it."""
    with cloud.deaf():
        cloud.drop(name, content)
    wake(cloud)


def wake_until(cloud: Any, name: str, *states: str) -> Any:
    """The receipt once it is in one of these states; both are woken again and again."""

    def is_there() -> Any:
        wake(cloud)
        receipt = cloud.receipt(name)
        return receipt if receipt and receipt["state"] in states else None

    return cloud.wait(is_there, f"{name} to be {states}")


def refuse(cloud: Any, operation: str, code: str, message: str, times: int | None = None) -> None:
    """Have SageMaker say no."""
    match = {"service": "sagemaker", "operation": operation}
    cloud.fault("error", match=match, code=code, message=message, times=times)


def grant(cloud: Any) -> None:
    """Nothing is refused any more."""
    cloud.control("DELETE", "faults")
    hush(cloud)
