"""Run an answer on named cases, compare it with the solution, and name the mistake its numbers look like."""

import contextlib
import copy
import io
import signal
import textwrap
import threading
import time
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

SECONDS = 3.0  # for one case
# Bound here, so that an answer which replaces NumPy's functions cannot change the judgement.
_asarray, _isfinite, _max, _abs, _array_equal = (
    np.asarray,
    np.isfinite,
    np.max,
    np.abs,
    np.array_equal,
)


@dataclass(frozen=True)
class Exercise:
    """What is asked for: a solution, the cases it is tried on, and the wrong ways that learners really take.

    ``solution`` and each function in ``wrong`` take the arguments of a case; ``wrong`` maps a diagnosis, the words
    after "this looks like", to the function that makes the mistake. Where a value is asked for, all of them are values
    and ``cases`` is left out.
    """

    solution: Any
    cases: Mapping[str, tuple] = field(default_factory=lambda: {"value": ()})
    wrong: Mapping[str, Any] = field(default_factory=dict)
    hint: str = ""
    tolerance: float = 1e-9

    @property
    def wants_function(self) -> bool:
        return callable(self.solution)


class Score(float):
    """The share of cases passed, 0 to 1, with ``diagnosis``: the mistake it looks like, or None."""

    diagnosis: str | None

    def __new__(cls, value: float, diagnosis: str | None = None) -> "Score":
        score = super().__new__(cls, value)
        score.diagnosis = diagnosis
        return score

    __repr__ = float.__repr__


class Outcome(NamedTuple):
    """What one case gave: the value, or the words for why there is none."""

    value: Any
    trouble: str | None


class _TooSlow(BaseException):
    """Not an Exception, so that an answer's ``except Exception`` does not swallow it."""


def judge(name: str, exercise: Exercise, answer: Any) -> Score:
    """Print the table for one answer and return its score; never raises for a wrong answer."""
    if exercise.wants_function and not callable(answer):
        print(f"{name}: wanted a function; got {_kind(answer)}")
        return Score(
            0.0, f"a {type(answer).__name__} was given where a function is wanted"
        )
    rows, outcomes = [], {}
    for label, arguments in exercise.cases.items():
        want = _call(exercise.solution, arguments)
        outcome = run(answer, arguments)
        outcomes[label] = outcome
        rows.append(
            (label, outcome.trouble or differ(outcome.value, want, exercise.tolerance))
        )
    passed = sum(trouble is None for _, trouble in rows)
    width = max(len(label) for label, _ in rows)
    print(name)
    for label, trouble in rows:
        print(
            f"  {'ok   ' if trouble is None else 'WRONG'}  {label:<{width}}  {trouble or ''}".rstrip()
        )
    if passed == len(rows):
        print(f"all {passed} passed" if passed > 1 else "passed")
        return Score(1.0)
    diagnosis = diagnose(exercise, outcomes)
    if diagnosis:
        _print_wrapped(f"this looks like: {diagnosis}")
    if exercise.hint:
        _print_wrapped(f"hint: {exercise.hint}")
    return Score(passed / len(rows), diagnosis)


def _print_wrapped(sentence: str) -> None:
    print(textwrap.fill(sentence, 78, subsequent_indent="  ", break_long_words=False))


def diagnose(exercise: Exercise, outcomes: Mapping[str, Outcome]) -> str | None:
    """Find the known mistake that gives the answer's own numbers on every case."""
    got = {
        label: outcome.value
        for label, outcome in outcomes.items()
        if outcome.trouble is None
    }
    if not got:
        return None
    for diagnosis, mistake in exercise.wrong.items():
        made = {label: run(mistake, exercise.cases[label]) for label in got}
        if all(
            outcome.trouble is None
            and differ(got[label], outcome.value, exercise.tolerance) is None
            for label, outcome in made.items()
        ):
            return diagnosis
    return None


def run(answer: Any, arguments: tuple) -> Outcome:
    """Call an answer on a copy of the arguments: silenced, timed, and watched for what it must not touch."""
    given = copy.deepcopy(arguments)
    before = np.random.get_state()[1].copy()
    try:
        with _limited(SECONDS), _silenced(), np.errstate(all="ignore"):
            value = _call(answer, given)
    except NotImplementedError:
        return Outcome(None, "not written yet")
    except _TooSlow:
        return Outcome(None, f"took longer than {SECONDS:g} seconds")
    except SystemExit:
        return Outcome(None, "called exit()")
    except Exception as error:  # whatever a learner's code raises becomes words
        return Outcome(None, f"raised {type(error).__name__}: {error}"[:160])
    if not _array_equal(before, np.random.get_state()[1]):
        return Outcome(
            value,
            "drew from NumPy's global random state; use the rng that is passed in",
        )
    if any(differ(new, old, 0.0) for new, old in zip(given, arguments)):
        return Outcome(value, "changed its arguments; work on a copy")
    return Outcome(value, None)


