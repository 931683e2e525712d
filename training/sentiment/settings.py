"""What a training job is told: flags, with SageMaker's folders and hyperparameters as defaults.

Hyperparameters are flags without the dashes: {"epochs": "3"} is --epochs 3. What stands on the
command line wins. A flag is declared once, as a field of Settings.
"""

import argparse
import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any, NoReturn

from sentiment.errors import SentimentError

DESCRIPTION = "Train a sentiment model on one dataset of labelled reviews, judge it, and export it."
MODELS = Path(__file__).parents[2] / "models"  # beside the program, here and in its image


class SettingsError(SentimentError):
    """A flag, hyperparameter or folder that the job can't work with; says what to change."""


def _number(default: float, low: float, high: float, text: str) -> Any:
    """A number within bounds; whole where the field is an int."""
    return field(metadata={"default": default, "low": low, "high": high, "help": text})


def _choice(first: str, *others: str, text: str) -> Any:
    """One of these, and the first unless another is asked for."""
    return field(metadata={"default": first, "choices": [first, *others], "help": text})


def _name(variable: str, default: str, text: str) -> Any:
    """A text that SageMaker tells by a variable."""
    return field(metadata={"variable": variable, "default": default, "help": text})


def _path(variable: str, default: Callable[[Path], Path | None], text: str) -> Any:
    """A file or folder that SageMaker tells by a variable, or one below its base folder."""
    told = {"variable": variable, "default_below": default, "type": Path, "help": text}
    return field(metadata=told)


def _channel(name: str, otherwise: Path | None = None) -> Callable[[Path], Path | None]:
    """The folder of a channel that the job may have."""

    def below(base: Path) -> Path | None:
        folder = base / "input/data" / name
        return folder if folder.exists() else otherwise

    return below


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All flags with their types, in the order of --help."""

    verb: str | None
    base_dir: Path

    dataset: Path = _path(
        "SM_CHANNEL_DATASET",
        lambda base: base / "input/data/dataset",
        "a file, or a folder with one",
    )
    unlabelled: Path | None = _path(
        "SM_CHANNEL_UNLABELLED",
        _channel("unlabelled"),
        "a file or folder of further reviews without labels, to learn from what the model thinks",
    )
    champion: Path | None = _path(
        "SM_CHANNEL_CHAMPION",
        _channel("champion"),
        "folder with the live model, or with its model.tar.gz",
    )
    init: str = _choice(
        *("auto", "imdb", "base", "scratch"),
        text="what to start from; auto: the first that serves the dataset and has not seen it",
    )
    base: Path = _path(
        "SM_CHANNEL_BASE",
        _channel("base", MODELS / "base"),
        "folder with weights that have learnt from reviews without labels",
    )
    imdb: Path = _path(
        "SM_CHANNEL_IMDB",
        _channel("imdb", MODELS / "imdb"),
        "folder with the first live model",
    )
    model_dir: Path = _path(
        "SM_MODEL_DIR", lambda base: base / "model", "where the model folder's files go"
    )
    output_dir: Path = _path(
        "SM_OUTPUT_DATA_DIR", lambda base: base / "output/data", "where the report goes as well"
    )
    checkpoint_dir: Path = _path(
        "SM_CHECKPOINT_DIR", lambda base: base / "checkpoints", "to go on after an interruption"
    )
    run: str = _name("TRAINING_JOB_NAME", "local", "name of this training; SageMaker tells it")
    name: str = _name("DATASET_NAME", "", "name of the dataset, for the report")

    epochs: float = _number(2, 0.001, 1000, "passes over the data at most; 0.1: a tenth of one")
    more_epochs: float = _number(1, 0.001, 1000, "and then over these and those without labels")
    minimum_steps: int = _number(300, 1, 10**6, "small data: as many passes as make so many steps")
    patience: int = _number(2, 1, 1000, "stop after so many passes without progress")
    batch: int = _number(64, 1, 4096, "reviews a step, over all processes")
    learning_rate: float = _number(0, 0, 1, "of Adam, at its highest; 0: as the start suggests")
    embedding_rate: float = _number(0.3, 0, 100, "times that, of an embedding that has learnt")
    head_rate: float = _number(5, 0, 100, "times that, of the last layer on what has learnt")
    sentences: int = _number(1, 0, 1, "1: learn from single sentences as well")
    lessons: float = _number(0.4, 0, 1, "steps that teach negation, for each other step")
    device: str = _choice(
        *("auto", "cpu", "cuda"), text="to learn on; auto: a GPU where there is one"
    )
    precision: str = _choice(
        *("auto", "bfloat16", "float32"),
        text="of products while learning; auto: bfloat16 where the processor has it",
    )
    dropout: float = _number(0.4, 0, 0.95, "of pooled states, and half of it of embeddings")
    word_dropout: float = _number(0.1, 0, 0.95, "share of words hidden while learning")
    smoothing: float = _number(30, 0.1, 1e6, "occurrences added before a word leans to a label")
    maximum_words: int = _number(300, 1, 4096, "learn longer reviews by windows of so many words")
    longest: int = _number(300, 1, 100_000, "words of a window, a part of a long review")
    vocabulary: int = _number(40_000, 3, 10**6, "words known at most; a start knows its own")
    embedding: int = _number(128, 1, 4096, "numbers that stand for a word")
    hidden: int = _number(128, 1, 4096, "size of the LSTM in each direction")
    buckets: int = _number(2**18, 2, 2**24, "weights that pairs of words share")
    linear_strength: float = _number(10, 1e-6, 1e6, "inverse regularisation of the linear part")
    processes: int = _number(0, 0, 1024, "that read and learn on this host; 0: as suits the data")
    checkpoint_steps: int = _number(100, 1, 10**9, "steps between checkpoints")
    seed: int = _number(1, 0, 2**31, "of everything random")
    max_runtime_seconds: int = _number(0, 0, 10**7, "plan to end within so many; 0: no limit")


def settings(argv: Sequence[str], environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings of this job; SettingsError where something is wrong with them."""
    base = Path(environment.get("SAGEMAKER_BASE_DIR", "/opt/ml"))
    flags = _Flags(
        description=DESCRIPTION,
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        allow_abbrev=False,
    )
    flags.add_argument("verb", nargs="?", choices=["train"], help="SageMaker passes it")
    for one in fields(Settings):
        if one.metadata:
            name = "--" + one.name.replace("_", "-")
            flags.add_argument(name, **_argument(one, base, environment))
    return Settings(base_dir=base, **vars(flags.parse_args([*_hyperparameters(base), *argv])))


class _Flags(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise SettingsError(f"Wrong hyperparameter or flag: {message}.")


def _argument(flag: Field[Any], base: Path, environment: Mapping[str, str]) -> dict[str, Any]:
    """A field of Settings as argparse takes it."""
    told = dict(flag.metadata)
    if "low" in told:
        told["type"] = _within(flag.type, told.pop("low"), told.pop("high"))
    if "default_below" in told:
        told["default"] = told.pop("default_below")(base)
    if "variable" in told:
        told["default"] = environment.get(told.pop("variable"), told["default"])
    return told


def _within(kind: Any, low: float, high: float) -> Callable[[str], float]:
    def within(value: str) -> float:
        chosen: float = kind(value)
        if not low <= chosen <= high:
            raise argparse.ArgumentTypeError(f"{value} is not between {low} and {high}")
        return chosen

    within.__name__ = kind.__name__  # argparse names it where the value is no number at all
    return within


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
