"""Say in words how an answer differs from what was wanted."""

import contextlib
from collections.abc import Mapping
from typing import Any

import numpy as np

# Bound here, so that an answer which replaces NumPy's functions cannot change the judgement.
_asarray, _isfinite, _max, _abs, _equal = (
    np.asarray,
    np.isfinite,
    np.max,
    np.abs,
    np.array_equal,
)
SINGLE = 1e-5  # what float32 can be asked for


def differ(got: Any, want: Any, tolerance: float) -> str | None:
    """Say how ``got`` differs from ``want``, or None; numbers by their worst scale-free relative error."""
    try:
        if isinstance(want, str):
            return _differ_text(got, want)
        return _differ(got, want, tolerance)
    except Exception as error:  # an object that cannot be looked at
        return f"got a {type(got).__name__} that raises {type(error).__name__} when looked at"


def kind(value: Any) -> str:
    """Name the type of a value, and the shape of an array."""
    shape = f" of shape {value.shape}" if isinstance(value, np.ndarray) else ""
    return f"{type(value).__name__}{shape}"


def _differ(got: Any, want: Any, tolerance: float) -> str | None:
    if got is None and want is not None:
        return "returned nothing (None)"
    if isinstance(want, str | bytes | bool | type(None)):
        same = isinstance(got, type(want)) and got == want
        return None if same else f"wanted {want!r}; got {_short(got)}"
    if isinstance(want, Mapping):
        return _differ_mapping(got, want, tolerance)
    if _is_mixed(want):
        return _differ_items(got, want, tolerance)
    if _is_numeric(want):
        return _differ_numbers(got, want, tolerance)
    if isinstance(want, tuple | list):
        return _differ_items(got, want, tolerance)
    return None if got == want else f"wanted {_short(want)}; got {_short(got)}"


def _differ_text(got: Any, want: str) -> str | None:
    """Hold one text against the wanted one, which is not shown; a code of one word may be a number, or have spaces."""
    if isinstance(got, str) and got == want:
        return None
    whole = isinstance(got, int | np.integer) and not isinstance(got, bool)
    if isinstance(got, str) or whole:
        same = str(got).replace(" ", "") == want  # never so where spaces are wanted
        return None if same else f"wanted another text; got {_short(got)}"
    return (
        "returned nothing (None)" if got is None else f"wanted a text; got {kind(got)}"
    )


def _differ_items(got: Any, want: tuple | list, tolerance: float) -> str | None:
    kinds = tuple | list if isinstance(want, tuple) else type(want)
    if not isinstance(got, kinds):
        return f"wanted a {type(want).__name__}; got {kind(got)}"
    if len(got) != len(want):
        return f"wanted {len(want)} items; got {len(got)}"
    for place, (mine, other) in enumerate(zip(got, want)):
        if trouble := _differ(mine, other, tolerance):
            return f"item {place}: {trouble}"
    return None


def _differ_mapping(got: Any, want: Mapping, tolerance: float) -> str | None:
    if not isinstance(got, Mapping):
        return f"wanted a mapping of {len(want)} keys; got {kind(got)}"
    for key in want:
        if key not in got:
            return f"key {key!r} is missing"
        if trouble := _differ(got[key], want[key], tolerance):
            return f"key {key!r}: {trouble}"
    extra = [key for key in got if key not in want]
    return f"key {extra[0]!r} is not wanted" if extra else None


def _differ_numbers(got: Any, want: Any, tolerance: float) -> str | None:
    given, want = got, _asarray(want)
    try:
        got = _asarray(given)
    except ValueError:
        what = "a tuple" if isinstance(given, tuple) else "rows of unequal length"
        return f"wanted an array; got {what}"
    if got.dtype.kind == "O":  # fractions and decimals are numbers too
        with contextlib.suppress(TypeError, ValueError):
            got = got.astype(float)
    if got.dtype.kind not in "biufc":
        return f"wanted numbers; got {kind(given)}"
    if got.shape != want.shape:
        return f"wanted shape {want.shape}; got {got.shape}"
    if want.dtype.kind == "b" and got.dtype.kind != "b":
        return f"wanted True and False; got dtype {got.dtype}"
    if want.dtype.kind in "iu" and got.dtype.kind not in "iu" and not _is_whole(got):
        return f"wanted integers; got dtype {got.dtype}"
    if want.dtype.kind != "c" and got.dtype.kind == "c":
        return f"wanted real numbers; got dtype {got.dtype}"
    finite = _isfinite(want)
    if not _equal(got[~finite], want[~finite], equal_nan=want.dtype.kind in "fc"):
        return f"wanted {want[~finite].flat[0]} where another number stands"
    mine = got[finite].astype(complex if got.dtype.kind == "c" else float)
    if not _isfinite(mine).all():
        return f"got {mine[~_isfinite(mine)].flat[0]} where a finite number is wanted"
    if not finite.any():
        return None
    scale = _max(_abs(want[finite])) or 1.0
    worst = float(_max(_abs(mine - want[finite])) / scale)
    if got.dtype == np.float32:
        tolerance = max(tolerance, SINGLE)
    return None if worst <= tolerance else f"relative error {worst:.1e}"


def _is_mixed(value: Any) -> bool:
    """Say whether a tuple or list holds arrays of different kinds, such as ids and a mask, which must not be merged."""
    if not isinstance(value, tuple | list):
        return False
    return len({item.dtype.kind for item in value if isinstance(item, np.ndarray)}) > 1


def _is_whole(number: np.ndarray) -> bool:
    """Say whether one number, written as a float, is a whole one."""
    return number.ndim == 0 and number.dtype.kind == "f" and float(number).is_integer()


def _is_numeric(value: Any) -> bool:
    if isinstance(value, tuple | list) and not value:
        return False
    try:
        return _asarray(value).dtype.kind in "biufc"
    except (ValueError, TypeError):
        return False


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
