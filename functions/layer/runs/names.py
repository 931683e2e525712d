"""What runs and what is made of them are called.

A run is `<prefix>-<hash of what is trained on what>`, a further attempt `…-2`. Model and endpoint
config of its package are both `<run>-v<package version>-<hash of how it serves>`.
"""

import os
import re

RUN_PREFIX = os.environ["RUN_PREFIX"]
_RUN = re.escape(RUN_PREFIX) + r"-[0-9a-f]{12}(?:-\d+)?"
RUN_NAME = re.compile(_RUN)
SERVING_NAME = re.compile(_RUN + r"-v\d+(?:-[0-9a-f]{8})?")  # Verdict 0.1 made them without hash
