"""What a training job reads out of SageMaker's hyperparameters."""

import json
from pathlib import Path

import pytest

from sentiment.settings import SettingsError, settings


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
