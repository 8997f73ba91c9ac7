"""Prove every gradient of the recurrent core in three ways, and print how far the package's own lies from each.

    python -m tools.proof

The complex step and the central difference know nothing of backpropagation. Reverse mode on a graph knows nothing of
recurrent networks: the package's forward code is run on nodes, and the graph it leaves is walked back.
"""

import sys
from collections import namedtuple
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import jaxtyping
import numpy as np

from rnnlib.attention import attend, attend_backward
from rnnlib.autodiff import gradients, nodes
from rnnlib.batches import pad
from rnnlib.bptt import unroll_backward, unroll_forward
from rnnlib.fused import lm_loss_and_grads
from rnnlib.gradcheck import check, relative_error
from rnnlib.gru import GRU, gru_cell_backward, gru_cell_forward
from rnnlib.kin import (
    OutputRNN,
    ReluRNN,
    leaky_rnn,
    output_rnn_forced,
    output_rnn_forced_backward,
    skip_rnn,
)
from rnnlib.layers import (
    dense_backward,
    dense_forward,
    dense_init,
    dropout_backward,
    dropout_forward,
    embed_backward,
    embed_forward,
    one_hot,
    readout_backward,
    readout_forward,
    readout_init,
)
from rnnlib.losses import cross_entropy
from rnnlib.lstm import LSTM, lstm_cell_backward, lstm_cell_forward
from rnnlib.model import lm_backward, lm_init, lm_loss
from rnnlib.rnn import RNN, rnn_cell_backward, rnn_cell_forward
from rnnlib.seq2seq import (
    INJECTIONS,
    Seq2Seq,
    encode,
    seq2seq_backward,
    seq2seq_init,
    seq2seq_loss,
)
from rnnlib.stacking import bidirectional, deep, deep_transition, recurrent, stack
from rnnlib.tree import tree_leaves, tree_map

T, B, I, H, O, V = SIZES = 4, 2, 3, 5, 6, 7
LIMITS = 1e-12, 1e-7, 1e-12
CELLS = {
    "RNN": RNN,
    "LSTM": LSTM,
    "GRU": GRU,
    "ReluRNN": ReluRNN,
    "leaky_rnn(0.3)": leaky_rnn(0.3),
    "OutputRNN": OutputRNN,
}
COMPOSED = {
    "stack": stack([LSTM, RNN, GRU]),
    "stack, skip": stack([RNN, GRU, RNN], skip=True),
    "skip_rnn(3)": skip_rnn(3),
    "deep_transition": deep_transition(3),
    "deep_transition, skip": deep_transition(3, skip=True),
}
LAYERS = {
    "recurrent": recurrent(LSTM),
    "bidirectional": bidirectional(GRU),
    "deep": deep([bidirectional(LSTM), recurrent(RNN), bidirectional(RNN)]),
}
STEPS = {
    "rnn_cell": (RNN, rnn_cell_forward, rnn_cell_backward),
    "lstm_cell": (LSTM, lstm_cell_forward, lstm_cell_backward),
    "gru_cell": (GRU, gru_cell_forward, gru_cell_backward),
}


class Case(NamedTuple):
    """A loss of a tree and its gradients; ``graph`` is the loss for nodes, where the package takes only arrays."""

    loss: Callable[[Any], Any]
    grads: Callable[[Any], Any]
    tree: Any
    graph: Callable[[Any], Any] | None = None


class Row(NamedTuple):
    """The relative errors of one array's gradient."""

    function: str
    array: str
    complex_step: float
    central: float
    graph: float


def cases() -> dict[str, Case]:
    """Return all that has a gradient, by name."""
    return {
        **{name: step_case(*functions) for name, functions in STEPS.items()},
        **{
            f"unroll {name}": unroll_case(cell)
            for name, cell in (CELLS | COMPOSED).items()
        },
        **{
            f"{name}{', mask' if mask is not None else ''}": layer_case(layer, mask)
            for name, layer in LAYERS.items()
            for mask in (None, draw_lengths(T))
        },
        "output_rnn_forced": forced_case(),
        "dense": dense_case(),
        "attend": attend_case(),
        **{f"seq2seq, {inject}": seq2seq_case(inject) for inject in INJECTIONS},
        "readout": readout_case(),
        "embed": embed_case(),
        "dropout": dropout_case(),
        "cross_entropy": cross_entropy_case(None),
        "cross_entropy, mask": cross_entropy_case(draw_mask()),
        **{
            f"{kind} {name}{', mask' if mask is not None else ''}": lm_case(
                CELLS[name], mask, kind == "fused"
            )
            for kind in ("lm_loss", "fused")
            for name in ("RNN", "LSTM", "GRU")
            for mask in (None, draw_mask())
        },
    }


