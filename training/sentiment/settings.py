"""What a training job is told: flags, with SageMaker's folders and hyperparameters as defaults.

Hyperparameters are flags without the dashes: {"epochs": "3"} is --epochs 3. What stands on the
command line wins.
"""

import argparse
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

DESCRIPTION = "Train a sentiment model on one dataset of labelled reviews, judge it, and export it."


MODELS = Path(__file__).parents[2] / "models"  # beside the program, here and in its image


class SettingsError(Exception):
    """A flag, hyperparameter or folder that the job can't work with; says what to change."""


class Settings(argparse.Namespace):
    """All flags with their types."""

    verb: str | None
    run: str
    name: str
    base_dir: Path
    dataset: Path
    unlabelled: Path | None
    champion: Path | None
    init: str
    base: Path
    imdb: Path
    model_dir: Path
    output_dir: Path
    checkpoint_dir: Path
    epochs: float
    more_epochs: float
    minimum_steps: int
    patience: int
    batch: int
    learning_rate: float
    embedding_rate: float
    head_rate: float
    sentences: int
    lessons: float
    device: str
    precision: str
    dropout: float
    word_dropout: float
    smoothing: float
    maximum_words: int
    longest: int
    vocabulary: int
    embedding: int
    hidden: int
    buckets: int
    linear_strength: float
    processes: int
    checkpoint_steps: int
    seed: int


