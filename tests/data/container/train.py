"""Stands in for our training container: obeys the contract, learns nothing, takes no time.

What happens is decided by the dataset's name (DATASET_NAME, else that of the file): one with
"rejected" or "pending" in it gets that decision; "failing" fails with a sentence, and leaves what
it has found in 61 rows; "slow" takes 3 seconds and resumes from its checkpoint; "stuck" runs until
SIGTERM, and "lingering" two seconds longer, after which it leaves a checkpoint; "hungry" takes 5
GiB of memory; "noevaluation" leaves no evaluation.json; "unservable" makes serve.py end at once;
"othertokenizer" makes it refuse our tokenizer; anything else is approved. A hyperparameter
"accuracy" is what the log calls the validation accuracy.
"""

import json
import os
import signal
import sys
import tarfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

BASE = Path(os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml"))
SLOW_EPOCHS, SLOW_EPOCH_SECONDS = 10, 0.3


def main() -> None:
    [dataset] = (BASE / "input/data/dataset").iterdir()
    run = os.environ.get("TRAINING_JOB_NAME", "stand-in")
    if "failing" in name(dataset):
        found = {**findings(dataset, 61), "rows_kept": 0}
        (BASE / "output/data/found.json").write_text(json.dumps(found))
        (BASE / "output/failure").write_text(
            "There is no label column: name one of them 'label', with 'positive' and 'negative'."
        )
        sys.exit(1)
    if "stuck" in name(dataset):
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        log_epoch(1)
        while True:
            time.sleep(60)
    if "lingering" in name(dataset):
        signal.signal(signal.SIGTERM, linger)
        log_epoch(1)
        while True:
            time.sleep(60)
    if "hungry" in name(dataset):
        print(len(b"x" * (5 << 30)))
    began = time.monotonic()
    epochs = train_slowly() if "slow" in name(dataset) else train_at_once()
    evaluation = evaluate(run, dataset, epochs, time.monotonic() - began)
    write_outputs(run, dataset, evaluation)


def name(dataset: Path) -> str:
    return os.environ.get("DATASET_NAME", dataset.name)


def linger(*_: object) -> None:
    time.sleep(2)
    (BASE / "checkpoints/last.json").write_text("{}")
    sys.exit(0)


def train_at_once() -> int:
    log_epoch(1)
    return 1


def train_slowly() -> int:
    """Log and keep one epoch after the other, from the last one that a checkpoint holds."""
    checkpoint = BASE / "checkpoints/epoch.json"
    done = json.loads(checkpoint.read_text())["epoch"] if checkpoint.exists() else 0
    print(f"resuming after epoch {done}" if done else "starting", flush=True)
    for epoch in range(done + 1, SLOW_EPOCHS + 1):
        time.sleep(SLOW_EPOCH_SECONDS)
        log_epoch(epoch)
        draft = checkpoint.with_suffix(".tmp")
        draft.write_text(json.dumps({"epoch": epoch}))
        draft.replace(checkpoint)
    return SLOW_EPOCHS


def log_epoch(epoch: int) -> None:
    hyperparameters = json.loads((BASE / "input/config/hyperparameters.json").read_text())
    accuracy = float(hyperparameters.get("accuracy", 1 - 0.4 / (epoch + 1)))
    print(
        f"epoch={epoch} train_loss={0.7 / epoch:.4f} validation_loss={0.8 / epoch:.4f} "
        f"validation_accuracy={accuracy:.4f} reviews_per_second=1000",
        flush=True,
    )


def evaluate(run: str, dataset: Path, epochs: int, seconds: float) -> dict[str, Any]:
    with dataset.open("rb") as file:
        rows = max(sum(1 for _ in file) - 1, 0)
    test = rows // 5
    wrong = test // 10
    accuracy = round(1 - wrong / test, 4) if test else 0.9
    status, passed = "Approved", True
    if "rejected" in name(dataset):
        status, passed = "Rejected", False
    elif "pending" in name(dataset):
        status, passed = "PendingManualApproval", False
    comparison = "beats" if passed else "is worse than"
    return {
        "version": 1,
        "run": run,
        "dataset": findings(dataset, rows),
        "split": {
            "train": rows - test - rows // 10,
            "validation": rows // 10,
            "test": test,
            "held_out_by": "review",
        },
        "metrics": {
            "accuracy": accuracy,
            "f1": accuracy,
            "roc_auc": min(accuracy + 0.04, 1.0),
            "log_loss": 0.31,
            "expected_calibration_error": 0.02,
            "confusion": [[test // 2 - wrong, wrong], [0, test - test // 2]],
        },
        "majority": {"accuracy": 0.5},
        "baseline": {"name": "bag of words", "accuracy": round(accuracy - 0.03, 4)},
        "champion": champion(rows, accuracy),
        "behaviour": {"negation": {"passed": 9, "of": 10, "rate": 0.9, "needed": 0.7}},
        "decision": {
            "status": status,
            "reasons": [
                {
                    "check": "baseline",
                    "passed": passed,
                    "text": f"The model's accuracy of {accuracy:.1%} {comparison} the baseline's.",
                }
            ],
        },
        "training": {
            "seconds": round(seconds, 2),
            "epochs": epochs,
            "reviews_per_second": 1000,
            "peak_memory_mb": 20,
            "init": "none",
            "ended_at": datetime.now(UTC).isoformat(timespec="seconds"),
        },
    }


def findings(dataset: Path, rows: int) -> dict[str, Any]:
    return {
        "name": name(dataset),
        "format": "csv",
        "encoding": "utf-8",
        "columns": {"text": "review", "label": "sentiment", "group": None},
        "labels": {"negative": rows // 2, "positive": rows - rows // 2},
        "rows_read": rows,
        "rows_kept": rows,
        "rows_left_out": 0,
        "left_out": [],
        "duplicates": 0,
        "conflicts": 0,
        "notes": [],
    }


def champion(rows: int, accuracy: float) -> dict[str, Any] | None:
    """The model that is live, out of the archive that SageMaker puts into the channel as it is."""
    archive = BASE / "input/data/champion/model.tar.gz"
    if not archive.exists():
        return None
    with tarfile.open(archive) as tar:
        file = tar.extractfile("model.json")
        run = json.load(file)["run"] if file else None
    return {
        "run": run,
        "rows": rows // 5,
        "accuracy": round(accuracy - 0.01, 4),
        "challenger_accuracy": accuracy,
        "p_value": 0.4,
    }


def write_outputs(run: str, dataset: Path, evaluation: dict[str, Any]) -> None:
    model, output = BASE / "model", BASE / "output/data"
    tokenizer = 2 if "othertokenizer" in name(dataset) else 1
    (model / "model.json").write_text(json.dumps({"run": run, "tokenizer": tokenizer}))
    if "unservable" in name(dataset):
        (model / "unservable").touch()
    report = f"<!doctype html><title>{run}</title><p>{evaluation['decision']['status']}</p>"
    (output / "report.html").write_text(report)
    (model / "report.html").write_text(report)
    if "noevaluation" not in name(dataset):
        for folder in (model, output):
            (folder / "evaluation.json").write_text(json.dumps(evaluation))


if __name__ == "__main__":
    main()
