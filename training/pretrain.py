"""Pretrain the base weights on reviews without labels: `python training/pretrain.py FILE …`.

Two language models, one for each direction, on one embedding. It can be ended at any time and goes
on from its last checkpoint when it is started again with the same arguments; at the end, and at
every checkpoint, what was learnt so far is written to the base folder.
"""

import argparse
import os
import sys
from pathlib import Path

import torch

from sentiment.dataset.files import DatasetError
from sentiment.pretraining import corpus
from sentiment.pretraining.loop import Pretraining
from sentiment.vocabulary import Vocabulary


def main(argv: list[str] | None = None) -> int:
    """Read what is to be read, unless that was done before, and learn."""
    arguments = _arguments(argv)
    # oneDNN keeps what it prepared for each shape of a batch, a thousand of them: gigabytes.
    os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "32")
    try:
        data, vocabulary = _corpus(arguments)
    except (DatasetError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{len(data):,} reviews, {len(data.ids):,} words, {len(vocabulary):,} known", flush=True)
    Pretraining(arguments, data, vocabulary).run()
    return 0


def _corpus(arguments: argparse.Namespace) -> tuple[corpus.Corpus, Vocabulary]:
    """What an earlier start has read of the same files is used again."""
    sources = [f"{path.name} {path.stat().st_size}" for path in arguments.files]
    stamp = "\n".join([*sources, f"vocabulary {arguments.vocabulary}"])
    marker, words = arguments.work / "read.txt", arguments.work / "vocabulary.txt"
    if marker.is_file() and marker.read_text(encoding="utf-8") == stamp:
        known = words.read_text(encoding="utf-8").split("\n")
        return corpus.load(arguments.work), Vocabulary(known)
    data, vocabulary = corpus.build(arguments.files, arguments.work, arguments.vocabulary)
    words.write_text("\n".join(vocabulary.words), encoding="utf-8")
    marker.write_text(stamp, encoding="utf-8")
    return data, vocabulary


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Pretrain the base weights on reviews without labels.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = parser.add_argument
    add("files", nargs="+", type=Path, metavar="FILE", help=".csv or .jsonl, also packed")
    add("--out", type=Path, default=Path("models/base"), help="where the base weights go")
    add("--work", type=Path, default=Path(".pretraining"), help="for ids and checkpoints")
    add("--passes", type=int, default=8, help="over all reviews")
    add("--vocabulary", type=int, default=30_000, help="most frequent words that are known")
    add("--embedding", type=int, default=160, help="numbers that stand for a word")
    add("--hidden", type=int, default=320, help="size of the LSTM in each direction")
    add("--candidates", type=int, default=1024, help="words drawn a step for the softmax; 0: all")
    add("--embedding-dropout", type=float, default=0.15, help="share of embeddings hidden")
    add("--state-dropout", type=float, default=0.2, help="share of states hidden")
    add("--weight-dropout", type=float, default=0.0, help="share of recurrent weights hidden")
    add("--piece-words", type=int, default=200, help="longer reviews are learnt in pieces")
    add("--batch-words", type=int, default=9_600, help="words a step, padding included")
    add("--learning-rate", type=float, default=0.003, help="of Adam, at its highest")
    add("--held-out", type=int, default=150, help="reviews that perplexity is measured on")
    add("--precision", choices=["bfloat16", "float32"], default="bfloat16", help="of products")
    device = "cuda" if torch.cuda.is_available() else "cpu"
    add("--device", default=device, help="cpu, or cuda")
    add("--checkpoint-seconds", type=float, default=300, help="between checkpoints")
    add("--seed", type=int, default=1, help="of everything random")
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main())
