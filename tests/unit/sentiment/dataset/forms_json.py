"""JSON as services and databases answer with it: rows deep inside, by key, with types."""

from typing import Any

from tests.unit.sentiment.dataset.forms import Form, Refused, Taken, jsonl_of, scaled
from tests.unit.sentiment.dataset.forms_packed import json_of

ROWS = scaled([4, 5], [1, 2], [3])
OBJECTS: list[dict[str, Any]] = [{"text": text, "rating": stars} for text, stars in ROWS]
TAKEN = Taken("text", "rating", 200, neutral=100)
HITS = [{"_index": "r", "_id": f"{i}", "_source": one} for i, one in enumerate(OBJECTS)]
TYPED = [
    {"text": {"S": text}, "rating": {"N": str(stars)}, "seen": {"BOOL": True}, "by": {"NULL": True}}
    for text, stars in ROWS
]
EDGES = [
    {"cursor": f"{i}", "node": {"id": i, "body": text, "stars": stars}}
    for i, (text, stars) in enumerate(ROWS)
]
PRODUCTS = [
    {"product": f"p{at}", "rating": 4.5, "reviews": OBJECTS[at * 10 : at * 10 + 10]}
    for at in range(30)
]


def _answer(inside: Any, *path: str) -> dict[str, Any]:
    """What a service says around the rows."""
    for key in reversed(path):
        inside = {"status": "ok", "count": 300, key: inside, "next": None}
    return dict(inside)


def _of_holder(key: str) -> Form:
    return Form(
        f"answer_{key}.json", f"an answer with {key}", json_of(_answer(OBJECTS, key), 1), TAKEN
    )


FORMS = [
    Form(
        "nested.jsonl",
        "text and rating in an object each",
        jsonl_of({"id": i, "review": one} for i, one in enumerate(OBJECTS)),
        Taken("review.text", "review.rating", 200, neutral=100),
    ),
    Form(
        "attributes.json",
        "JSON:API: attributes.body, attributes.rating under data",
        json_of(
            {
                "data": [
                    {"type": "review", "id": f"{i}", "attributes": {"body": text, "rating": stars}}
                    for i, (text, stars) in enumerate(ROWS)
                ],
                "links": {"next": None},
            }
        ),
        Taken("attributes.body", "attributes.rating", 200, neutral=100),
    ),
    *map(_of_holder, ("results", "items", "reviews", "hits", "value", "comments")),
    Form(
        "data_items.json",
        "an answer with data.items",
        json_of(_answer(OBJECTS, "data", "items")),
        TAKEN,
    ),
    Form(
        "place.json",
        "one place with its own rating, photos and reviews",
        json_of(
            {
                "name": "Corner Café",
                "rating": 4.1,
                "photos": [{"id": f"{i}", "url": f"https://example.com/{i}"} for i in range(400)],
                "reviews": OBJECTS,
            }
        ),
        TAKEN,
    ),
    Form(
        "elasticsearch.json",
        "Elasticsearch's hits.hits",
        json_of(_answer(HITS, "hits", "hits")),
        TAKEN,
    ),
    Form(
        "solr.json", "Solr's response.docs", json_of(_answer(OBJECTS, "response", "docs"), 2), TAKEN
    ),
    Form("by_number.json", "objects by number", json_of(dict(enumerate(OBJECTS))), TAKEN),
    Form(
        "by_id.json",
        "objects by id, over many lines",
        json_of({f"r-{i:04x}": one for i, one in enumerate(OBJECTS)}, 2),
        TAKEN,
    ),
    Form(
        "firebase.json",
        "Firebase: users and reviews by key",
        json_of(
            {
                "users": {f"u{i}": {"name": f"user {i}", "age": i} for i in range(400)},
                "reviews": {f"-N{i}": one for i, one in enumerate(OBJECTS)},
            }
        ),
        TAKEN,
    ),
    Form(
        "dynamodb.json", "DynamoDB's Items with types", json_of(_answer(TYPED, "Items"), 4), TAKEN
    ),
    Form(
        "dynamodb_export.jsonl",
        "DynamoDB's export to S3",
        jsonl_of({"Item": one} for one in TYPED),
        TAKEN,
    ),
    Form(
        "mongodb.jsonl",
        "MongoDB's extended JSON",
        jsonl_of(
            {"_id": {"$oid": f"{i:024x}"}, "text": text, "rating": {"$numberInt": str(stars)}}
            for i, (text, stars) in enumerate(ROWS)
        ),
        TAKEN,
    ),
    Form(
        "graphql.json",
        "GraphQL: data.product.reviews.edges.node",
        json_of({"data": {"product": {"id": "p", "reviews": {"edges": EDGES, "pageInfo": {}}}}}),
        Taken("body", "stars", 200, neutral=100),
    ),
    Form(
        "graphql_nodes.json",
        "GraphQL: data.reviews.nodes",
        json_of({"data": {"reviews": {"nodes": [edge["node"] for edge in EDGES]}}}, 1),
        Taken("body", "stars", 200, neutral=100),
    ),
    Form(
        "play_store.json",
        "Google Play's answers: comments with a userComment",
        json_of(
            {
                "reviews": [
                    {
                        "reviewId": f"{i}",
                        "comments": [
                            {"userComment": {"text": text, "starRating": stars}},
                            {"developerComment": {"text": "Thank you."}},
                        ],
                    }
                    for i, (text, stars) in enumerate(ROWS)
                ]
            }
        ),
        Taken("text", "starRating", 200, neutral=100),
    ),
    Form(
        "app_store.json",
        "Apple's feed: a label in each value",
        json_of(
            {
                "feed": {
                    "author": {"name": {"label": "iTunes Store"}},
                    "entry": [
                        {
                            "im:rating": {"label": str(stars)},
                            "content": {"label": text, "attributes": {"type": "text"}},
                        }
                        for text, stars in ROWS
                    ],
                }
            }
        ),
        Taken("content", "im:rating", 200, neutral=100),
    ),
    Form(
        "products.json",
        "products, each with its reviews",
        json_of(PRODUCTS),
        TAKEN._replace(group="product"),
    ),
    Form(
        "products.jsonl",
        "the same, a line each",
        jsonl_of(PRODUCTS),
        TAKEN._replace(group="product"),
    ),
    Form(
        "columns_pretty.json",
        "JSON by columns over many lines",
        json_of(
            {
                "text": {str(i): text for i, (text, _) in enumerate(ROWS)},
                "rating": {str(i): stars for i, (_, stars) in enumerate(ROWS)},
            },
            2,
        ),
        Refused("columns instead of rows.*lines=True"),
    ),
]
