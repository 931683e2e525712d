"""What runs are called: `<prefix>-<hash of what is trained on what>`, further attempts `…-2`."""

import os
import re

RUN_PREFIX = os.environ["RUN_PREFIX"]
RUN_NAME = re.compile(re.escape(RUN_PREFIX) + r"-[0-9a-f]{12}(-\d+)?")
