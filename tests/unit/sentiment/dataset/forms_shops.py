"""Reviews of what shops sell, as people download them: columns of theirs, sentences of ours."""

from dataclasses import replace

from tests.unit.sentiment.dataset.forms import (
    Form,
    Taken,
    csv_of,
    gzipped,
    jsonl_of,
    scaled,
)

STARS = scaled([4, 5], [1, 2], [3])  # 200 of 300 rows have a label
FLOATS = scaled([4.0, 5.0], [1.0, 2.0], [3.0])
FOOD = (
    "Id,ProductId,UserId,ProfileName,HelpfulnessNumerator,HelpfulnessDenominator,Score,Time,"
    "Summary,Text"
)
BOOKS = (
    "Id,Title,Price,User_id,profileName,review/helpfulness,review/score,review/time,"
    "review/summary,review/text"
)
CLOTHING = (
    ",Clothing ID,Age,Title,Review Text,Rating,Recommended IND,Positive Feedback Count,"
    "Division Name,Department Name,Class Name"
)
US = (
    "marketplace,customer_id,review_id,product_id,product_parent,product_title,product_category,"
    "star_rating,helpful_votes,total_votes,vine,verified_purchase,review_headline,review_body,"
    "review_date"
)
DATAFINITI = (
    "id,name,asins,brand,categories,keys,manufacturer,reviews.date,reviews.dateAdded,"
    "reviews.doRecommend,reviews.id,reviews.numHelpful,reviews.rating,reviews.sourceURLs,"
    "reviews.text,reviews.title,reviews.userCity,reviews.username"
)

UNPACKED = [
    Form(
        "Reviews.csv",
        "Amazon's fine food",
        csv_of(
            FOOD,
            [
                (i, f"B{i % 40}", f"U{i}", f"n{i}", i % 3, i % 5, s, 1303862400 + i, "Just so", t)
                for i, (t, s) in enumerate(STARS)
            ],
        ),
        Taken("Text", "Score", 200, neutral=100, group="ProductId"),
    ),
    Form(
        "Home_and_Kitchen_5.jsonl.gz",
        "Amazon 2018, 5-core",
        jsonl_of(
            [
                {
                    "overall": s,
                    "verified": True,
                    "reviewTime": "01 1, 2018",
                    "reviewerID": f"A{i}",
                    "asin": f"B{i % 40}",
                    "style": {"Color:": " Red"},
                    "reviewText": t,
                    "summary": "Five Stars",
                    "unixReviewTime": 1514764800 + i,
                }
                for i, (t, s) in enumerate(FLOATS)
            ]
        ),
        Taken("reviewText", "overall", 200, neutral=100, group="asin"),
    ),
    Form(
        "amazon_reviews_us_Home_v1_00.csv.gz",
        "Amazon's US reviews, tabs",
        csv_of(
            US,
            [
                (
                    "US",
                    i,
                    f"R{i}",
                    f"B{i % 40}",
                    i,
                    "A kettle",
                    "Home",
                    s,
                    i % 4,
                    i % 6,
                    "N",
                    "Y",
                    "Good enough",
                    t,
                    "2015-08-31",
                )
                for i, (t, s) in enumerate(STARS)
            ],
            "\t",
        ),
        Taken("review_body", "star_rating", 200, neutral=100, group="product_id"),
    ),
    Form(
        "Books_rating.csv",
        "Amazon's books: review/score, review/text",
        csv_of(
            BOOKS,
            [
                (
                    f"B{i % 40}",
                    "A book of tales",
                    "",
                    f"U{i}",
                    f"n{i}",
                    "1/2",
                    s,
                    940636800,
                    "Nice",
                    t,
                )
                for i, (t, s) in enumerate(FLOATS)
            ],
        ),
        Taken("review/text", "review/score", 200, neutral=100),
    ),
    Form(
        "1429_1.csv",
        "Datafiniti's Amazon reviews: reviews.text, reviews.rating",
        csv_of(
            DATAFINITI,
            [
                (
                    f"A{i}",
                    "Tablet, 16 GB",
                    f"B{i % 3}",
                    "Own",
                    "Electronics,Tablets",
                    "own/1",
                    "Own",
                    "2017-01-13",
                    "2017-07-03",
                    "TRUE",
                    "",
                    0,
                    s,
                    "http://reviews.example.org",
                    t,
                    "Kindle",
                    "",
                    f"u{i}",
                )
                for i, (t, s) in enumerate(STARS)
            ],
        ),
        Taken(
            "reviews.text",
            "reviews.rating",
            200,
            neutral=100,
            group="asins",
            notes=("3 different things",),
        ),
    ),
    Form(
        "amazon_alexa.csv",
        "Alexa: rating, verified_reviews, feedback",
        csv_of(
            "rating,date,variation,verified_reviews,feedback",
            [(s, "31-Jul-18", "Charcoal Fabric", t, int(s > 2)) for t, s in STARS],
            "\t",
        ),
        Taken("verified_reviews", "rating", 200, neutral=100),
    ),
    Form(
        "Womens Clothing E-Commerce Reviews.csv",
        "women's clothing: Rating and Recommended IND",
        csv_of(
            CLOTHING,
            [
                (
                    i,
                    i % 50,
                    30,
                    "Some dress",
                    f"{t}\r\nSo it is.",
                    s,
                    int(s > 2),
                    i % 7,
                    "General",
                    "Dresses",
                    "Dresses",
                )
                for i, (t, s) in enumerate(STARS)
            ],
        ),
        Taken("Review Text", "Rating", 200, neutral=100, group="Clothing ID", is_of_ours=False),
    ),
]

FORMS = [
    replace(form, content=gzipped(form.content)) if form.name.endswith(".gz") else form
    for form in UNPACKED
]
