"""What training/Dockerfile copies into the serve image is what serve.py imports."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.unit.imports import HOUSE, ROOT, TRAINING, below
from tests.unit.models import model_folder


def copied(target: str) -> dict[Path, str]:
    """What a stage of the Dockerfile copies of our programs, and where to in /opt/program."""
    text = (TRAINING / "Dockerfile").read_text().replace("\\\n", " ")
    (stage,) = re.findall(rf"(?ms)^FROM \S+ AS {target}$(.*?)(?=^FROM |\Z)", text)
    found: dict[Path, str] = {}
    for words in re.findall(r"(?m)^COPY (.*)$", stage):
        *sources, target = words.split()
        for source in (ROOT / one for one in sources):
            if source.is_dir():  # its content is copied, not itself
                inside = list(source.rglob("*.py"))
                found |= {path: f"{target}/{path.relative_to(source)}" for path in inside}
            elif source.suffix == ".py":
                found[source] = f"{target}{source.name}"
    assert found
    return found


def test_the_serve_image_has_the_modules_that_serve_needs_and_no_others():
    serve = TRAINING / "serve.py"
    needed = {serve, *below(serve)}
    needed |= {path.parent / "__init__.py" for path in needed - {serve}} | {HOUSE / "__init__.py"}

    assert set(copied("serve")) == needed


def test_the_copied_modules_answer_without_the_others(tmp_path):
    for path, place in copied("serve").items():
        (tmp_path / "program" / place).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, tmp_path / "program" / place)
    ask = (
        f"import sys; sys.path.insert(0, {str(tmp_path / 'program')!r}); import serve, sentiment;"
        " from pathlib import Path; from sentiment.serving.predictor import Predictor;"
        f" predictor = Predictor(Path({str(model_folder(tmp_path / 'model'))!r}));"
        " print(sentiment.__file__, predictor.answer([['good', 'film']])[0].windows)"
    )

    done = subprocess.run([sys.executable, "-I", "-c", ask], capture_output=True, text=True)

    assert done.stdout == f"{tmp_path / 'program/sentiment/__init__.py'} 1\n", done.stderr
