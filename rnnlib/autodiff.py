"""Reverse-mode differentiation on a graph, after algorithms 6.5 and 6.6 of Goodfellow, Bengio and Courville (2016).

A ``Node`` holds a value, what it was made from, and what was made from it. NumPy's operators work on nodes, so the
package's own forward code, written for arrays, builds a graph when it is given nodes. ``build_grad`` then walks from
the loss back to any node. Nothing here knows what a recurrent network is: it is the third proof of every gradient.
"""

from collections.abc import Callable, Sequence
from itertools import count
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from rnnlib.tree import Array, tree_map

_NUMBERS = count()


class Node(NDArrayOperatorsMixin):
    """An array in a graph: its ``value``, its ``inputs``, its ``consumers``, and ``bprop``, how gradients pass it.

    ``bprop(i, G)`` is the gradient for input i, given the gradient G for this node.
    """

    def __init__(
        self,
        value: Any,
        inputs: Sequence["Node"] = (),
        bprop: Callable[[int, Array], Array] | None = None,
    ) -> None:
        self.value, self.inputs, self.bprop = np.asarray(value), tuple(inputs), bprop
        self.consumers: list[Node] = []
        self.number = next(_NUMBERS)
        for node in dict.fromkeys(self.inputs):
            node.consumers.append(self)

    __eq__, __hash__ = object.__eq__, object.__hash__  # a node is itself
    ndim = property(lambda self: self.value.ndim)
    shape = property(lambda self: self.value.shape)
    dtype = property(lambda self: self.value.dtype)
    real = property(lambda self: self.value)

    @property
    def T(self) -> "Node":
        """Return the transpose."""
        return Node(self.value.T, [self], lambda _, G: G.T)

    def sum(self, axis: int | None = None, keepdims: bool = False) -> "Node":
        """Return the sum over one axis, or over all."""

        def bprop(_, G):
            G = G if axis is None or keepdims else np.expand_dims(G, axis)
            return np.broadcast_to(G, self.shape)

        return Node(self.value.sum(axis=axis, keepdims=keepdims), [self], bprop)

    def __len__(self) -> int:
        return len(self.value)

    def __getitem__(self, place: Any) -> "Node":
        def bprop(_, G):
            whole = np.zeros(self.shape)
            np.add.at(whole, place, G)
            return whole

        return Node(self.value[place], [self], bprop)

    def __iter__(self):
        return (self[i] for i in range(len(self)))

    def __array_ufunc__(self, ufunc, method, *inputs, **keywords):
        if method != "__call__" or keywords or ufunc not in BPROPS:
            return NotImplemented
        nodes = [x if isinstance(x, Node) else Node(x) for x in inputs]
        values = [node.value for node in nodes]
        if ufunc is np.matmul and any(value.ndim != 2 for value in values):
            return NotImplemented  # its rule is for matrices
        out = ufunc(*values)

        def bprop(i, G):
            return _unbroadcast(BPROPS[ufunc][i](G, out, *values), values[i].shape)

        return Node(out, nodes, bprop)

    def __array_function__(self, function, _types, arguments, keywords):
        if function in FUNCTIONS:
            return FUNCTIONS[function](*arguments, **keywords)
        return NotImplemented


def _split(node: Node, parts: int, axis: int) -> list[Node]:
    if node.shape[axis] % parts:
        raise ValueError(f"axis of {node.shape[axis]} must divide into {parts} parts")
    size = node.shape[axis] // parts
    before = (slice(None),) * (axis % node.ndim)
    return [node[(*before, slice(k * size, (k + 1) * size))] for k in range(parts)]


def _stack(nodes: Sequence[Node], axis: int = 0) -> Node:
    values = [node.value for node in nodes]
    return Node(np.stack(values, axis), nodes, lambda i, G: np.take(G, i, axis))


