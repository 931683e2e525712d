"""Where a local cloud answers, unless told otherwise: on this machine only."""

HOST = "127.0.0.1"
PAGE_PORT = 8000
AWS_PORT = 4566
