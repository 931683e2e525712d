"""A step for each of some things, none of which holds up the others."""

from collections.abc import Callable, Iterable
from typing import TypeVar

Thing = TypeVar("Thing")


def each(step: Callable[[Thing], object], things: Iterable[Thing]) -> list[Exception]:
    """Take the step for each of them; what went wrong is for `raise_all`, once all is done."""
    failures = []
    for thing in things:
        try:
            step(thing)
        except Exception as error:  # raised again in the end
            failures.append(error)
    return failures


def raise_all(failures: list[Exception]) -> None:
    """ExceptionGroup of what went wrong, if anything did: Lambda tries again."""
    if failures:
        raise ExceptionGroup("some steps failed", failures)
