"""Characters of every kind of file, each read as it was written."""

import pytest

from sentiment.dataset.records import Record
from tests.unit.sentiment.dataset.tables.reviews import read, reviews, written

TEXTS = {
    "en": "It’s a “great” film – quite a café scene…",
    "de": "Die Bäckerei war schön, für größere Gruppen aber ungünstig. Köstlich!",
    "fr": "Le café était très bon, même si l’été a été long. Déçu par le goût.",
    "ru": "Этот фильм был очень хорош, мне понравилось. Плохая игра актёров.",
    "el": "Η ταινία ήταν πολύ καλή, μου άρεσε. Κακή εξυπηρέτηση.",
    "pl": "Książka była bardzo dobra, świetna obsługa i miła atmosfera. Źle się czułem.",
    "tr": "Bu ürün çok güzel ama kargo geç geldi, şikayetim var. İyi değil.",
    "ja": "この映画はとても面白かったです。演技も最高でした。",
    "zh": "这部电影非常好看，演员的表演也很出色。",
    "ko": "이 영화는 정말 재미있었습니다. 배우들의 연기도 훌륭했습니다.",
}


def table(language: str) -> list[tuple[str, str]]:
    return [(f"{TEXTS[language]} {i}", label) for i, (_, label) in enumerate(reviews(40))]


@pytest.mark.parametrize(
    ("encoding", "told"),
    [
        ("utf-8", "utf-8"), ("utf-8-sig", "utf-8"), ("utf-16", "utf-16"), ("utf-16-le", "utf-16"),
        ("utf-16-be", "utf-16"), ("utf-32", "utf-32"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_unicode_in_all_its_forms(encoding: str, told: str, delimiter: str) -> None:
    rows = table("en")
    content = written([("review", "sentiment"), *rows], delimiter=delimiter)

    found, records = read(content.encode(encoding))

    assert found.encoding == told
    assert [tuple(row.values.values()) for row in records if isinstance(row, Record)] == rows
    assert [row.line for row in records] == list(range(2, 42))


@pytest.mark.parametrize(
    ("language", "encoding", "told"),
    [
        ("en", "cp1252", "windows-1252"), ("de", "cp1252", "windows-1252"),
        ("de", "iso-8859-1", "windows-1252"), ("fr", "cp1252", "windows-1252"),
        ("de", "mac_roman", "mac-roman"), ("fr", "mac_roman", "mac-roman"),
        ("ru", "cp1251", "windows-1251"), ("ru", "koi8-r", "koi8-r"),
        ("el", "cp1253", "windows-1253"), ("pl", "cp1250", "windows-1250"),
        ("tr", "cp1254", "windows-1254"), ("ja", "shift_jis", "shift-jis"),
        ("ja", "euc_jp", "euc-jp"), ("zh", "gb18030", "gb18030"), ("ko", "euc_kr", "euc-kr"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("delimiter", [",", ";"])
def test_older_encodings_are_detected_and_told(
    language: str, encoding: str, told: str, delimiter: str
) -> None:
    rows = table(language)
    content = written([("review", "sentiment"), *rows], delimiter=delimiter)

    found, records = read(content.encode(encoding))

    assert found.encoding == told
    assert [tuple(row.values.values()) for row in records if isinstance(row, Record)] == rows
    assert found.notes[-1] == f"40 lines were not UTF-8 and read as {told[0].upper()}{told[1:]}."


def test_a_few_lines_may_have_another_encoding_than_the_rest() -> None:
    rows = table("de")
    content = ("review,sentiment\n" + written(rows)).encode() + "Ölig,negative\n".encode("cp1252")

    found, records = read(content)

    assert found.encoding == "utf-8 and windows-1252"
    assert records[-1].values["review"] == "Ölig"
    assert found.notes == ["1 line was not UTF-8 and read as Windows-1252."]


def test_text_that_was_decoded_wrongly_before_is_left_as_it_is() -> None:
    rows = [(text.encode().decode("cp1252", "replace"), label) for text, label in table("fr")]

    _, records = read("review,sentiment\n" + written(rows))

    assert [tuple(row.values.values()) for row in records if isinstance(row, Record)] == rows


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_every_end_of_a_line(end: str, encoding: str) -> None:
    rows = reviews()
    content = written([("review", "sentiment"), *rows], lineterminator=end)

    for text in (content, content.removesuffix(end)):
        _, records = read(text.encode(encoding))
        assert [tuple(row.values.values()) for row in records if isinstance(row, Record)] == rows
        assert [row.line for row in records] == list(range(2, 62))


@pytest.mark.parametrize("place", [0, 50])
def test_nul_characters_are_taken_out_and_told(place: int) -> None:
    rows = reviews(3_000)
    lines = written(rows).splitlines()
    lines[place] = lines[place].replace("take", "ta\x00ke")

    found, records = read("review,sentiment\n" + "\n".join(lines))

    assert [tuple(row.values.values()) for row in records if isinstance(row, Record)] == rows
    assert found.notes == ["NUL characters were taken out of 1 line."]
