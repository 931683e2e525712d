"""Training jobs on small made-up datasets, in folders shaped like SageMaker's."""

import csv
import io
import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
TRAIN = ROOT / "training/train.py"
SETTINGS = {
    "init": "scratch",
    "embedding": "24",
    "hidden": "16",
    "minimum_steps": "150",
    "buckets": "4096",
    "checkpoint-steps": "5",
}
GOOD = ("good", "great", "lovely", "wonderful", "superb", "funny", "clever", "charming")
BAD = ("bad", "awful", "boring", "dull", "poor", "terrible", "weak", "stupid")
FRAMES = (
    "The {thing} was {word}.",
    "I found the {thing} {word} from beginning to end.",
    "{word} {thing}, and {word} company on a Sunday!",
    "We talked about this {word} {thing} all the way home.",
    "My sister says the {thing} is {word}, and she is right.",
)
THINGS = ("film", "book", "play", "museum", "hotel", "song", "meal", "garden")


def reviews(rows: int = 360, seed: int = 1) -> str:
    """A CSV of short made-up reviews; every tenth says the opposite of its label."""
    chance = random.Random(seed)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["review", "sentiment"])
    for number in range(rows):
        positive = number % 2 == 0
        words = GOOD if positive != (chance.random() < 0.1) else BAD
        sentences = [
            chance.choice(FRAMES).format(thing=chance.choice(THINGS), word=chance.choice(words))
            for _ in range(chance.randint(1, 4))
        ]
        writer.writerow([" ".join(sentences), "positive" if positive else "negative"])
    return text.getvalue()


class Job:
    """One training job: its folder, and train.py on it as often as SageMaker would start it."""

    def __init__(self, folder: Path, dataset: str | None = None, **hyperparameters: str) -> None:
        self.base = folder
        config = folder / "input/config"
        config.mkdir(parents=True)
        settings = {**SETTINGS, **hyperparameters}
        (config / "hyperparameters.json").write_text(json.dumps(settings))
        hosts = {"current_host": "algo-1", "hosts": ["algo-1"], "network_interface_name": "eth0"}
        (config / "resourceconfig.json").write_text(json.dumps(hosts))
        if dataset is not None:
            self.put("dataset", "reviews.csv", dataset)

    def put(self, channel: str, name: str, content: str) -> None:
        folder = self.base / "input/data" / channel
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-W", "error", TRAIN, "train", *arguments],
            env={
                **os.environ,
                "SAGEMAKER_BASE_DIR": str(self.base),
                "TRAINING_JOB_NAME": self.base.name,
                **environment,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str) -> tuple[int, str, str]:
        process = self.start(*arguments)
        out, err = process.communicate(timeout=300)
        return process.returncode, out, err

    def start_and_wait_for_epoch(self, number: int) -> subprocess.Popen[str]:
        process = self.start()
        assert process.stdout
        for line in process.stdout:
            if line.startswith(f"epoch={number} train_loss"):
                return process
        raise AssertionError(process.communicate())

    @property
    def model(self) -> Path:
        return self.base / "model"

    @property
    def failure(self) -> str:
        return (self.base / "output/failure").read_text()

    def evaluation(self) -> dict[str, Any]:
        return json.loads((self.model / "evaluation.json").read_text())