def prove(name: str, case: Case) -> list[Row]:
    """Hold the gradients of a case against all three."""
    grads = case.grads(case.tree)
    with any_type():  # for speed: the loss is run once for each number
        numeric = check(case.loss, case.tree, grads)
    graph = errors(grads, graph_gradients(case)[1])
    return [Row(name, *row, error) for row, error in zip(numeric, graph, strict=True)]


def errors(got: Any, want: Any) -> list[float]:
    """Return the relative error of each array of two trees that are built alike."""
    pairs = zip(tree_leaves(got), tree_leaves(want), strict=True)
    return [
        relative_error(np.asarray(mine), np.asarray(other))
        for (_, mine), (_, other) in pairs
    ]


def agree(got: Any, want: Any, tolerance: float) -> bool:
    """Return whether all errors lie below the tolerance; NaN does not."""
    return all(error < tolerance for error in errors(got, want))


def graph_gradients(case: Case) -> tuple[Any, Any]:
    """Return value and gradients by reverse mode on the graph."""
    start = nodes(case.tree)
    with any_type():
        loss = (case.graph or case.loss)(start)
        return loss.value, gradients(loss, start)


@contextmanager
def any_type() -> Iterator[None]:
    """Check no signatures, should they be checked: nodes then pass where arrays are asked for."""
    before = jaxtyping.config.jaxtyping_disable
    jaxtyping.config.update("jaxtyping_disable", True)
    try:
        yield
    finally:
        jaxtyping.config.update("jaxtyping_disable", before)


def like(rng: np.random.Generator, tree: Any) -> Any:
    """Draw a tree of the same shapes; whoever writes to it is stopped."""
    return frozen(tree_map(lambda leaf: rng.normal(size=leaf.shape), tree))


def frozen(tree: Any) -> Any:
    """Copy a tree; the copy cannot be written to."""

    def freeze(leaf):
        leaf = np.array(leaf)
        leaf.flags.writeable = False
        return leaf

    return tree_map(freeze, tree)


def weighted(weights: Any, tree: Any) -> Any:
    """Return the sum of weights times numbers: a loss whose gradient is the weights."""
    pairs = zip(tree_leaves(weights), tree_leaves(tree))
    return sum((weight * leaf).sum() for (_, weight), (_, leaf) in pairs)


def named(**branches: Any) -> Any:
    """Make a tree of these branches."""
    return namedtuple("Tree", branches)(**branches)


def draw_mask() -> np.ndarray:
    """Hide a third of the tokens."""
    return np.arange(T * B).reshape(T, B) % 3 != 1


def draw_cell(cell: Any, rng: np.random.Generator) -> Any:
    """Draw parameters and an initial state."""
    sizes = {"n_out": O} if cell is OutputRNN else {}
    params = frozen(cell.init(I, H, rng=rng, **sizes))
    return params, like(rng, cell.zero_state(B, params))


def draw_lengths(n_steps: int) -> np.ndarray:
    """Let one row end before the other."""
    return np.arange(n_steps)[:, None] < [n_steps - 2, n_steps]


def step_case(cell: Any, forward: Callable, backward: Callable) -> Case:
    rng = np.random.default_rng(1)
    params, state = draw_cell(cell, rng)
    weights = like(rng, state)

    def loss(tree):
        return weighted(weights, forward(tree.x, tree.state, tree.params)[0])

    def grads(tree):
        cache = forward(tree.x, tree.state, tree.params)[1]
        dx, dstate, dparams = backward(weights, cache)
        return tree._replace(params=dparams, x=dx, state=dstate)

    tree = named(params=params, x=rng.normal(size=(B, I)), state=state)
    return Case(loss, grads, tree)


def unroll_case(cell: Any) -> Case:
    """Weigh each output and the final state."""
    rng = np.random.default_rng(2)
    params, state = draw_cell(cell, rng)
    tree = named(params=params, x=rng.normal(size=(T, B, I)), state=state)
    weights = like(rng, unroll_forward(cell, tree.x, state, params)[:2])

    def loss(tree):
        return weighted(
            weights, unroll_forward(cell, tree.x, tree.state, tree.params)[:2]
        )

    def grads(tree):
        caches = unroll_forward(cell, tree.x, tree.state, tree.params)[2]
        dx, dstate, dparams = unroll_backward(cell, *weights, caches)
        return tree._replace(params=dparams, x=dx, state=dstate)

    return Case(loss, grads, tree)