def differ(got: Any, want: Any, tolerance: float) -> str | None:
    """Say how ``got`` differs from ``want``, or None; numbers by their worst scale-free relative error."""
    if got is None and want is not None:
        return "returned nothing (None)"
    if isinstance(want, str | bytes | bool | type(None)):
        return (
            None
            if type(got) is type(want) and got == want
            else f"wanted {want!r}; got {_short(got)}"
        )
    if isinstance(want, Mapping):
        return _differ_mapping(got, want, tolerance)
    if isinstance(want, tuple | list) and not _is_numeric(want):
        if isinstance(got, str) or not hasattr(got, "__len__"):
            return f"wanted {len(want)} items; got {_kind(got)}"
        if len(got) != len(want):
            return f"wanted {len(want)} items; got {len(got)}"
        for place, (mine, other) in enumerate(zip(got, want)):
            if trouble := differ(mine, other, tolerance):
                return f"item {place}: {trouble}"
        return None
    if not _is_numeric(want):
        return None if got == want else f"wanted {_short(want)}; got {_short(got)}"
    return _differ_numbers(got, want, tolerance)


def _differ_numbers(got: Any, want: Any, tolerance: float) -> str | None:
    want = _asarray(want)
    try:
        got = _asarray(got)
    except ValueError:
        return "wanted an array; got rows of unequal length"
    if got.dtype.kind not in "biufc":
        return f"wanted numbers; got {_kind(got)}"
    if got.shape != want.shape:
        return f"wanted shape {want.shape}; got {got.shape}"
    if want.dtype.kind in "iu" and got.dtype.kind not in "iu":
        return f"wanted integers; got dtype {got.dtype}"
    if not want.size:
        return None
    finite = _isfinite(want)
    if not _array_equal(got[~finite], want[~finite], equal_nan=want.dtype.kind in "fc"):
        return f"wanted {want[~finite].flat[0]} in {int((~finite).sum())} places; got something else"
    if not _isfinite(got[finite]).all():
        return f"got {got[finite][~_isfinite(got[finite])].flat[0]} where a finite number is wanted"
    if not finite.any():
        return None
    scale = _max(_abs(want[finite])) or 1.0
    worst = float(
        _max(
            _abs(
                got[finite].astype(want.dtype if want.dtype.kind == "c" else float)
                - want[finite]
            )
        )
        / scale
    )
    if got.dtype == np.float32:
        tolerance = max(tolerance, 1e-5)
    return None if worst <= tolerance else f"relative error {worst:.1e}"


def _differ_mapping(got: Any, want: Mapping, tolerance: float) -> str | None:
    if not isinstance(got, Mapping):
        return f"wanted a mapping of {len(want)} keys; got {_kind(got)}"
    for key in want:
        if key not in got:
            return f"key {key!r} is missing"
        if trouble := differ(got[key], want[key], tolerance):
            return f"key {key!r}: {trouble}"
    extra = [key for key in got if key not in want]
    return f"key {extra[0]!r} is not wanted" if extra else None


def _call(answer: Any, arguments: tuple) -> Any:
    value = answer(*arguments) if callable(answer) else answer
    return list(value) if isinstance(value, Iterator) else value


def _is_numeric(value: Any) -> bool:
    try:
        return _asarray(value).dtype.kind in "biufc"
    except (ValueError, TypeError):
        return False


def _kind(value: Any) -> str:
    shape = f" of shape {value.shape}" if isinstance(value, np.ndarray) else ""
    return f"{type(value).__name__}{shape}"


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


@contextlib.contextmanager
def _silenced():
    with (
        contextlib.redirect_stdout(_Capped()),
        contextlib.redirect_stderr(_Capped()),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        yield


class _Capped(io.TextIOBase):
    """A stream that forgets what is written to it."""

    def write(self, text: str) -> int:
        return len(text)


@contextlib.contextmanager
def _limited(seconds: float):
    """Interrupt the main thread after some seconds, where the system can (not on Windows, not in other threads)."""
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
