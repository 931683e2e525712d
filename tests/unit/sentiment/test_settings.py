"""What a training job reads out of SageMaker's hyperparameters."""

import json
from dataclasses import fields
from pathlib import Path

import pytest

from sentiment.settings import Settings, SettingsError, settings

NUMBERS = [one for one in fields(Settings) if "low" in one.metadata]


def base(folder: Path, **hyperparameters: str) -> dict[str, str]:
    """The environment of a container with these hyperparameters."""
    config = folder / "input/config"
    config.mkdir(parents=True)
    (config / "hyperparameters.json").write_text(json.dumps(hyperparameters))
    return {"SAGEMAKER_BASE_DIR": str(folder)}


def test_a_tuning_jobs_own_hyperparameter_is_no_flag(tmp_path: Path) -> None:
    environment = base(tmp_path, epochs="3", _tuning_objective_metric="validation_accuracy")

    assert settings([], environment).epochs == 3


def test_a_whole_number_from_a_tuning_job_stays_one_and_others_are_refused(tmp_path: Path) -> None:
    assert settings([], base(tmp_path / "good", hidden="64")).hidden == 64
    with pytest.raises(SettingsError, match="hidden"):
        settings([], base(tmp_path / "bad", hidden="64.5"))


@pytest.mark.parametrize("number", NUMBERS, ids=[one.name for one in NUMBERS])
def test_a_number_is_taken_up_to_its_bounds_and_refused_beyond_them(number) -> None:
    low, high = number.metadata["low"], number.metadata["high"]
    flag = "--" + number.name.replace("_", "-")

    for value in (low, high):
        assert getattr(settings([f"{flag}={value}"], {}), number.name) == value
    for value in (low - 1, high + 1):
        with pytest.raises(SettingsError) as refusal:
            settings([f"{flag}={value}"], {})
        assert str(refusal.value) == (
            f"Wrong hyperparameter or flag: argument {flag}: {value} is not between {low} and"
            f" {high}."
        )


def test_every_default_is_within_its_bounds() -> None:
    chosen = settings([], {})

    assert len(NUMBERS) > 20
    for one in NUMBERS:
        assert one.metadata["low"] <= getattr(chosen, one.name) <= one.metadata["high"]
        assert isinstance(getattr(chosen, one.name), int) or one.type is float


def test_sagemakers_variables_tell_where_things_are_and_flags_win(tmp_path: Path) -> None:
    (tmp_path / "input/data/champion").mkdir(parents=True)
    environment = {"SAGEMAKER_BASE_DIR": str(tmp_path), "SM_MODEL_DIR": "/told"}

    chosen = settings(["--output-dir", "/asked"], environment)

    assert (chosen.model_dir, chosen.output_dir) == (Path("/told"), Path("/asked"))
    assert chosen.dataset == tmp_path / "input/data/dataset"
    assert (chosen.champion, chosen.unlabelled) == (tmp_path / "input/data/champion", None)
