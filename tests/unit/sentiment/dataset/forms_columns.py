"""Files that differ in which columns there are, what stands in them, and how many rows are good."""

from tests.unit.sentiment.dataset.forms import (
    REVIEWS,
    WORDS,
    Form,
    Refused,
    Rows,
    Taken,
    bytes_of,
    csv_of,
    jsonl_of,
    labels_of,
    scaled,
    two,
)

GOOD = two("positive", "negative")
STARS = scaled([4, 5], [1, 2])
KEPT = Taken("review", "sentiment", 300)
LINES = csv_of("review,sentiment", GOOD)
DESCRIPTION = "A kettle of steel for the kitchen of today, with a handle that stays cool."
NAMED = {
    "my reviews (final) v2.csv": "blanks and brackets in the name",
    "reviews 😀.csv": "an emoji in the name",
    "100% real reviews.csv": "a per cent sign in the name",
    "a+b=c&d#e?.csv": "signs of addresses in the name",
    'o\'brien "quoted".csv': "quotation marks in the name",
    "日本語レビュー.csv": "a Japanese name",
    f"{'x' * 200}.csv": "a name of 200 letters",
}


def headed(name: str, what: str, header: str) -> Form:
    text = header.split(",")[0].strip()
    return Form(name, what, csv_of(header, GOOD), KEPT._replace(text=text))


def columns(name: str, what: str, header: str, rows: Rows, expected: Taken | Refused) -> Form:
    return Form(name, what, csv_of(header, rows), expected)


def chinese() -> list[tuple[str, str]]:
    things = ("这部电影的故事", "餐厅里的服务员", "昨天买的手机", "旅馆的房间")
    degrees = ("真的", "确实", "非常")
    verdicts = ("精彩极了", "让人满意", "值得推荐"), ("糟糕透了", "令人失望", "不值得买")
    return [
        (f"{things[i % 4]}{chr(0x4E00 + i)}{degrees[i % 3]}{verdict[i % 3]}", WORDS[is_good])
        for i in range(400)
        for is_good, verdict in [(i % 2 == 0, verdicts[i % 2])]
    ]


