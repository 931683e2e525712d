"""Delimited text as people write it: without a header, quoted in odd ways, in many encodings."""

from tests.unit.sentiment.dataset.forms import (
    REVIEWS,
    WORDS,
    Form,
    Refused,
    Rows,
    Taken,
    csv_of,
    scaled,
    two,
)

GOOD = two("positive", "negative")
LINES = csv_of("review,sentiment", GOOD)
KEPT = Taken("review", "sentiment", 300)
NUMBERED = Taken("column 1", "column 2", 300)
COMMAS = [(t.replace(" and ", ", and "), w) for t, w in GOOD]
OURS = KEPT._replace(is_of_ours=False)
WHEN = "Mon Apr 06 22:19:45 PDT 2009"


def lines_of(rows: Rows, delimiter: str = "\t", header: str = "review\tsentiment") -> bytes:
    """Rows as they stand: nothing is quoted."""
    lines = [delimiter.join(map(str, row)) for row in rows]
    return "".join(f"{line}\n" for line in [header, *lines] if line).encode()


def quoted(number: int, text: str) -> str:
    """A text with quotation marks as people use them."""
    if number % 10 == 0:
        return f'"{text}'
    return f'{text}"' if number % 10 == 5 else text


def titled(number: int, text: str) -> str:
    return f'"A title" {text}' if number % 2 else f'{text} They call it "art"'


RUSSIAN = [
    (f"Это {film} фильм номер {i}, и мы {mood} им", WORDS[film == "хороший"])
    for i in range(300)
    for film, mood in [(("хороший", "довольны"), ("плохой", "недовольны"))[i % 2]]
]
CELLS = lines_of([(t, int(g)) for t, g in REVIEWS], header="")
LABELLED = lines_of([(t, int(g)) for t, g in REVIEWS], header="sentence\tlabel")

