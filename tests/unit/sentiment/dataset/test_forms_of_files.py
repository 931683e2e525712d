"""Formats, packings, quotation marks and encodings that people have: what becomes of such files."""

from pathlib import Path

import pytest

from tests.unit.sentiment.dataset.forms import Form
from tests.unit.sentiment.dataset.forms_archives import FORMS as ARCHIVES
from tests.unit.sentiment.dataset.forms_json import FORMS as JSON
from tests.unit.sentiment.dataset.forms_lines import FORMS as LINES
from tests.unit.sentiment.dataset.forms_outcome import check_form
from tests.unit.sentiment.dataset.forms_packed import FORMS as PACKED
from tests.unit.sentiment.dataset.forms_texts import FORMS as TEXTS

FORMS = [*PACKED, *ARCHIVES, *JSON, *LINES, *TEXTS]


@pytest.mark.parametrize("form", FORMS, ids=[form.name for form in FORMS])
def test_a_form_of_file_that_people_have(form: Form, tmp_path: Path) -> None:
    check_form(form, tmp_path)
