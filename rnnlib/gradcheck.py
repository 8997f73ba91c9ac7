"""Prove a gradient by two numerical derivatives that know nothing of backpropagation."""

from collections.abc import Callable
from typing import Any

import numpy as np

from rnnlib.tree import Array, tree_leaves, tree_map


def complex_step(f: Callable[[Any], Any], tree: Any, *, h: float = 1e-30) -> Any:
    """Return the gradient of f by f(x + ih) = f(x) + ih f'(x) + O(h^2): take the imaginary part, divide by h.

    Nothing is subtracted, so nothing is lost: with h = 1e-30 the result is exact to rounding (Squire and Trapp 1998).
    f must be made of functions that have a complex derivative: no absolute value, no comparison of complex numbers.

    Parameters
    ----------
    f : from a tree of arrays to a scalar
    tree : where the derivative is taken; float64

    Raises
    ------
    TypeError
        If f returns a real number: somewhere the imaginary part was thrown away.

    Examples
    --------
    >>> complex_step(lambda x: np.sum(x**3), np.array([1.0, 2.0]))
    array([ 3., 12.])
    """

    def slope(value: Any) -> float:
        if not np.iscomplexobj(value):
            raise TypeError("f must pass complex numbers through; got a real result")
        return value.imag / h

    return _each_entry(tree, complex, lambda moved: slope(moved(1j * h)), f)


def central_difference(f: Callable[[Any], Any], tree: Any, *, eps: float = 1e-6) -> Any:
    """Return the gradient of f by (f(x + eps) - f(x - eps)) / (2 eps): good to about 1e-9 where f is near 1.

    Examples
    --------
    >>> central_difference(lambda x: np.sum(x**3), np.array([1.0, 2.0])).round(6)
    array([ 3., 12.])
    """
    return _each_entry(
        tree, float, lambda moved: (moved(eps) - moved(-eps)) / (2 * eps), f
    )


def relative_error(got: Any, want: Any) -> float:
    """Return the largest difference of two trees, array by array, divided by the array's largest entry.

    Examples
    --------
    >>> relative_error(np.array([1.0, 2.2]), np.array([1.0, 2.0])).__round__(6)
    0.090909
    """
    return float(np.max(list(_errors(got, want).values())))


def check(
    f: Callable[[Any], Any], tree: Any, grads: Any
) -> list[tuple[str, float, float]]:
    """Hold gradients against both numerical ones: a row for each array, with its name and the two relative errors.

    Examples
    --------
    >>> (row,) = check(lambda x: np.sum(x**3), np.array([1.0, 2.0]), np.array([3.0, 12.0]))
    >>> row[1] < 1e-14, row[2] < 1e-8
    (True, True)
    """
    exact = _errors(grads, complex_step(f, tree))
    central = _errors(grads, central_difference(f, tree))
    return [(name, exact[name], central[name]) for name in exact]


def _each_entry(tree: Any, dtype: type, slope: Callable, f: Callable) -> Any:
    """Move one number at a time, in place in a copy, and put the slope where it stood."""
    moving = tree_map(lambda leaf: leaf.astype(dtype), tree)
    slopes = tree_map(lambda leaf: np.empty(leaf.shape), tree)
    for (_, leaf), (_, out) in zip(tree_leaves(moving), tree_leaves(slopes)):
        for place in np.ndindex(leaf.shape):
            start = leaf[place]

            def moved(step, leaf=leaf, place=place, start=start):
                leaf[place] = start + step
                value = f(moving)
                leaf[place] = start
                return value

            out[place] = slope(moved)
    return slopes


def _errors(got: Any, want: Any) -> dict[str, float]:
    errors = tree_map(_error, got, want)
    return dict(tree_leaves(errors))


def _error(got: Array, want: Array) -> float:
    if np.shape(got) != np.shape(want):
        raise ValueError(
            f"got and want must have one shape; got {np.shape(got)} and {np.shape(want)}"
        )
    scale = max(np.max(np.abs(got)), np.max(np.abs(want)))
    return float(np.max(np.abs(got - want)) / scale) if scale else 0.0
