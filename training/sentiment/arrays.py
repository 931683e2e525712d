"""Names for the arrays that go from hand to hand, by what they hold."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]  # 0 negative, 1 positive
Truths = NDArray[np.bool_]
Indices = NDArray[np.int64]
