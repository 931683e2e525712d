"""One function for each way in which a function may behave; `pid` tells a new process."""

import os
import signal
import sys
import time
from pathlib import Path

times = 0


def look(event, context):
    """All that a function can see."""
    global times
    times += 1
    return {
        "event": event,
        "times": times,
        "pid": os.getpid(),
        "context": {
            name: str(getattr(context, name))
            for name in dir(context)
            if not name.startswith("_") and not callable(getattr(context, name))
        },
        "remaining_ms": context.get_remaining_time_in_millis(),
        "folder": os.getcwd(),
        "path": sys.path,
        "version": sys.version,
        "environment": dict(os.environ),
    }


def fail(event, context):
    raise KeyError("schön – <b>")


def nothing(event, context):
    pass


def unserializable(event, context):
    return {1, 2}


def sys_exit(event, context):
    sys.exit(3)


def vanish(event, context):
    os._exit(0)


def killed(event, context):
    os.kill(os.getpid(), signal.SIGKILL)


def aborted(event, context):
    os.kill(os.getpid(), signal.SIGTERM)


def sleep(event, context):
    time.sleep(event["seconds"])
    return os.getpid()


def big(event, context):
    """A JSON string of so many bytes, quotes included."""
    return "x" * (event["bytes"] - 2)


def hog(event, context):
    """Hold so much memory, and let it go at once."""
    return len(b"x" * (event["mb"] << 20))


def write(event, context):
    Path(event["path"]).write_text("written")
