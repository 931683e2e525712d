"""A function's process, as far as a function can tell: events come in a line each, answers go out.

    python function_process.py <module.handler>

What the function prints goes to stderr, stdout is for the answers.
"""

import importlib
import json
import sys
import time
from types import SimpleNamespace

SECONDS = 40


def main() -> None:
    module, _, name = sys.argv[1].rpartition(".")
    sys.path.insert(0, ".")
    answers, sys.stdout = sys.stdout, sys.stderr
    handler = getattr(importlib.import_module(module), name)
    for number, line in enumerate(sys.stdin):
        until = time.monotonic() + SECONDS
        context = SimpleNamespace(
            aws_request_id=f"request-{number}",
            function_name="function",
            function_version="$LATEST",
            invoked_function_arn="arn:aws:lambda:us-east-1:123456789012:function:function",
            log_group_name="/aws/lambda/function",
            log_stream_name="stream",
            memory_limit_in_mb="1024",
            get_remaining_time_in_millis=lambda until=until: int((until - time.monotonic()) * 1000),
        )
        print(json.dumps(handler(json.loads(line), context)), file=answers, flush=True)


if __name__ == "__main__":
    main()
