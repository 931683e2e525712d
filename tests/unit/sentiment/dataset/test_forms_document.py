"""The table of docs/datasets.md has every form that is tried, and what becomes of it."""

from tests.unit.imports import ROOT
from tests.unit.sentiment.dataset.forms import Form
from tests.unit.sentiment.dataset.forms_archives import FORMS as ARCHIVES
from tests.unit.sentiment.dataset.forms_columns import FORMS as COLUMNS
from tests.unit.sentiment.dataset.forms_datasets import FORMS as DATASETS
from tests.unit.sentiment.dataset.forms_json import FORMS as JSON
from tests.unit.sentiment.dataset.forms_labels import FORMS as LABELS
from tests.unit.sentiment.dataset.forms_lines import FORMS as LINES
from tests.unit.sentiment.dataset.forms_packed import FORMS as PACKED
from tests.unit.sentiment.dataset.forms_scales import FORMS as SCALES
from tests.unit.sentiment.dataset.forms_shops import FORMS as SHOPS
from tests.unit.sentiment.dataset.forms_texts import FORMS as TEXTS
from tests.unit.sentiment.dataset.forms_values import FORMS as VALUES

FORMS = [
    *DATASETS,
    *SHOPS,
    *PACKED,
    *ARCHIVES,
    *JSON,
    *LINES,
    *TEXTS,
    *COLUMNS,
    *LABELS,
    *VALUES,
    *SCALES,
]
LONGEST = 60


def row(form: Form) -> str:
    name = form.name if len(form.name) <= LONGEST else f"{form.name[:LONGEST]}…"
    return f"| `{name}` | {form.what} | {form.expected.outcome} |"


def test_the_document_has_a_row_for_each_form_in_their_order() -> None:
    page = (ROOT / "docs/datasets.md").read_text(encoding="utf-8")
    table = page.split("| file | what it is | becomes |\n|---|---|---|\n")[1].split("\n\n")[0]

    assert table.rstrip("\n").split("\n") == [row(form) for form in FORMS]
    assert len({form.name for form in FORMS}) == len(FORMS) > 200
