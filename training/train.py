"""Train on one dataset under SageMaker's container contract; runs anywhere.

    python training/train.py --dataset reviews.csv --model-dir model --output-dir output

Exit 0: the model folder is complete, whatever the judge decided. Exit 1: output/failure holds one
plain sentence. Exit 143: SIGTERM; a restart goes on from the last checkpoint.
"""

import multiprocessing
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

from sentiment.budget import Budget
from sentiment.dataset.files import DatasetError
from sentiment.settings import SettingsError, settings

LONGEST_REASON = 1_024  # characters that SageMaker keeps of it


def main(argv: Sequence[str], work: Path) -> int:
    """Run the job, with an empty folder for what needn't last, and return the exit code."""
    began = time.monotonic()
    base = Path(os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml"))
    # oneDNN keeps what it prepared for each shape of a batch, a thousand of them: gigabytes.
    os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "32")
    try:
        chosen = settings(argv)
        (base / "output/failure").unlink(missing_ok=True)  # of an attempt before this one
        # Imported late: --help answers at once, signals are heard while torch loads, and the
        # further processes that learn don't load what only this one needs.
        from sentiment.pipeline import train

        limit, folder = chosen.max_runtime_seconds, chosen.checkpoint_dir
        budget = Budget(limit, chosen.run, folder, began)
        train(chosen, work, budget, lambda reason: _give_up(base, work, reason))
    except (DatasetError, SettingsError) as error:
        return _fail(base, str(error))
    except Exception as error:  # SageMaker shows one sentence; the log has the rest
        traceback.print_exc()
        return _fail(base, f"Training broke off unexpectedly ({type(error).__name__}: {error}).")
    return 0


def end_on_signals(clean_up: Callable[[], None]) -> None:
    """Make SIGTERM and SIGINT end the process at once, even while a library computes for seconds.

    A handler in Python would wait for that computation; the byte that the interpreter writes for
    each signal doesn't.
    """
    heard, written = os.pipe()
    os.set_blocking(written, False)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    signal.set_wakeup_fd(written, warn_on_full_buffer=False)

    def end() -> None:
        number = os.read(heard, 1)[0]
        clean_up()
        os._exit(128 + number)

    threading.Thread(target=end, daemon=True).start()


def _fail(base: Path, reason: str) -> int:
    """Write the reason where SageMaker looks for it."""
    sentence = " ".join(reason.split())[:LONGEST_REASON]
    print(sentence, file=sys.stderr, flush=True)
    try:
        (base / "output").mkdir(parents=True, exist_ok=True)
        (base / "output/failure").write_text(sentence, encoding="utf-8")
    except OSError as error:
        print(f"The reason can't be written: {error}", file=sys.stderr)
    return 1


def _give_up(base: Path, work: Path, reason: str) -> None:
    """End the process at once, whatever another thread computes."""
    code = _fail(base, reason)
    _leave_nothing(work)
    os._exit(code)


def _leave_nothing(work: Path) -> None:
    """Remove the folder and end the other processes; they last, or their loss would be noticed."""
    shutil.rmtree(work, ignore_errors=True)
    workers = [child.pid for child in multiprocessing.active_children() if child.pid]
    for worker in workers:
        os.kill(worker, signal.SIGKILL)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="verdict-") as folder:
        end_on_signals(lambda: _leave_nothing(Path(folder)))
        code = main(sys.argv[1:], Path(folder))
    sys.exit(code)
