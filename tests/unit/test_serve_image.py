"""What training/Dockerfile copies into the serve image is what serve.py imports."""

from tests.unit.imports import HOUSE, TRAINING, below, copied


def test_the_serve_image_has_the_modules_that_serve_needs_and_no_others():
    serve = TRAINING / "serve.py"
    needed = {serve, *below(serve)}
    needed |= {path.parent / "__init__.py" for path in needed - {serve}} | {HOUSE / "__init__.py"}

    assert set(copied("serve")) == needed
