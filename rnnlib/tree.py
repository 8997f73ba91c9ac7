"""Nested NamedTuples of arrays, called trees: parameters, states and gradients; and the array types of the signatures.

``Float[Array, "T I"]`` reads: a floating-point array with T rows (time) and I columns (inputs). The letters are those
of the book's notation page. The test suite runs once with every signature checked against the arrays that really pass,
by jaxtyping. Without it the same signatures are plain notes, and cost no import.
"""

import sys
from collections.abc import Callable, Iterator
from typing import Annotated, Any

import numpy as np
from numpy import ndarray as Array

if "jaxtyping" in sys.modules:
    from jaxtyping import Bool, Float, Inexact, Integer
else:

    class Inexact:
        """An array whose axes are named."""

        def __class_getitem__(cls, item):
            array, axes = item
            return Annotated[array, f"{cls.__name__} {axes}"]

    class Bool(Inexact): ...

    class Float(Inexact): ...

    class Integer(Inexact): ...


__all__ = [
    "Array",
    "Bool",
    "Float",
    "Inexact",
    "Integer",
    "tree_leaves",
    "tree_map",
    "tree_norm",
    "tree_zeros",
]


def tree_map(function: Callable, tree: Any, *others: Any) -> Any:
    """Call the function on each array of a tree, with the arrays at the same places of the others.

    Raises
    ------
    ValueError
        If the trees are not built alike.

    Examples
    --------
    >>> from typing import NamedTuple
    >>> class Pair(NamedTuple):
    ...     a: Array
    ...     b: Array
    >>> tree_map(np.add, Pair(np.ones(2), np.zeros(1)), Pair(np.ones(2), np.ones(1)))
    Pair(a=array([2., 2.]), b=array([1.]))
    """
    if not any(isinstance(part, tuple) for part in (tree, *others)):
        return function(tree, *others)
    for other in others:
        if (
            not isinstance(tree, tuple)
            or type(other) is not type(tree)
            or len(other) != len(tree)
        ):
            raise ValueError(
                f"trees must be built alike; got {_shape(tree)} and {_shape(other)}"
            )
    branches = (tree_map(function, *parts) for parts in zip(tree, *others))
    return type(tree)(*branches) if hasattr(tree, "_fields") else tuple(branches)


def tree_leaves(tree: Any, name: str = "") -> Iterator[tuple[str, Array]]:
    """Yield each array of a tree with its dotted name, such as ``cell.W``.

    Examples
    --------
    >>> from typing import NamedTuple
    >>> class Pair(NamedTuple):
    ...     a: Array
    ...     b: tuple
    >>> [name for name, _ in tree_leaves(Pair(np.ones(2), (np.ones(1), np.ones(3))))]
    ['a', 'b.0', 'b.1']
    """
    if not isinstance(tree, tuple):
        yield name, tree
        return
    fields = getattr(tree, "_fields", range(len(tree)))
    for field, branch in zip(fields, tree):
        yield from tree_leaves(branch, f"{name}.{field}" if name else str(field))


def tree_zeros(tree: Any) -> Any:
    """Return a tree built alike, with zeros in place of all numbers.

    Examples
    --------
    >>> tree_zeros((np.ones(2), np.ones(1)))
    (array([0., 0.]), array([0.]))
    """
    return tree_map(np.zeros_like, tree)


def tree_norm(tree: Any) -> np.floating:
    """Return the square root of the sum of all squares, over all arrays of a tree together.

    Numbers whose squares would overflow are divided by the largest first.

    Examples
    --------
    >>> tree_norm((np.array([3.0]), np.array([[4.0]])))
    np.float64(5.0)
    """
    norm = np.sqrt(sum(np.vdot(leaf, leaf).real for _, leaf in tree_leaves(tree)))
    if not np.isinf(norm):
        return norm
    largest = max(np.max(np.abs(leaf), initial=0) for _, leaf in tree_leaves(tree))
    if np.isinf(largest):
        return norm
    return largest * tree_norm(tree_map(lambda leaf: leaf / largest, tree))


def _shape(tree: Any) -> str:
    if isinstance(tree, tuple):
        return f"{type(tree).__name__} of {len(tree)}"
    return type(tree).__name__