def layer_case(layer: Any, mask: np.ndarray | None) -> Case:
    """Weigh each output and the final state."""
    rng = np.random.default_rng(9)
    params = frozen(layer.init(I, H, rng=rng))
    state = like(rng, layer.zero_state(B, params))
    tree = named(params=params, x=rng.normal(size=(T, B, I)), state=state)
    weights = like(rng, layer.forward(tree.x, state, params, mask)[:2])

    def loss(tree):
        return weighted(
            weights, layer.forward(tree.x, tree.state, tree.params, mask)[:2]
        )

    def grads(tree):
        cache = layer.forward(tree.x, tree.state, tree.params, mask)[2]
        dx, dstate, dparams = layer.backward(*weights, cache)
        return tree._replace(params=dparams, x=dx, state=dstate)

    return Case(loss, grads, tree)


def dense_case() -> Case:
    rng = np.random.default_rng(10)
    tree = named(params=dense_init(I, H, rng=rng), x=rng.normal(size=(T, B, I)))
    weights = rng.normal(size=(T, B, H))

    def grads(tree):
        cache = dense_forward(tree.x, tree.params)[1]
        dx, dparams = dense_backward(weights, cache)
        return tree._replace(params=dparams, x=dx)

    def graph(tree):
        steps = [dense_forward(x_t, tree.params)[0] for x_t in tree.x]
        return weighted(weights, np.stack(steps))

    return Case(
        lambda tree: weighted(weights, dense_forward(tree.x, tree.params)[0]),
        grads,
        tree,
        graph,
    )


def attend_case() -> Case:
    rng = np.random.default_rng(11)
    S, mask = T + 3, draw_lengths(T + 3)
    queries, memory = (rng.normal(size=(n, B, H)) for n in (T, S))
    weights = rng.normal(size=(T, B, H))

    def grads(tree):
        cache = attend(tree.queries, tree.memory, mask)[2]
        dqueries, dmemory = attend_backward(weights, cache)
        return tree._replace(queries=dqueries, memory=dmemory)

    return Case(
        lambda tree: weighted(weights, attend(tree.queries, tree.memory, mask)[0]),
        grads,
        named(queries=queries, memory=memory),
        lambda tree: weighted(weights, _attend_graph(tree.queries, tree.memory, mask)),
    )


def seq2seq_case(inject: str) -> Case:
    """Sources and targets of unequal length, the rows of each as well."""
    rng = np.random.default_rng(12)
    model = Seq2Seq(GRU, GRU, inject)
    params = frozen(seq2seq_init(model, V, O, H, rng=rng, n_embed=I))
    source = pad([rng.integers(V, size=n) for n in (T - 1, T + 2)])
    target = pad([rng.integers(O, size=n) for n in (T + 1, T)])

    def graph(params):
        context, _ = encode(model, params, source)
        x = params.target[target.ids[:-1]]
        if inject == "every step":
            last = [context.memory[n - 1, b] for b, n in enumerate(source.lengths)]
            beside = np.stack([np.stack(last)] * len(x.value))
            x = np.concatenate([x, beside], axis=2)
        h, _, _ = unroll_forward(model.decoder, x, context.state, params.decoder)
        if inject == "attention":
            seen = _attend_graph(h, context.memory, source.mask)
            h = np.concatenate([h, seen], axis=2)
        o = _readout_steps(h, params.readout)
        return _cross_entropy_graph(o, target.ids[1:], target.mask[1:])

    return Case(
        lambda params: seq2seq_loss(model, params, source, target)[0],
        lambda params: seq2seq_backward(seq2seq_loss(model, params, source, target)[1]),
        params,
        graph,
    )


def forced_case() -> Case:
    """The true outputs are data: no gradient is asked for."""
    rng = np.random.default_rng(3)
    params, _ = draw_cell(OutputRNN, rng)
    x, truth, weights = (rng.normal(size=(T, B, n)) for n in (I, O, O))

    def loss(tree):
        return weighted(weights, output_rnn_forced(tree.x, truth, tree.params)[0])

    def grads(tree):
        cache = output_rnn_forced(tree.x, truth, tree.params)[1]
        dx, dparams = output_rnn_forced_backward(weights, cache)
        return tree._replace(params=dparams, x=dx)

    def graph(tree):
        steps = zip(tree.x, truth)
        o = [OutputRNN.forward(x_t, o_prev, tree.params)[0] for x_t, o_prev in steps]
        return weighted(weights, np.stack(o))

    return Case(loss, grads, named(params=params, x=x), graph)


