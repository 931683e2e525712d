"""Files that differ in how a sentiment is written: words of many kinds, scales, other tasks."""

from tests.unit.sentiment.dataset.forms import (
    REVIEWS,
    WORDS,
    Form,
    Refused,
    Taken,
    csv_of,
    jsonl_of,
    labels_of,
    plain,
    scaled,
    two,
)


def spelled(text: str, variant: int) -> str:
    """A word as sloppy hands write it."""
    return (text, text.upper(), text.capitalize(), f" {text} ")[variant % 4]


def typos() -> list[tuple[str, str]]:
    wrong = {"positive": "postive", "negative": "negitive"}
    rows = two("positive", "negative")
    return [(t, wrong[str(w)] if i % 10 == 0 else str(w)) for i, (t, w) in enumerate(rows)]


def minority() -> list[tuple[str, str]]:
    rows = two("satisfied", "dissatisfied")
    others = two("positive", "negative")
    return [others[i] if i % 7 == 0 else row for i, row in enumerate(rows)]


FORMS = [
    # words
    labels_of(
        "labels_mixed_case.csv",
        "labels in mixed case and with blanks",
        [(t, spelled(str(w), i)) for i, (t, w) in enumerate(two("positive", "negative"))],
    ),
    labels_of(
        "labels_pos_n_mixed.csv",
        "labels Pos, N, mixed",
        scaled(["Pos"], ["N"], ["mixed"]),
        kept=200,
        neutral=100,
    ),
    labels_of("labels_P_N.csv", "labels P and N", two("P", "N")),
    labels_of("labels_emoji.csv", "emoji as labels", two("😀", "😡")),
    labels_of("labels_thumbs.csv", "thumbs up and down, in two shades", two("👍🏽", "👎")),
    labels_of("labels_german.csv", "labels positiv, negativ", two("positiv", "negativ")),
    labels_of("labels_spanish.csv", "labels positivo, negativo", two("positivo", "negativo")),
    labels_of(
        "labels_french.csv",
        "labels positif, négatif, neutre",
        scaled(["positif"], ["négatif"], ["neutre"]),
        kept=200,
        neutral=100,
    ),
    labels_of("labels_russian.csv", "labels in Russian", two("положительный", "отрицательный")),
    labels_of("labels_like_dislike.csv", "labels like, dislike", two("like", "dislike")),
    labels_of("labels_fresh_rotten.csv", "labels fresh, rotten", two("fresh", "rotten")),
    labels_of(
        "labels_recommended.csv",
        "labels Recommended, Not Recommended",
        two("Recommended", "Not Recommended"),
    ),
    labels_of("labels_true_false.csv", "labels TRUE, FALSE", two("TRUE", "FALSE"), column="label"),
    labels_of(
        "labels_satisfied.csv",
        "very satisfied to very dissatisfied",
        scaled(["very satisfied", "satisfied"], ["Very Dissatisfied", "dissatisfied"]),
    ),
    labels_of("labels_typos.csv", "a tenth of the labels misspelt", typos(), kept=270, left_out=30),
    labels_of(
        "labels_minority_words.csv",
        "satisfied and dissatisfied, some positive and negative",
        minority(),
    ),
    labels_of("labels_quoted.csv", "labels in apostrophes", two("'positive'", "'negative'")),
    labels_of(
        "labels_zero_width.csv",
        "labels with a zero-width blank",
        two("positive\u200b", "negative\u200b"),
    ),
    labels_of(
        "labels_numbered.csv",
        "labels 1 - positive, 0 - negative",
        two("1 - positive", "0 - negative"),
    ),
    labels_of(
        "label_good_bad_ok.csv",
        "labels good, bad, ok",
        scaled(["good"], ["bad"], ["ok"]),
        column="label",
        kept=200,
        neutral=100,
    ),
    Form(
        "Corona_renamed_text.csv",
        "Extremely Positive to Extremely Negative",
        csv_of(
            "UserName,OriginalTweet,Sentiment",
            [
                (i, t, w)
                for i, (t, w) in enumerate(
                    scaled(
                        ["Positive", "Extremely Positive"],
                        ["Negative", "Extremely Negative"],
                        ["Neutral"],
                    )
                )
            ],
        ),
        Taken("OriginalTweet", "Sentiment", 200, neutral=100),
    ),
    # other tasks
    plain(
        "label_spam_ham.csv",
        "another task: spam or not",
        two("ham", "spam"),
        Refused('can\'t be read as negative and positive.*"spam".*--positive'),
        "text,label",
    ),
    plain(
        "label_topics.csv",
        "another task: topics",
        scaled(["tech", "politics"], ["sports"]),
        Refused('"sports".*--positive'),
        "text,label",
    ),
    labels_of(
        "disaster_tweets.csv",
        "another task that looks alike, 0 and 1",
        two(1, 0),
        column="target",
        notes=("0 was read as negative",),
    ),
    # in JSON
    Form(
        "hf_text_label.jsonl",
        "text and label 0 or 1",
        jsonl_of({"text": t, "label": w} for t, w in two(1, 0)),
        Taken("text", "label", 300),
    ),
    Form(
        "hf_LABEL_1.jsonl",
        "labels LABEL_0, LABEL_1",
        jsonl_of([{"text": t, "label": w} for t, w in two("LABEL_1", "LABEL_0")]),
        Taken("text", "label", 300),
    ),
    Form(
        "automm_mixed_types.jsonl",
        'labels 1, "1", 1.0 and true',
        jsonl_of(
            [
                {
                    "text": t,
                    "label": ((1, "1", 1.0, True) if g else (0, "0", 0.0, False))[i // 2 % 4],
                }
                for i, (t, g) in enumerate(REVIEWS)
            ]
        ),
        Taken("text", "label", 300),
    ),
    Form(
        "doccano.jsonl",
        "the label in a list of one",
        jsonl_of([{"id": i, "text": t, "label": [WORDS[g]]} for i, (t, g) in enumerate(REVIEWS)]),
        Taken("text", "label", 300),
    ),
    Form(
        "prodigy.jsonl",
        "one label, accepted or rejected",
        jsonl_of([{"text": t, "label": "POSITIVE", "answer": "accept"} for t, g in REVIEWS if g]),
        Refused("All 150 usable reviews are positive"),
    ),
    Form(
        "openai_completion.jsonl",
        "prompt and completion",
        jsonl_of([{"prompt": f"{t}\n\n###\n\n", "completion": f" {WORDS[g]}"} for t, g in REVIEWS]),
        Taken("prompt", "completion", 300, is_of_ours=False),
    ),
    Form(
        "setfit_three.jsonl",
        "label 0, 1, 2 beside label_text in words",
        jsonl_of(
            [
                {
                    "text": t,
                    "label": {"positive": 2, "negative": 0, "neutral": 1}[str(w)],
                    "label_text": w,
                }
                for t, w in scaled(["positive"], ["negative"], ["neutral"])
            ]
        ),
        Taken("text", "label_text", 200, neutral=100),
    ),
    Form(
        "label_0_pos_with_words.jsonl",
        "label 0 = positive, and label_text says so",
        jsonl_of([{"text": t, "label": int(not g), "label_text": WORDS[g]} for t, g in REVIEWS]),
        Taken("text", "label_text", 300, notes=("the other way round",)),
    ),
    Form(
        "huge_number.jsonl",
        "one label of 5,000 digits",
        lambda: (
            jsonl_of([{"text": t, "label": w} for t, w in two(1, 0)])()
            + b'{"text": "One more.", "label": '
            + b"7" * 5000
            + b"}\n"
        ),
        Taken("text", "label", 300, left_out=1),
    ),
]
