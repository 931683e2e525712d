"""Files as people have them: what is taken for what, what becomes of each row, what is refused."""

from pathlib import Path

import pytest

from tests.unit.sentiment.dataset.forms import Form
from tests.unit.sentiment.dataset.forms_columns import FORMS as COLUMNS
from tests.unit.sentiment.dataset.forms_datasets import FORMS as DATASETS
from tests.unit.sentiment.dataset.forms_labels import FORMS as LABELS
from tests.unit.sentiment.dataset.forms_outcome import check_form
from tests.unit.sentiment.dataset.forms_scales import FORMS as SCALES
from tests.unit.sentiment.dataset.forms_shops import FORMS as SHOPS
from tests.unit.sentiment.dataset.forms_values import FORMS as VALUES

FORMS = [*DATASETS, *SHOPS, *COLUMNS, *LABELS, *VALUES, *SCALES]


@pytest.mark.parametrize("form", FORMS, ids=[form.name for form in FORMS])
def test_a_form_that_people_have(form: Form, tmp_path: Path) -> None:
    check_form(form, tmp_path)
