"""Time every notebook of the book from top to bottom in a fresh kernel: python -m benchmarks.chapter_times"""

import os
import time

from benchmarks.record import record
from tools.notebook import QUIET, chapters, execute

if __name__ == "__main__":
    os.environ.update(QUIET)
    seconds = {}
    for path in chapters():
        started = time.perf_counter()
        execute(path)
        name = path.parent.name if path.stem == "index" else path.stem
        seconds[name] = round(time.perf_counter() - started, 1)
    record("chapter-times", seconds, command="python -m benchmarks.chapter_times")