def readout_case() -> Case:
    rng = np.random.default_rng(4)
    tree = named(params=readout_init(H, O, rng=rng), h=rng.normal(size=(T, B, H)))
    weights = rng.normal(size=(T, B, O))

    def loss(tree):
        return weighted(weights, readout_forward(tree.h, tree.params)[0])

    def grads(tree):
        dh, dparams = readout_backward(weights, readout_forward(tree.h, tree.params)[1])
        return tree._replace(params=dparams, h=dh)

    def graph(tree):
        return weighted(weights, _readout_steps(tree.h, tree.params))

    return Case(loss, grads, tree, graph)


def embed_case() -> Case:
    """Use some rows twice and some never."""
    rng = np.random.default_rng(5)
    ids, tree = rng.integers(V - 2, size=(T, B)), named(E=rng.normal(size=(V, I)))
    weights = rng.normal(size=(T, B, I))
    return Case(
        lambda tree: weighted(weights, embed_forward(ids, tree.E)[0]),
        lambda tree: tree._replace(E=embed_backward(weights, (ids, tree.E))),
        tree,
    )


def dropout_case() -> Case:
    """Draw the same factors each time."""
    rng = np.random.default_rng(6)
    tree, weights = named(x=rng.normal(size=(T, B, H))), rng.normal(size=(T, B, H))

    def dropped(tree):
        return dropout_forward(tree.x, 0.6, rng=np.random.default_rng(0))

    return Case(
        lambda tree: weighted(weights, dropped(tree)[0]),
        lambda tree: tree._replace(x=dropout_backward(weights, dropped(tree)[1])),
        tree,
    )


def cross_entropy_case(mask: np.ndarray | None) -> Case:
    rng = np.random.default_rng(7)
    y, tree = rng.integers(V, size=(T, B)), named(o=2 * rng.normal(size=(T, B, V)))
    return Case(
        lambda tree: cross_entropy(tree.o, y, mask)[0],
        lambda tree: tree._replace(o=cross_entropy(tree.o, y, mask)[1]),
        tree,
        lambda tree: _cross_entropy_graph(tree.o, y, mask),
    )


def lm_case(cell: Any, mask: np.ndarray | None, fused: bool) -> Case:
    rng = np.random.default_rng(8)
    params = frozen(lm_init(cell, V, H, rng=rng))
    inputs, targets = rng.integers(V, size=(2, T, B))
    state = like(rng, cell.zero_state(B, params.cell))

    def grads(params):
        if fused:
            return lm_loss_and_grads(cell, params, inputs, targets, state, mask)[2]
        return lm_backward(lm_loss(cell, params, inputs, targets, state, mask)[2])

    def graph(params):
        x = one_hot(inputs, V)
        h, _, _ = unroll_forward(cell, x, state, params.cell)
        return _cross_entropy_graph(_readout_steps(h, params.readout), targets, mask)

    return Case(
        lambda params: lm_loss(cell, params, inputs, targets, state, mask)[0],
        grads,
        params,
        graph,
    )


def _readout_steps(h, params):
    """Step by step: the graph multiplies matrices, not stacks of them."""
    return np.stack([readout_forward(h_t, params)[0] for h_t in h])


def _cross_entropy_graph(o, y, mask):
    """The formula once more, for nodes."""
    mask = np.ones(y.shape, dtype=bool) if mask is None else mask
    shifted = o - o.value.max(axis=-1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return -(log_p[(*np.indices(y.shape), y)] * mask).sum() / mask.sum()


def _attend_graph(queries, memory, mask):
    """The formula once more, for nodes: row by row, and query by query."""
    rows = []
    for b in range(mask.shape[1]):
        m = memory[: mask[:, b].sum(), b]
        scores = np.exp(queries[:, b] @ m.T)
        rows.append(scores / scores.sum(axis=1, keepdims=True) @ m)
    return np.stack(rows, axis=1)


def main() -> int:
    """Print the table; return 1 if an error is above its limit."""
    form = "{:<24}{:<16}{:>14}{:>20}{:>14}".format
    print(
        form("function", "array", "complex step", "central difference", "reverse mode")
    )
    rows = [row for name, case in cases().items() for row in prove(name, case)]
    for row in rows:
        print(form(*row[:2], *(f"{error:.1e}" for error in row[2:])))
    worst = [np.max([row[i] for row in rows]) for i in (2, 3, 4)]
    print(form("worst", f"of {len(rows)}", *(f"{error:.1e}" for error in worst)))
    return 0 if all(error < limit for error, limit in zip(worst, LIMITS)) else 1


if __name__ == "__main__":
    sys.exit(main())
