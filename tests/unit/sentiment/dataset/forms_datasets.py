"""Well-known public data sets as people download them: their columns, with sentences of our own."""

from tests.unit.sentiment.dataset.forms import (
    REVIEWS,
    WORDS,
    Form,
    Refused,
    Taken,
    csv_of,
    jsonl_of,
    scaled,
)

STARS = scaled([4, 5], [1, 2], [3])  # 200 of 300 rows have a label
FLOATS = scaled([4.0, 5.0], [1.0, 2.0], [3.0])
THREE = scaled(["positive"], ["negative"], ["neutral"])
AIRLINE = (
    "tweet_id,airline_sentiment,airline_sentiment_confidence,negativereason,"
    "negativereason_confidence,airline,airline_sentiment_gold,name,negativereason_gold,"
    "retweet_count,text,tweet_coord,tweet_created,tweet_location,user_timezone"
)
CRITICS = (
    "rotten_tomatoes_link,critic_name,top_critic,publisher_name,review_type,review_score,"
    "review_date,review_content"
)
PLAY = "reviewId,userName,content,score,thumbsUpCount,reviewCreatedVersion,at,replyContent,appId"
HOTELS = (
    "Hotel_Address,Average_Score,Hotel_Name,Reviewer_Nationality,Negative_Review,"
    "Positive_Review,Reviewer_Score,Tags"
)
WHEN = "Mon Apr 06 22:19:45 PDT 2009"


def nan(index: int, value: object) -> object:
    return "nan" if index % 3 == 0 else value