FORMS = [
    # names of columns
    headed("header_space.csv", "a blank after a name", "review ,sentiment"),
    headed("header_upper.csv", "names in capitals", "REVIEW,sentiment"),
    Form(
        "header_cyrillic.csv",
        "a Cyrillic letter in a name",
        csv_of("rеview,sentiment", GOOD),
        KEPT._replace(text="rеview", notes=("reads most like them",)),
    ),
    Form(
        "Review_Sentiment_underscore.csv",
        "customer_review, sentiment_label",
        csv_of("customer_review,sentiment_label", GOOD),
        Taken("customer_review", "sentiment_label", 300),
    ),
    Form(
        "sentiment_score.csv",
        "text, sentiment_score",
        csv_of("text,sentiment_score", STARS),
        Taken("text", "sentiment_score", 300),
    ),
    Form(
        "names_german.csv",
        "Bewertungstext, Sterne",
        csv_of("Bewertungstext,Sterne", STARS),
        Taken("Bewertungstext", "Sterne", 300),
    ),
    Form(
        "names_spanish.csv",
        "reseña, calificación",
        csv_of("reseña,calificación", STARS),
        Taken("reseña", "calificación", 300),
    ),
    Form(
        "names_french.csv",
        "commentaire, note",
        csv_of("commentaire,note", STARS),
        Taken("commentaire", "note", 300),
    ),
    columns(
        "unheard_of.csv",
        "names that say nothing",
        "q1,q2,q3",
        [(i, t, w) for i, (t, w) in enumerate(GOOD)],
        Taken("q2", "q3", 300, notes=("q2", "q3")),
    ),
    # several texts
    columns(
        "two_texts_title_review.csv",
        "title and review",
        "title,review,sentiment",
        [("So it was", t, w) for t, w in GOOD],
        KEPT,
    ),
    columns(
        "two_texts_summary_description.csv",
        "a short summary and a description",
        "summary,description,label",
        [("In a word", t, w) for t, w in GOOD],
        Taken("description", "label", 300),
    ),
    columns(
        "text_column_is_id.csv",
        "text holds an id",
        "text,review,label",
        [(f"t{i}", t, w) for i, (t, w) in enumerate(GOOD)],
        Taken("review", "label", 300),
    ),
    columns(
        "review_is_id.csv",
        "review holds a number",
        "review,comment_text,label",
        [(10_000 + i, t, w) for i, (t, w) in enumerate(GOOD)],
        Taken("comment_text", "label", 300, notes=("there are none in",)),
    ),
    columns(
        "content_is_category.csv",
        "content holds a category",
        "content,reviews,label",
        [(("books", "toys", "home garden")[i % 3], t, w) for i, (t, w) in enumerate(GOOD)],
        Taken("reviews", "label", 300),
    ),
    columns(
        "facebook_posts.csv",
        "comments is a count",
        "post_text,comments,sentiment",
        [(t, i % 50, w) for i, (t, w) in enumerate(GOOD)],
        Taken("post_text", "sentiment", 300),
    ),
    columns(
        "product_description.csv",
        "the product's description beside user_review",
        "description,user_review,rating",
        [(DESCRIPTION, t, s) for t, s in STARS],
        Taken("user_review", "rating", 300),
    ),
    columns(
        "product_description_unique.csv",
        "the same, every description different",
        "description,user_review,rating",
        [(f"{DESCRIPTION} Model {i} of our house.", t, s) for i, (t, s) in enumerate(STARS)],
        Taken("user_review", "rating", 300),
    ),
    columns(
        "columns_300_no_text.csv",
        "300 columns without text",
        ",".join(f"q{i}" for i in range(300)),
        [[(i * j) % 7 for i in range(300)] for j in range(60)],
        Refused("no column with the reviews.*and 292 more.*--text-column"),
    ),
    # several labels
    columns(
        "class_is_product_class.csv",
        "class is the product's",
        "review,rating,class",
        [(t, s, ("dresses", "shoes")[i % 2]) for i, (t, s) in enumerate(STARS)],
        Taken("review", "rating", 300, notes=("no sentiment",)),
    ),
    columns(
        "target_is_brand.csv",
        "target is a brand",
        "tweet,sentiment_text,target",
        [(t, w, ("apple", "google")[i % 2]) for i, (t, w) in enumerate(GOOD)],
        Taken("tweet", "sentiment_text", 300),
    ),
    columns(
        "rating_and_sentiment.csv",
        "rating and sentiment contradict each other",
        "review,rating,sentiment",
        [
            (t, s if i % 3 else 6 - int(str(s)), WORDS[g])
            for i, ((t, s), (_, g)) in enumerate(zip(STARS, REVIEWS, strict=True))
        ],
        Refused("contradict each other in 100 of 300 rows.*--label-column"),
    ),
    columns(
        "rating_beside_sentiment.csv",
        "rating and sentiment contradict each other in few rows",
        "review,rating,sentiment",
        [
            (t, s if i % 30 else 6 - int(str(s)), WORDS[g])
            for i, ((t, s), (_, g)) in enumerate(zip(STARS, REVIEWS, strict=True))
        ],
        Taken("review", "sentiment", 300, notes=("contradict each other in 10 of 300 rows",)),
    ),
    columns(
        "label_vs_sentiment.csv",
        "label is another thing, 0 or 1, beside sentiment",
        "text,label,sentiment",
        [(t, i // 2 % 2, w) for i, (t, w) in enumerate(GOOD)],
        Refused("contradict each other.*--label-column"),
    ),
    # contents
    labels_of("html.csv", "HTML in every text", [(f"<p>{t}</p><br />", w) for t, w in GOOD]),
    columns(
        "nan_text.csv",
        "texts nan",
        "review,label",
        [("nan" if i % 6 == 0 else t, w) for i, (t, w) in enumerate(GOOD)],
        Taken("review", "label", 250, left_out=50),
    ),
    columns(
        "short_texts.csv",
        "short texts, many the same",
        "review,label",
        [
            (
                ("good", "great", "nice", "fine")[i // 2 % 4]
                if i % 2 == 0
                else ("bad", "poor")[i // 2 % 2],
                WORDS[i % 2 == 0],
            )
            for i in range(173)
        ],
        Refused("too few usable reviews, 2 negative and 4 positive"),
    ),
    columns(
        "emoji_only.csv",
        "reviews of emoji only",
        "review,sentiment",
        [
            (
                "".join("😀😍👍🎉🥰💚"[(i // 2) // 6**k % 6] for k in range(3))
                if i % 2 == 0
                else "".join("😡👎😞💔🤮😭"[(i // 2) // 6**k % 6] for k in range(3)),
                WORDS[i % 2 == 0],
            )
            for i in range(120)
        ],
        Taken("review", "sentiment", 120, is_of_ours=False),
    ),
    columns(
        "mojibake.csv",
        "text decoded wrongly twice",
        "review,sentiment",
        [(f"{t} CafÃ© {i}", w) for i, (t, w) in enumerate(GOOD)],
        Taken("review", "sentiment", 300, is_of_ours=False),
    ),
    columns(
        "chinese_distinct.csv",
        "Chinese without blanks",
        "review,label",
        chinese(),
        Refused("no blanks between words"),
    ),
    columns(
        "uuids.csv",
        "ids instead of texts",
        "review,label",
        [(f"{i * 7919:08x}-{i * 104729:06x}", w) for i, (_, w) in enumerate(GOOD)],
        Refused('no reviews in column "review".*--text-column|share no words'),
    ),
    columns(
        "only_text_two_groups.csv",
        "two films only",
        "movie,review,label",
        [(("A film", "Another")[i // 2 % 2], t, w) for i, (t, w) in enumerate(GOOD)],
        Taken("review", "label", 300, group="movie", notes=("2 different things only",)),
    ),
    # rows
    columns(
        "one_class.csv",
        "one label only",
        "review,sentiment",
        [row for row in GOOD if row[1] == "positive"],
        Refused("All 150 usable reviews are positive: add negative ones"),
    ),
    columns(
        "nineteen.csv",
        "19 rows of each label",
        "review,sentiment",
        GOOD[:38],
        Refused("19 negative and 19 positive.*at least 20 of each"),
    ),
    columns(
        "twenty.csv", "20 rows of each label", "review,sentiment", GOOD[:40], KEPT._replace(kept=40)
    ),
    columns(
        "all_duplicates.csv",
        "two reviews 150 times each",
        "review,sentiment",
        GOOD[:2] * 150,
        Refused("1 negative and 1 positive"),
    ),
    columns(
        "both_labels.csv",
        "every text with both labels",
        "review,sentiment",
        [*GOOD, *((t, "negative" if w == "positive" else "positive") for t, w in GOOD)],
        Refused("has both labels"),
    ),
    columns(
        "some_conflicts.csv",
        "30 texts of 300 with both labels",
        "review,sentiment",
        [*GOOD, *((t, "negative" if w == "positive" else "positive") for t, w in GOOD[:30])],
        KEPT._replace(kept=270, left_out=60, notes=("both labels",)),
    ),
    columns(
        "unlabelled.csv",
        "no labels",
        "review",
        [(t,) for t, _ in GOOD],
        Refused("no column with the labels.*--label-column"),
    ),
    columns(
        "header_only.csv",
        "a header and nothing else",
        "review,sentiment",
        [],
        Refused("has no rows"),
    ),
    columns(
        "header_repeated.csv",
        "two files put together, a header within",
        "review,sentiment",
        [*GOOD[:150], ("review", "sentiment"), *GOOD[150:]],
        KEPT._replace(left_out=1),
    ),
    columns(
        "embedded_newlines.csv",
        "line breaks in quoted texts",
        "review,rating",
        [(t.replace(". ", ".\n\n"), s) for t, s in STARS],
        Taken("review", "rating", 300, is_of_ours=False),
    ),
    Form(
        "long_line.csv",
        "a line of 3 MB among 300",
        lambda: LINES() + b"x" * 3_000_000 + b",positive\r\n",
        KEPT._replace(left_out=1),
    ),
    Form(
        "keys_vary.jsonl",
        "the first 20 objects without text",
        jsonl_of(
            [
                *({"id": i} for i in range(20)),
                *({"id": i, "text": t, "label": w} for i, (t, w) in enumerate(GOOD)),
            ]
        ),
        Taken("text", "label", 300, left_out=20),
    ),
    Form(
        "deep.jsonl",
        "one line of 100,000 brackets",
        lambda: jsonl_of([{"text": t, "label": w} for t, w in GOOD])() + b"[" * 100_000 + b"\n",
        Taken("text", "label", 300, left_out=1),
    ),
    Form(
        "bom.jsonl",
        "JSON lines with a byte order mark",
        lambda: b"\xef\xbb\xbf" + jsonl_of([{"text": t, "label": w} for t, w in GOOD])(),
        Taken("text", "label", 300),
    ),
    Form("crlf.csv", "Windows' line ends", LINES, KEPT),
    Form("cr_only.csv", "an old Mac's line ends", lambda: LINES().replace(b"\r\n", b"\r"), KEPT),
    Form(
        "trailing_commas.csv",
        "commas at the ends of lines",
        lambda: LINES().replace(b"\r\n", b",,\r\n"),
        KEPT,
    ),
    Form("empty.csv", "an empty file", bytes_of(""), Refused("file is empty")),
    Form("blank_lines.csv", "blank lines only", bytes_of("\n\n\n"), Refused("file is empty")),
    *(Form(name, what, LINES, KEPT) for name, what in NAMED.items()),
]
