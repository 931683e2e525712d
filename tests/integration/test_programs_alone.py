"""Programs that find in their place only what is put there: a look in Lambda, the serve image."""

import shutil
import subprocess
import sys

from tests.unit.imports import TRAINING, copied
from tests.unit.models import model_folder


def test_the_first_look_at_a_dataset_needs_no_numpy():
    look = (
        "import io, sys; sys.modules.update(numpy=None); from sentiment.dataset.peek import peek;"
        ' content = b"text,label\\n" + b"good,positive\\n" * 30;'
        ' peek("a.csv", io.BytesIO(content))'
    )

    done = subprocess.run(
        [sys.executable, "-c", look], cwd=TRAINING, capture_output=True, text=True
    )

    assert done.stderr.endswith(
        "The one usable review is positive: add negative ones, at least 20.\n"
    )


def test_the_copied_modules_answer_without_the_others(tmp_path):
    for path, target in copied("serve").items():
        (tmp_path / "program" / target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, tmp_path / "program" / target)
    ask = (
        f"import sys; sys.path.insert(0, {str(tmp_path / 'program')!r}); import serve, sentiment;"
        " from pathlib import Path; from sentiment.serving.predictor import Predictor;"
        f" predictor = Predictor(Path({str(model_folder(tmp_path / 'model'))!r}));"
        " print(sentiment.__file__, predictor.answer([['good', 'film']])[0].windows)"
    )

    done = subprocess.run([sys.executable, "-I", "-c", ask], capture_output=True, text=True)

    assert done.stdout == f"{tmp_path / 'program/sentiment/__init__.py'} 1\n", done.stderr