FORMS = [
    Form(
        "IMDB Dataset.csv",
        "Kaggle's IMDB reviews",
        csv_of("review,sentiment", [(t, WORDS[g]) for t, g in REVIEWS]),
        Taken("review", "sentiment", 300),
    ),
    Form(
        "labeledTrainData.csv",
        "Kaggle's word2vec tutorial, renamed",
        csv_of(
            "id,sentiment,review", [(f"{i}_8", int(g), t) for i, (t, g) in enumerate(REVIEWS)], "\t"
        ),
        Taken("review", "sentiment", 300),
    ),
    Form(
        "imdb_master.csv",
        "IMDB with as many unsup rows",
        csv_of(
            ",type,review,label,file",
            [
                (
                    i,
                    "train",
                    f"{t} So {i}.",
                    ("pos" if g else "neg") if i % 4 < 2 else "unsup",
                    f"{i}_7.txt",
                )
                for i, (t, g) in enumerate(REVIEWS)
            ],
        ),
        Taken("review", "label", 150, neutral=150, is_of_ours=False),
    ),
    Form(
        "sentiment140_with_header.csv",
        "Sentiment140 with a header, 0 and 4",
        csv_of(
            "target,ids,date,flag,user,text",
            [
                (4 if g else 0, 1467810369 + i, WHEN, "NO_QUERY", f"user{i}", t)
                for i, (t, g) in enumerate(REVIEWS)
            ],
        ),
        Taken("text", "target", 300),
    ),
    Form(
        "Tweets.csv",
        "airline tweets in three classes",
        csv_of(
            AIRLINE,
            [
                (
                    57030 + i,
                    w,
                    0.6 + i % 40 / 100,
                    "Bad Flight" if w == "negative" else "",
                    "",
                    ("Virgin", "United")[i % 2],
                    w if i % 40 == 0 else "",
                    f"user{i}",
                    "",
                    i % 3,
                    t,
                    "",
                    "2015-02-24",
                    "",
                    "",
                )
                for i, (t, w) in enumerate(THREE)
            ],
        ),
        Taken("text", "airline_sentiment", 200, neutral=100),
    ),
    Form(
        "clean_text_category.csv",
        "Kaggle's Twitter_Data: clean_text, category",
        csv_of("clean_text,category", scaled([1], [-1], [0])),
        Taken("clean_text", "category", 200, neutral=100),
    ),
    Form(
        "yelp_review.jsonl",
        "Yelp's reviews",
        jsonl_of(
            [
                {
                    "review_id": f"r{i}",
                    "user_id": f"u{i}",
                    "business_id": f"b{i % 30}",
                    "stars": s,
                    "useful": i % 9,
                    "funny": 0,
                    "cool": i % 2,
                    "text": t,
                    "date": "2018-07-07 22:09:11",
                }
                for i, (t, s) in enumerate(FLOATS)
            ]
        ),
        Taken("text", "stars", 200, neutral=100, group="business_id"),
    ),
    Form(
        "rotten_tomatoes_train.csv",
        "Rotten Tomatoes' phrases, 0 to 4, tabs",
        csv_of(
            "PhraseId,SentenceId,Phrase,Sentiment",
            [(i, i // 3, t, s) for i, (t, s) in enumerate(scaled([3, 4], [0, 1], [2]))],
            "\t",
        ),
        Taken("Phrase", "Sentiment", 200, neutral=100),
    ),
    Form(
        "rotten_tomatoes_critic_reviews.csv",
        "critics: Fresh or Rotten, and scores of many kinds",
        csv_of(
            CRITICS,
            [
                (
                    f"m/{i % 30}",
                    "A. Critic",
                    "False",
                    "The Daily",
                    "Fresh" if g else "Rotten",
                    (("3/4", "B+", "") if g else ("1/4", "C-", ""))[i % 3],
                    "2010-02-10",
                    t,
                )
                for i, (t, g) in enumerate(REVIEWS)
            ],
        ),
        Taken("review_content", "review_type", 300, group="rotten_tomatoes_link"),
    ),
    Form(
        "google_play.csv",
        "a Google Play scrape",
        csv_of(
            PLAY,
            [
                (
                    f"r{i}",
                    f"n{i}",
                    t,
                    s,
                    i % 20,
                    "1.0",
                    "2020-10-27",
                    "Thank you for telling us about it, we are sorry to hear that."
                    if i % 3 == 0
                    else "",
                    f"app{i % 12}",
                )
                for i, (t, s) in enumerate(STARS)
            ],
        ),
        Taken("content", "score", 200, neutral=100, group="appId"),
    ),
    Form(
        "googleplaystore_user_reviews.csv",
        "Google Play's apps: Translated_Review and rows of nan",
        csv_of(
            "App,Translated_Review,Sentiment,Sentiment_Polarity,Sentiment_Subjectivity",
            [
                (
                    f"App {i % 12}",
                    nan(i, t),
                    nan(i, WORDS[g].capitalize()),
                    nan(i, 0.1234 * (1 if g else -1) + i / 2000),
                    nan(i, 0.5),
                )
                for i, (t, g) in enumerate(REVIEWS)
            ],
        ),
        Taken("Translated_Review", "Sentiment", 200, left_out=100, group="App"),
    ),
    Form(
        "tripadvisor_hotel_reviews.csv",
        "TripAdvisor's hotels",
        csv_of("Review,Rating", STARS),
        Taken("Review", "Rating", 200, neutral=100),
    ),
    Form(
        "drugsComTrain_raw.csv",
        "drugs.com, 1 to 10, tabs",
        csv_of(
            ",drugName,condition,review,rating,date,usefulCount",
            [
                (i, f"Drug {i % 20}", "Pain", t, s, "May 20, 2012", i % 50)
                for i, (t, s) in enumerate(scaled([7, 9, 10], [1, 2, 4], [5, 6]))
            ],
            "\t",
        ),
        Taken("review", "rating", 200, neutral=100, group="drugName"),
    ),
    Form(
        "Hotel_Reviews.csv",
        "Booking's hotels: praise and blame in two columns",
        csv_of(
            HOTELS,
            [
                ("A street 1", 7.7, "Hotel", "Own", t, u, 8.1, "[]")
                for (t, _), (u, _) in zip(REVIEWS[1::2], REVIEWS[::2], strict=True)
            ],
        ),
        Refused("stand in two columns.*two rows.*--text-column"),
    ),
    Form(
        "surveymonkey.csv",
        "SurveyMonkey's two header rows",
        csv_of(
            "Respondent,Comment,Rating",
            [
                ("", "Open-Ended Response", "Response"),
                *((i, t, s) for i, (t, s) in enumerate(scaled([4, 5], [1, 2]))),
            ],
        ),
        Taken("Comment", "Rating", 300, left_out=1),
    ),
    Form(
        "label_studio.csv",
        "Label Studio's CSV",
        csv_of(
            "id,text,sentiment,annotator,annotation_id,created_at,updated_at,lead_time",
            [
                (i, t, WORDS[g].capitalize(), 1, i, "2024-05-02", "2024-05-02", 4.2)
                for i, (t, g) in enumerate(REVIEWS)
            ],
        ),
        Taken("text", "sentiment", 300),
    ),
]
