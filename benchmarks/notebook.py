"""Our training's speed beside that of the notebook that Verdict grew out of, in one run.

    .venv/bin/python -m benchmarks.notebook path/to/reviews.jsonl.xz

The notebook's loop is built again at its sizes: 5,000 words, reviews padded to 500, batches of 512,
embedding 32, one LSTM of 200, the state at the last word, Adam. Its step does not depend on what is
in the batch, so a few steps on random words tell the speed. Ours is one epoch of train.py on the
file. Both are timed one after the other, three times; the medians make the ratio.
"""

import argparse
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import torch
from torch import nn

ROOT = Path(__file__).parent.parent
ROUNDS, STEPS, BATCH, LENGTH, WORDS = 3, 2, 512, 500, 5_000


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("file", type=Path)
    file = parser.parse_args().file
    theirs, ours = [], []
    for _ in range(ROUNDS):
        theirs.append(notebook_speed())
        ours.append(our_speed(file))
    print(f"notebook: {median(theirs):.0f} reviews a second, ours: {median(ours):.0f}")
    print(f"ratio of the medians of {ROUNDS} rounds: {median(ours) / median(theirs):.1f}")


def notebook_speed() -> float:
    """Reviews a second of the notebook's training loop, with torch's default threads."""
    embedding, lstm, dense = (
        nn.Embedding(WORDS, 32, padding_idx=0),
        nn.LSTM(32, 200),
        nn.Linear(200, 1),
    )
    layers = nn.ModuleList([embedding, lstm, dense])
    optimizer = torch.optim.Adam(layers.parameters())
    ids, ends = torch.randint(0, WORDS, (LENGTH, BATCH)), torch.randint(20, LENGTH, (BATCH,))
    labels = torch.rand(BATCH).round()
    seconds = []
    for _ in range(STEPS):
        start = time.perf_counter()
        last = lstm(embedding(ids))[0][ends, torch.arange(BATCH)]  # (batch, 200)
        loss = nn.functional.binary_cross_entropy(torch.sigmoid(dense(last)).squeeze(1), labels)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch has no types for it
        optimizer.step()
        seconds.append(time.perf_counter() - start)
    return BATCH / min(seconds)


def our_speed(file: Path) -> float:
    """Reviews a second of train.py's first epoch, as it says itself."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, str(ROOT / "training/train.py"), "--dataset", str(file)]
        command += ["--epochs", "1"]
        folders = ("model", "output", "checkpoint")
        flags = [text for name in folders for text in (f"--{name}-dir", f"{folder}/{name}")]
        done = subprocess.run([*command, *flags], capture_output=True, text=True, check=True)
    found = re.search(
        r"^epoch=1 train_loss.*reviews_per_second=([0-9.]+)", done.stdout, re.MULTILINE
    )
    if not found:
        raise SystemExit(f"train.py told no speed:\n{done.stdout}{done.stderr}")
    return float(found[1])


if __name__ == "__main__":
    main()
