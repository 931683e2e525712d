"""The emulator's own process begins here, in its own environment (.venv-emulator).

MiniStack tries an event again for a function that was switched off or deleted since, and a run that
ends late writes the log group of its deleted function anew. No public call keeps it from either.
"""

import gc
import threading
from typing import Any


def main() -> None:
    """Run MiniStack; what it needs for a stack is imported beside its start."""
    gc.disable()  # nothing is garbage so early, and looking for it takes a fifth of the time
    threading.Thread(target=_have_translator).start()
    from ministack import app

    _mend()
    app.main()


def _have_translator() -> None:
    """SAM's takes longer to import than all the rest together."""
    try:
        import samtranslator.translator.transform  # noqa: F401 - to have it imported
    finally:
        gc.freeze()
        gc.enable()


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
