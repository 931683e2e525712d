"""A model folder that the stand-in container serves, in the shape of train.py's."""

import json
from pathlib import Path
from typing import Any

RUN = "verdict-0123456789ab"
EVALUATION = {
    "version": 1,
    "run": RUN,
    "dataset": {"name": "films", "rows_kept": 25_000},
    "metrics": {"accuracy": 0.95, "expected_calibration_error": 0.01},
    "baseline": {"name": "words and pairs of words", "accuracy": 0.91},
    "decision": {
        "status": "Approved",
        "reasons": [{"check": "majority", "passed": True, "text": "95.0% is more than 50.0%."}],
    },
    "training": {"ended_at": "2026-11-24T12:00:00+00:00"},
}


def stand_in_model(folder: Path, **evaluation: Any) -> Path:
    """Write the folder; `evaluation` changes what its evaluation.json says."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in {
        "model.onnx": b"\x00weights",
        "model.json": json.dumps({"run": RUN, "tokenizer": 1}).encode(),
        "fingerprints.bin": b"\x00" * 8,
        "evaluation.json": json.dumps(EVALUATION | evaluation).encode(),
        "report.html": f"<!doctype html><title>Report on {RUN}</title>".encode(),
        "README.md": b"What this model is.",
    }.items():
        (folder / name).write_bytes(content)
    return folder