FORMS = [
    # no header
    *(
        Form(
            f"amazon_cells_labelled.{ending}",
            f"UCI's sentences, no header, label last: .{ending}",
            lambda: CELLS,
            NUMBERED,
        )
        for ending in ("txt", "csv", "tsv")
    ),
    *(
        Form(
            f"{name}_labelled_with_header.csv",
            f"UCI's {name} sentences with a header",
            lambda: LABELLED,
            Taken("sentence", "label", 300),
        )
        for name in ("imdb", "yelp", "amazon")
    ),
    Form(
        "training.1600000.processed.noemoticon.csv",
        "Sentiment140 as downloaded, no header",
        csv_of(
            "",
            [
                (4 if g else 0, 1467810369 + i, WHEN, "NO_QUERY", f"user{i}", t)
                for i, (t, g) in enumerate(REVIEWS)
            ],
            quoting=1,
        ),
        Taken("column 6", "column 1", 300),
    ),
    Form(
        "amazon_review_polarity_train.csv",
        "Amazon's polarity, no header: 1 or 2, title, text",
        csv_of("", [(2 if g else 1, "A title", t) for t, g in REVIEWS], quoting=1),
        Taken("column 3", "column 1", 300),
    ),
    Form(
        "semeval_2017.csv",
        "SemEval, no header: id, label, text",
        csv_of(
            "",
            [
                (100_000 + i, w, t)
                for i, (t, w) in enumerate(scaled(["positive"], ["negative"], ["neutral"]))
            ],
        ),
        Taken("column 3", "column 2", 200, neutral=100),
    ),
    Form(
        "all-data.csv",
        "Financial PhraseBank, no header, Latin-1",
        lambda: csv_of("", [(w, f"{t} Café") for t, w in GOOD])().decode().encode("latin-1"),
        Taken("column 2", "column 1", 300, is_of_ours=False),
    ),
    Form(
        "twitter_training.csv",
        "Kaggle's twitter_training, no header: id, entity, sentiment, text",
        csv_of(
            "",
            [
                (2401 + i // 6, ("Borderlands", "Nvidia")[i % 2], w, t)
                for i, (t, w) in enumerate(
                    scaled(["Positive"], ["Negative"], ["Neutral", "Irrelevant"])
                )
            ],
        ),
        Taken("column 4", "column 3", 200, neutral=100),
    ),
    Form("no_header_text_label.csv", "no header: text, label", csv_of("", GOOD), NUMBERED),
    Form(
        "no_header_first_row_text.csv",
        'no header, and the first text is "text"',
        csv_of("", [("good", "text"), *((w, t) for t, w in two("good", "bad"))]),
        Taken("column 2", "column 1", 301, is_of_ours=False),
    ),
    # above and in the header
    Form(
        "header_zero_width.csv",
        "a zero-width blank in a name",
        csv_of("\u200breview,sentiment", GOOD),
        KEPT,
    ),
    Form(
        "sep_line.csv",
        'Excel\'s first line "sep=;"',
        lambda: b"sep=;\r\n" + csv_of("review,sentiment", GOOD, ";")(),
        KEPT,
    ),
    Form(
        "comment_lines.csv",
        "lines of comment above the header",
        lambda: b"# exported 2024-05-01\n# by hand\n" + LINES(),
        KEPT,
    ),
    Form(
        "header_line_break.csv",
        "a line break in a name",
        lambda: csv_of(
            "",
            [
                ("Timestamp", "How was it?\nBe frank", "review", "rating"),
                *(("2024-05-01", "fine", t, s) for t, s in scaled([4, 5], [1, 2])),
            ],
        )(),
        Taken("review", "rating", 300),
    ),
    Form(
        "duplicate_columns.csv",
        "two columns named review, the second empty",
        csv_of("review,review,sentiment", [(t, "", w) for t, w in GOOD]),
        KEPT,
    ),
    Form(
        "duplicate_labels.csv",
        "two columns named label that contradict each other",
        csv_of("review,label,label", [(t, WORDS[g], WORDS[not g]) for t, g in REVIEWS]),
        Refused("contradict each other.*--label-column"),
    ),
    Form(
        "short_rows.csv",
        "an empty last column left off",
        lambda: b"review,sentiment,remark\n" + lines_of(GOOD, ",", ""),
        KEPT,
    ),
    # delimiters and quotation marks
    Form("reviews.csv.txt", "Windows hides endings", LINES, KEPT),
    Form(
        "Restaurant_Reviews.tsv",
        "Restaurant_Reviews: Review, Liked",
        lambda: lines_of([(t, int(g)) for t, g in REVIEWS], header="Review\tLiked"),
        Taken("Review", "Liked", 300),
    ),
    Form(
        "unclosed_quotes.csv",
        "a twentieth of rows with a quotation mark that is never closed",
        lambda: lines_of(
            [(f'"{t}' if i % 20 == 7 else f'"{t}"', w) for i, (t, w) in enumerate(GOOD)],
            ",",
            "review,sentiment",
        ),
        KEPT._replace(kept=285, left_out=15),
    ),
    Form(
        "unquoted_commas_label_first.csv",
        "commas never quoted, label first",
        lambda: lines_of([(w, t) for t, w in COMMAS], ",", "sentiment,review"),
        OURS,
    ),
    Form(
        "single_quotes.csv",
        "apostrophes as quotation marks",
        lambda: lines_of([(f"'{t}'", w) for t, w in COMMAS], ",", "review,sentiment"),
        OURS,
    ),
    Form(
        "backslash_quotes.csv",
        "quotation marks escaped with a backslash",
        lambda: lines_of(
            [(f'"{t} They say \\"art\\", I say no."', w) for t, w in COMMAS],
            ",",
            "review,sentiment",
        ),
        OURS,
    ),
    Form(
        "backslash_commas.csv",
        "commas escaped with a backslash",
        lambda: lines_of([(t.replace(",", "\\,"), w) for t, w in COMMAS], ",", "review,sentiment"),
        OURS,
    ),
    Form(
        "two_rows_per_quote_break.csv",
        "written with QUOTE_NONE and an escape character",
        csv_of(
            "review,sentiment,id",
            [(f'{t} They say "art"' if i % 2 else t, w, i) for i, (t, w) in enumerate(COMMAS)],
            quoting=3,
            escapechar="\\",
        ),
        OURS,
    ),
    Form(
        "text_with_tabs.csv",
        "tabs in a quarter of the texts",
        lambda: lines_of(
            [
                (t.replace(" and ", "\tand ") if i % 4 == 0 else t, w)
                for i, (t, w) in enumerate(GOOD)
            ]
        ),
        OURS,
    ),
    Form(
        "semicolon_text_commas.csv",
        "semicolons between columns, and in a tenth of the texts",
        lambda: lines_of(
            [
                (t.replace(" and ", "; and ") if i % 10 == 0 else t, w)
                for i, (t, w) in enumerate(COMMAS)
            ],
            ";",
            "review;sentiment",
        ),
        OURS,
    ),
    Form(
        "natural_quotes_tabs.csv",
        "quotation marks that mean nothing, tabs",
        lambda: lines_of([(f'{t} They call it "art".', w) for t, w in GOOD]),
        OURS,
    ),
    Form(
        "natural_quotes_tabs_label_first.csv",
        "the same, label first",
        lambda: lines_of(
            [(w, f'"Art" is the word. {t}') for t, w in GOOD], header="sentiment\treview"
        ),
        OURS,
    ),
    Form(
        "natural_quotes_naive.csv",
        "quotation marks in quoted texts, not doubled",
        lambda: lines_of(
            [(f'"{t} They call it "art", and so do we."', w) for t, w in GOOD],
            ",",
            "review,sentiment",
        ),
        OURS,
    ),
    Form(
        "tabs_quote_open_here_close_there.csv",
        "tabs; a line begins with a quotation mark, another ends with one",
        lambda: lines_of([(quoted(i, t), w) for i, (t, w) in enumerate(GOOD)]),
        OURS,
    ),
    Form(
        "tabs_titles_in_quotes.csv",
        "tabs; titles in quotation marks",
        lambda: lines_of([(titled(i, t), w) for i, (t, w) in enumerate(GOOD)]),
        OURS,
    ),
    Form(
        "two_field_long.csv",
        "one quoted text of 600 lines that look like rows",
        lambda: csv_of(
            "text,label",
            [*GOOD, ("\n".join(f"It was line {i},positive" for i in range(600)), "negative")],
        )(),
        Taken("text", "label", 301, is_of_ours=False),
    ),
    Form(
        "no_newlines.csv",
        "all on one line",
        lambda: " ".join(f"{t},{w}" for t, w in GOOD * 60).encode(),
        Refused("line|1 MB"),
    ),
    # bytes
    Form(
        "bewertungen_cp1252.csv",
        "German Excel: semicolons, Windows-1252",
        lambda: (
            csv_of("Text,Sentiment", [(f"{t} Schön für Käufer", w) for t, w in GOOD], ";")()
            .decode()
            .encode("cp1252")
        ),
        Taken("Text", "Sentiment", 300, is_of_ours=False),
    ),
    Form(
        "bewertungen_utf16.csv",
        "Excel's UTF-16, tabs",
        lambda: csv_of("review,sentiment", GOOD, "\t")().decode().encode("utf-16"),
        KEPT,
    ),
    Form(
        "cp1251.csv",
        "Russian in Windows-1251",
        lambda: csv_of("review,label", RUSSIAN)().decode().encode("cp1251"),
        Taken("review", "label", 300, is_of_ours=False, notes=("don't seem to be in English",)),
    ),
    Form(
        "mac_roman.csv",
        "Excel for Mac's CSV",
        lambda: (
            csv_of("review,sentiment", [(f"{t} Café, naïve, señor", w) for t, w in GOOD])()
            .decode()
            .encode("mac_roman")
        ),
        OURS,
    ),
    Form(
        "nul_bytes.csv",
        "a few NUL bytes",
        lambda: LINES().replace(b"wonderful", b"wonder\x00ful"),
        OURS,
    ),
    Form(
        "nul_late.csv",
        "a NUL byte after 64 KiB",
        lambda: (
            csv_of("review,sentiment", [(f"{t} {'And so on. ' * 30}", w) for t, w in GOOD])()[:-30]
            + b"\x00 so.,negative\r\n"
        ),
        OURS,
    ),
]
