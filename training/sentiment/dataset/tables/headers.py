"""Whether the first row of a table names its columns, and where that row is."""

import re
from collections.abc import Sequence

from sentiment.dataset.tables.shapes import Shape, is_number

PREAMBLE_ROWS = 10  # that may stand above the header
LONGEST_NAME = 60
MOST_COLUMNS = 2_000  # that are looked at
INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad]")
# Words in names of columns; nobody writes a review of one of them alone.
OF_TEXT = (
    "text texts review reviews comment comments content body message tweet sentence phrase document"
    " feedback opinion description summary rezension kommentar meinung avis critique commentaire"
    " texte reseña resena comentario texto opinión recensione commento testo comentário verbatim"
    " prompt answer post"
)
OF_LABEL = (
    "label labels sentiment class target polarity category rating ratings score stars star overall"
    " liked recommended feeling emotion bewertung bewertungen stimmung note sterne etoiles étoiles"
    " sentimiento calificacion calificación estrellas puntuacion puntuación etiqueta etichetta voto"
    " valutazione avaliacao avaliação nota classe completion"
)
OF_OTHERS = (
    "id index name names title date time timestamp user author movie film book product item hotel"
    " language lang source url country verified votes helpful split datum titel nutzer"
)
OF_SENTENCES = frozenset(("a", "an", "the", "i", "this", "that", "it", "is", "was", "we", "very"))
TEXT_WORDS, LABEL_WORDS = frozenset(OF_TEXT.split()), frozenset(OF_LABEL.split())
WORDS = TEXT_WORDS | LABEL_WORDS | frozenset(OF_OTHERS.split())


def cleaned(name: str) -> str:
    """A name of a column without blanks around it and signs that nobody sees."""
    return " ".join(INVISIBLE.sub("", name).split())


def names_of(fields: Sequence[str]) -> tuple[list[str], list[str]]:
    """Names for columns, each once, and notes on those that were there twice."""
    names: dict[str, None] = {}
    seen: dict[str, int] = {}  # how often each was there
    notes = []
    for place, field in enumerate(fields, 1):
        name = plain = cleaned(field) or f"column {place}"
        times = seen.get(plain, 1)
        while name in names:
            times += 1
            name = f"{plain} ({times})"
        seen[plain] = times
        if times == 2:
            notes.append(
                f'Two columns are named "{plain[:LONGEST_NAME]}": the first is meant by that name.'
            )
        names[name] = None
    return list(names), notes


def crowded(names: Sequence[str]) -> list[str]:
    """A note where there are more columns than are looked at."""
    if len(names) <= MOST_COLUMNS:
        return []
    return [
        f"There are {len(names):,} columns: review and label were looked for in the"
        f" {MOST_COLUMNS:,} that most of the first rows fill."
    ]


def numbered_names(width: int) -> list[str]:
    """Names for columns that the file doesn't name."""
    return [f"column {place}" for place in range(1, width + 1)]


def is_header(first: Sequence[str], rows: Sequence[Sequence[str]], shape: Shape) -> bool:
    """Whether a row names the columns of those below it."""
    cells = [cleaned(cell) for cell in first]
    if not any(cells) or max(map(len, cells)) > 3 * LONGEST_NAME:
        return False
    below = [
        [cleaned(row[place]) for row in rows if place < len(row)] for place in range(len(cells))
    ]
    places = [str(place) for place in range(len(cells))]
    if len(rows) > 2 and len(cells) > 2 and cells == ["", *places[:-1]]:
        return below[0][:3] == ["0", "1", "2"]  # as pandas numbers columns, and rows before them
    for cell, column in zip(cells, below, strict=True):
        if cell and cell.casefold() in _usual(column):
            return False
    if cells == places:  # as pandas numbers columns
        return not all(is_number(value) for column in below for value in column)
    if any(is_number(cell) for cell in cells):
        return False
    if any(looks_like_name(cell) for cell in cells):
        return True
    return _differs(cells, below, shape) if rows else len(cells) > 1


def _usual(column: Sequence[str]) -> set[str]:
    """Values that a column has again and again."""
    counts: dict[str, int] = {}
    for value in column:
        counts[value.casefold()] = counts.get(value.casefold(), 0) + 1
    return {value for value, count in counts.items() if count >= max(2, len(column) / 100)}


def words_of(name: str) -> list[str]:
    """The words in a name: of reviewText and Review_text, review and text."""
    spaced = re.sub(r"(?<=[a-zß-ÿ])(?=[A-Z])", " ", name)
    return re.findall(r"[^\W\d_]+", spaced.casefold())


def looks_like_name(cell: str) -> bool:
    """Whether a cell is such a name as columns have: review_text, Star Rating, reviewText."""
    words = words_of(cell)
    is_short = 0 < len(words) <= 4 and len(cell) <= LONGEST_NAME
    return is_short and not WORDS.isdisjoint(words) and OF_SENTENCES.isdisjoint(words)


def are_names(cells: Sequence[str]) -> bool:
    """Whether a row is rather one of names than of values."""
    return any(map(looks_like_name, cells)) and max(map(len, cells)) <= LONGEST_NAME


def name_a_dataset(cells: Sequence[str]) -> bool:
    """Whether one cell is the name of a text and another one that of labels, and nothing else.

    All of their words are such as names have: "Great content" is none, "Review content" is.
    """
    named = [set(words_of(cleaned(cell))) for cell in cells]
    texts = [place for place, words in enumerate(named) if words & TEXT_WORDS and words <= WORDS]
    labels = [place for place, words in enumerate(named) if words & LABEL_WORDS and words <= WORDS]
    return any(one != other for one in texts for other in labels)


def is_only_names(cells: Sequence[str]) -> bool:
    """Whether a row is certainly a header: of a text and labels, each cell filled, without digits.

    Titles above it may look like names, too.
    """
    cells = [cleaned(cell) for cell in cells]
    is_short = all(cell and len(cell.split()) <= 4 and not re.search(r"\d", cell) for cell in cells)
    return is_short and name_a_dataset(cells)


def _differs(cells: Sequence[str], below: Sequence[Sequence[str]], shape: Shape) -> bool:
    """Whether cells are words above numbers, labels and sentences."""
    if len(set(map(str.casefold, cells))) < len(cells) or max(map(len, cells)) > LONGEST_NAME:
        return False
    for place, cell in enumerate(cells):
        kind = shape.kinds[place] if place < len(shape.kinds) else "text"
        if cell and (
            kind == "number" or (isinstance(kind, frozenset) and cell.casefold() not in kind)
        ):
            return True
    if not all(re.fullmatch(r"[\w.:/()#-]*( [\w.:/()#-]+)?", cell) for cell in cells):
        return False
    return any(map(_is_text, below)) and max(map(len, cells)) <= 30


def _is_text(column: Sequence[str]) -> bool:
    """Whether a column holds sentences: nearly all of its values have several words."""
    values = [value for value in column if value]
    return bool(values) and sum(len(value.split()) > 2 for value in values) >= 0.9 * len(values)