def _concatenate(parts: Sequence[Any], axis: int = 0) -> Node:
    nodes = [x if isinstance(x, Node) else Node(x) for x in parts]
    ends = np.cumsum([node.shape[axis] for node in nodes])[:-1]
    out = np.concatenate([node.value for node in nodes], axis)
    return Node(out, nodes, lambda i, G: np.split(G, ends, axis)[i])


def _where(condition: Array, a: Any, b: Any) -> Node:
    return a * condition + b * ~condition


FUNCTIONS = {
    np.concatenate: _concatenate,
    np.split: _split,
    np.stack: _stack,
    np.where: _where,
    np.ndim: lambda node: node.ndim,
    np.shape: lambda node: node.shape,
    np.zeros_like: lambda node: np.zeros(node.shape),
}

#: For each operator and each of its inputs: the gradient, from G, the output and the inputs. Exponents are constants.
BPROPS: dict[np.ufunc, tuple[Callable, ...]] = {
    np.add: (lambda G, out, a, b: G, lambda G, out, a, b: G),
    np.subtract: (lambda G, out, a, b: G, lambda G, out, a, b: -G),
    np.multiply: (lambda G, out, a, b: G * b, lambda G, out, a, b: G * a),
    np.divide: (lambda G, out, a, b: G / b, lambda G, out, a, b: -G * out / b),
    np.matmul: (lambda G, out, a, b: G @ b.T, lambda G, out, a, b: a.T @ G),
    np.negative: (lambda G, out, a: -G,),
    np.power: (lambda G, out, a, n: G * n * a ** (n - 1), lambda G, out, a, n: 0 * n),
    np.exp: (lambda G, out, a: G * out,),
    np.log: (lambda G, out, a: G / a,),
    np.tanh: (lambda G, out, a: G * (1 - out**2),),
    np.maximum: (lambda G, out, a, b: G * (a > b), lambda G, out, a, b: G * (b >= a)),
}


def gradients(loss: Node, tree: Any) -> Any:
    """Return the gradient of a loss, one number, with respect to each node of a tree.

    Raises
    ------
    ValueError
        If the loss is not one number.

    Examples
    --------
    >>> x = Node(np.array([1.0, 2.0]))
    >>> gradients((x * x * x).sum(), x)
    array([ 3., 12.])
    """
    if loss.shape != ():
        raise ValueError(f"loss must be one number; got shape {loss.shape}")
    grad_table = {loss: np.ones(())}
    found = _made_from(loss)
    for node in found:  # what does not lead to the loss has no say
        aside = (other for other in node.consumers if other not in found)
        grad_table |= {other: np.zeros(other.shape) for other in aside}
    for node in sorted(found, key=lambda node: -node.number):
        build_grad(node, grad_table)  # latest first: no question goes deep
    return tree_map(lambda node: grad_table.get(node, np.zeros(node.shape)), tree)


def build_grad(node: Node, grad_table: dict[Node, Array]) -> Array:
    """Return the gradient for a node: the sum over all that was made from it. Each is worked out once and kept."""
    if node not in grad_table:
        total = np.zeros(node.shape)
        for consumer in node.consumers:
            G = build_grad(consumer, grad_table)
            for i, source in enumerate(consumer.inputs):
                if source is node:
                    total = total + consumer.bprop(i, G)
        grad_table[node] = np.asarray(total)
    return grad_table[node]


def _made_from(loss: Node) -> set[Node]:
    found, waiting = {loss}, [loss]
    while waiting:
        new = [node for node in waiting.pop().inputs if node not in found]
        found.update(new)
        waiting.extend(new)
    return found


def nodes(tree: Any) -> Any:
    """Turn each array of a tree into a node."""
    return tree_map(Node, tree)


def _unbroadcast(G: Any, shape: tuple[int, ...]) -> Any:
    """Add up what broadcasting had repeated."""
    G = G.sum(axis=tuple(range(G.ndim - len(shape))))
    stretched = tuple(i for i, n in enumerate(shape) if n == 1 and G.shape[i] != 1)
    return G.sum(axis=stretched, keepdims=True) if stretched else G
