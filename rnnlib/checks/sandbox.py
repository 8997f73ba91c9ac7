"""Call an answer: on copies, silenced, timed, and watched for what it must not touch."""

import contextlib
import copy
import io
import signal
import threading
import time
import warnings
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from rnnlib.checks.compare import differ

UNWRITTEN = "not written yet"


class Outcome(NamedTuple):
    """What one case gave: the value, or the words for why it does not count."""

    value: Any
    trouble: str | None


class _TooSlow(BaseException):
    """Not an Exception, so that an answer's ``except Exception`` does not swallow it."""


def call(answer: Any, arguments: tuple) -> Any:
    """Call a function, or take a value as it is; a generator is read to its end."""
    value = answer(*arguments) if callable(answer) else answer
    if not isinstance(value, Iterator):
        return value
    items = []
    for item in value:  # a loop of Python's own can be interrupted, list(value) cannot
        items.append(item)
    return items


def run(answer: Any, arguments: tuple, seconds: float) -> Outcome:
    """Call an answer on a copy of the arguments; whatever it does becomes a value or words."""
    if answer is None:
        return Outcome(None, UNWRITTEN)
    given = copy.deepcopy(arguments)
    before = np.random.get_state()
    try:
        with _limited(seconds), _silenced(), np.errstate(all="ignore"):
            value = call(answer, given)
        drew = differ(np.random.get_state()[1:3], before[1:3], 0.0)
    except NotImplementedError:
        return Outcome(None, UNWRITTEN)
    except _TooSlow:
        return Outcome(None, f"took longer than {seconds:g} seconds")
    except KeyboardInterrupt:
        raise
    except SystemExit:
        return Outcome(None, "called exit()")
    except BaseException as error:  # whatever a learner's code raises becomes words
        return Outcome(None, f"raised {type(error).__name__}{_words(error)}")
    finally:
        np.random.set_state(before)
    if drew:
        return Outcome(
            None, "drew from NumPy's global random state; use the rng that is passed in"
        )
    if any(differ(new, old, 0.0) for new, old in zip(given, arguments)):
        return Outcome(None, "changed its arguments; work on a copy")
    return Outcome(value, None)


def _words(error: BaseException) -> str:
    try:
        return f": {' '.join(str(error).split())}"[:120]
    except Exception:  # an error that cannot say what it is
        return ""


@contextlib.contextmanager
def _silenced():
    with (
        contextlib.redirect_stdout(_Nowhere()),
        contextlib.redirect_stderr(_Nowhere()),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        yield


class _Nowhere(io.TextIOBase):
    """A stream that forgets what is written to it."""

    def write(self, text: str) -> int:
        return len(text)


@contextlib.contextmanager
def _limited(seconds: float):
    """Interrupt the main thread after some seconds, where the system can.

    On Windows and in other threads nothing can be interrupted: there an answer that comes too late is refused, and one
    that never comes is stopped by hand.
    """
    if (
        not hasattr(signal, "setitimer")
        or threading.current_thread() is not threading.main_thread()
    ):
        started = time.monotonic()
        yield
        if time.monotonic() - started > seconds:
            raise _TooSlow
        return

    def ring(_number, _frame):
        raise _TooSlow

    previous = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)
