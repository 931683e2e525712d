"""The emulator's own process begins here, in its own environment (.venv-emulator).

MiniStack tries an event again for a function that was switched off or deleted since, and a run that
ends late writes the log group of its deleted function anew. No public call keeps it from either.
"""

import gc
from typing import Any


def main() -> None:
    """Run MiniStack."""
    gc.disable()  # nothing is garbage so early, and looking for it takes a fifth of the time
    from ministack import app

    gc.freeze()
    gc.enable()
    _mend()
    app.main()


def _mend() -> None:
    """Every look at a function is one at the function as it is now."""
    from ministack.services import lambda_svc

    functions = lambda_svc._functions
    reserved, write = lambda_svc._reserved_concurrency, lambda_svc._emit_lambda_logs

    def reserved_now(_: object, config: dict[str, Any]) -> Any:
        return reserved(functions.get(config["FunctionName"], {"concurrency": 0}), config)

    def write_now(of: dict[str, Any], *more: Any, **named: Any) -> None:
        if of.get("config", of)["FunctionName"] in functions:
            write(of, *more, **named)

    lambda_svc._reserved_concurrency, lambda_svc._emit_lambda_logs = reserved_now, write_now


if __name__ == "__main__":
    main()