def settings(argv: Sequence[str], environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings of this job; SettingsError where something is wrong with them."""
    base = Path(environment.get("SAGEMAKER_BASE_DIR", "/opt/ml"))
    flags = _flags(base, environment)
    chosen = flags.parse_args([*_hyperparameters(base), *argv], namespace=Settings())
    chosen.base_dir = base
    return chosen


class _Flags(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise SettingsError(f"Wrong hyperparameter or flag: {message}.")


def _flags(base: Path, environment: Mapping[str, str]) -> _Flags:
    flags = _Flags(
        description=DESCRIPTION,
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        allow_abbrev=False,
    )
    flags.add_argument("verb", nargs="?", choices=["train"], help="SageMaker passes it")
    _add_places(flags, base, environment)
    _add_learning(flags)
    return flags


def _add_places(flags: _Flags, base: Path, environment: Mapping[str, str]) -> None:
    channels = base / "input/data"

    def optional(channel: str) -> Path | None:
        return channels / channel if (channels / channel).exists() else None

    def place(flag: str, variable: str, default: Path | None, text: str) -> None:
        flags.add_argument(flag, type=Path, default=environment.get(variable, default), help=text)

    place(
        "--dataset",
        "SM_CHANNEL_DATASET",
        channels / "dataset",
        "a file, or a folder with one",
    )
    place(
        "--unlabelled",
        "SM_CHANNEL_UNLABELLED",
        optional("unlabelled"),
        "a file or folder of further reviews without labels, to learn from what the model thinks",
    )
    place(
        "--champion",
        "SM_CHANNEL_CHAMPION",
        optional("champion"),
        "folder with the live model, or with its model.tar.gz",
    )
    flags.add_argument(
        "--init",
        choices=["auto", "imdb", "base", "scratch"],
        default="auto",
        help="what to start from; auto: the first that serves the dataset and has not seen it",
    )
    place(
        "--base",
        "SM_CHANNEL_BASE",
        optional("base") or MODELS / "base",
        "folder with weights that have learnt from reviews without labels",
    )
    place(
        "--imdb",
        "SM_CHANNEL_IMDB",
        optional("imdb") or MODELS / "imdb",
        "folder with the first live model",
    )
    place("--model-dir", "SM_MODEL_DIR", base / "model", "where the model folder's files go")
    place(
        "--output-dir", "SM_OUTPUT_DATA_DIR", base / "output/data", "where the report goes as well"
    )
    place(
        "--checkpoint-dir",
        "SM_CHECKPOINT_DIR",
        base / "checkpoints",
        "to go on after an interruption",
    )
    name = environment.get("TRAINING_JOB_NAME", "local")
    flags.add_argument("--run", default=name, help="name of this training; SageMaker tells it")
    name = environment.get("DATASET_NAME", "")
    flags.add_argument("--name", default=name, help="name of the dataset, for the report")


def _add_learning(flags: _Flags) -> None:
    def number(flag: str, kind: type, default: float, low: float, high: float, text: str) -> None:
        def within(value: str) -> Any:
            chosen = kind(value)
            if not low <= chosen <= high:
                raise argparse.ArgumentTypeError(f"{value} is not between {low} and {high}")
            return chosen

        within.__name__ = kind.__name__  # argparse names it where the value is no number at all
        flags.add_argument(flag, type=within, default=default, help=text)

    number("--epochs", float, 2, 0.001, 1000, "passes over the data at most; 0.1: a tenth of one")
    number("--more-epochs", float, 1, 0.001, 1000, "and then over these and those without labels")
    number(
        "--minimum-steps", int, 300, 1, 10**6, "small data: as many passes as make so many steps"
    )
    number("--patience", int, 2, 1, 1000, "stop after so many passes without progress")
    number("--batch", int, 64, 1, 4096, "reviews a step, over all processes")
    number("--learning-rate", float, 0, 0, 1, "of Adam, at its highest; 0: as the start suggests")
    number("--embedding-rate", float, 0.3, 0, 100, "times that, of an embedding that has learnt")
    number("--head-rate", float, 5, 0, 100, "times that, of the last layer on what has learnt")
    number("--sentences", int, 1, 0, 1, "1: learn from single sentences as well")
    number("--lessons", float, 0.4, 0, 1, "steps that teach negation, for each other step")
    flags.add_argument(
        "--device",
        choices=["auto", "cpu", "cuda"],
        default="auto",
        help="to learn on; auto: a GPU where there is one",
    )
    flags.add_argument(
        "--precision",
        choices=["auto", "bfloat16", "float32"],
        default="auto",
        help="of products while learning; auto: bfloat16 where the processor has it",
    )
    number("--dropout", float, 0.4, 0, 0.95, "of pooled states, and half of it of embeddings")
    number("--word-dropout", float, 0.1, 0, 0.95, "share of words hidden while learning")
    number("--smoothing", float, 30, 0.1, 1e6, "occurrences added before a word leans to a label")
    number("--maximum-words", int, 300, 1, 4096, "learn longer reviews by windows of so many words")
    number("--longest", int, 300, 1, 100_000, "words of a window in which long reviews are judged")
    number("--vocabulary", int, 40_000, 3, 10**6, "words known at most; a start knows its own")
    number("--embedding", int, 128, 1, 4096, "numbers that stand for a word")
    number("--hidden", int, 128, 1, 4096, "size of the LSTM in each direction")
    number("--buckets", int, 2**18, 2, 2**24, "weights that pairs of words share")
    number("--linear-strength", float, 10, 1e-6, 1e6, "inverse regularisation of the linear part")
    number("--processes", int, 0, 0, 1024, "that read and learn on this host; 0: as suits the data")
    number("--checkpoint-steps", int, 100, 1, 10**9, "steps between checkpoints")
    number("--seed", int, 1, 0, 2**31, "of everything random")


def _hyperparameters(base: Path) -> list[str]:
    values = json_object(base / "input/config/hyperparameters.json") or {}
    values.pop("_tuning_objective_metric", None)  # a tuning job adds it; we print every metric
    return [f"--{name.replace('_', '-')}={value}" for name, value in values.items()]


def json_object(path: Path) -> dict[str, Any] | None:
    """The object in a file of SageMaker's, None if there is no such file."""
    try:
        content = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise SettingsError(f"{path.name} can't be read: {error}.") from error
    if not isinstance(content, dict):
        raise SettingsError(f"{path.name} must hold a JSON object.")
    return content
