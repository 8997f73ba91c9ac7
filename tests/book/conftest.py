"""Let the tests of this folder import ``notebooks``, and the tools import from the repository."""

import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).resolve().parents[2])]
