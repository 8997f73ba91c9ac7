"""Time the rewrites of chapter 20 in turns, the causes one by one, and what a step's time is spent on.

python -m benchmarks.rewrites
"""

import numpy as np
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from benchmarks.paired import paired
from benchmarks.record import record
from benchmarks.recurrent_speed import VOCAB, fused_step, make, several
from rnnlib.rewrites import columns, one_product_each, rows, visible
from rnnlib.rnn import RNN

SHAPES = ((25, 1, 100), (35, 32, 128), (35, 32, 256))
BATCHES, WIDTHS, STEPS = (1, 4, 16, 64, 256), (32, 128, 512), 35
WRITTEN = {
    "columns": columns,
    "rows": rows,
    "visible": visible,
    "one product each": one_product_each,
}


def rewrites(T: int, B: int, H: int, dtype, rounds: int = 9) -> dict:
    """Time one step of each rewrite; ratios are over the fused step's time."""
    params, ids = make(RNN, T, B, H, dtype)
    steps = {"fused": fused_step(RNN, params, ids)}
    for name, written in WRITTEN.items():
        steps[name] = lambda f=written: f(params, ids[:-1], ids[1:])
    n = 20 if B == 1 else 1
    timed = paired({k: several(f, n) for k, f in steps.items()}, rounds=rounds)
    return {name: timed[name]["ratio"] for name in timed}


def causes(T: int = 35, B: int = 32, H: int = 128, V: int = VOCAB) -> dict:
    """Time one cause at a time, the way before over the way after; float32."""
    rng = np.random.default_rng(0)
    draw = lambda *shape: rng.normal(size=shape).astype(np.float32)  # noqa: E731
    n = T * B
    W, b, U, readout = draw(H, H), draw(H), draw(H, V), draw(V, H)
    W_T, table = np.ascontiguousarray(W.T), np.ascontiguousarray(U.T)
    h, da, o = draw(T, B, H), draw(T, B, H), draw(n, V)
    last = np.ascontiguousarray(h.transpose(2, 1, 0))  # (H, B, T)
    first = np.ascontiguousarray(last.transpose(2, 0, 1))  # (T, H, B)
    classes = np.ascontiguousarray(o.T)
    ids = rng.integers(V, size=n)
    hot = np.eye(V, dtype=np.float32)[ids]
    flat, rows_da = h.reshape(n, H), da.reshape(n, H)
    one, hundred, many = draw(1), draw(100), draw(B * H)
    buffer, out = np.empty((B, H), np.float32), np.empty_like(h)

    def weights_by_step():
        total = np.zeros((H, H), np.float32)
        for t in range(T):
            total = total + da[t].T @ h[t]
        return total

    def softmax(o, axis):
        e = np.exp(o - o.max(axis=axis, keepdims=True))
        return e / e.sum(axis=axis, keepdims=True)

    def at():
        out = np.zeros((V, H), np.float32)
        np.add.at(out, ids, rows_da)
        return out

    def new_arrays():
        for t in range(T):
            np.tanh(h[t] + da[t] + b)

    def old_arrays():
        for t in range(T):
            np.add(h[t], da[t], buffer)
            np.add(buffer, b, buffer)
            np.tanh(buffer, out[t])

    def hidden_by(weights):
        return lambda: [np.dot(h[t], weights, buffer) for t in range(T)]

    pairs = {
        "time on the last axis": (
            lambda: [W @ last[:, :, t] for t in range(T)],
            lambda: [W @ first[t] for t in range(T)],
        ),
        "weight gradient step by step": (weights_by_step, lambda: rows_da.T @ flat),
        "readout with three axes": (lambda: h @ readout.T, lambda: flat @ readout.T),
        "product with one-hot rows": (lambda: hot @ U.T, lambda: table.take(ids, 0)),
        "np.add.at": (at, lambda: rows_da.T @ hot),
        "maximum along the rows": (lambda: o.max(axis=1), lambda: classes.max(axis=0)),
        "softmax along the rows": (lambda: softmax(o, 1), lambda: softmax(classes, 0)),
        "new arrays, a step": (new_arrays, old_arrays),
        "new arrays, all steps": (
            lambda: 1 - h * h,
            lambda: np.subtract(1, np.multiply(h, h, out), out),
        ),
        "W transposed at each step": (hidden_by(W.T), hidden_by(W_T)),
        "100 numbers over 1": (
            lambda: [np.add(hundred, hundred) for _ in range(500)],
            lambda: [np.add(one, one) for _ in range(500)],
        ),
        "a batch of numbers over 1": (
            lambda: [np.add(many, many) for _ in range(500)],
            lambda: [np.add(one, one) for _ in range(500)],
        ),
    }
    found = {}
    for name, (before, after) in pairs.items():
        timed = paired(
            {"after": several(after, 20), "before": several(before, 20)}, rounds=9
        )
        found[name] = timed["before"]["ratio"]
    return found


def products(ids: np.ndarray, H: int):
    """Do the matrix products of a fused step and nothing else."""
    rng = np.random.default_rng(0)
    T, B, V = len(ids) - 1, ids.shape[1], VOCAB
    n = T * B
    draw = lambda *shape: rng.normal(size=shape).astype(np.float32)  # noqa: E731
    W, readout, h, da = draw(H, H), draw(V, H), draw(T, B, H), draw(T, B, H)
    o, hot, out, scratch = draw(V, n), draw(n, V), draw(n, H), draw(B, H)
    flat, rows_da, into = h.reshape(n, H), da.reshape(n, H), np.empty_like(o)

    def step():
        for t in range(T):
            np.dot(h[t], W, scratch)
        for t in range(T - 1):
            np.dot(da[t], W, scratch)
        np.dot(readout, flat.T, into)
        np.dot(o.T, readout, out)
        return o @ flat, rows_da.T @ flat, rows_da.T @ hot

    return step


def tanhs(T: int, B: int, H: int):
    """Take the tanh of a step's pre-activations and nothing else."""
    a = np.random.default_rng(0).normal(size=(T, B, H)).astype(np.float32)
    h = np.empty_like(a)
    pairs = list(zip(a, h))

    def step():
        for a_t, h_t in pairs:
            np.tanh(a_t, h_t)

    return step


def multiplications(T: int, B: int, H: int, V: int = VOCAB) -> int:
    """Count the multiplications in the products of a fused step."""
    return T * B * (2 * H * H + 3 * H * V) + (T - 1) * B * H * H


def split(B: int, H: int, rounds: int = 7) -> dict:
    """Share of the fused step's time in its products and its tanh; float32."""
    params, ids = make(RNN, STEPS, B, H, np.float32)
    n = min(max(1, round(1e6 / (STEPS * B * H))), 100)
    parts = {
        "fused": fused_step(RNN, params, ids),
        "products": products(ids, H),
        "tanh": tanhs(STEPS, B, H),
    }
    timed = paired({k: several(f, n) for k, f in parts.items()}, rounds=rounds)
    per_second = multiplications(STEPS, B, H) / (timed["products"]["seconds"] / n)
    return {
        "products": timed["products"]["ratio"],
        "tanh": timed["tanh"]["ratio"],
        "microseconds a token": float(
            f"{timed['fused']['seconds'] / n / (STEPS * B) * 1e6:.3g}"
        ),
        "billion multiplications a second": float(f"{per_second / 1e9:.3g}"),
    }


def main() -> None:
    with threadpool_limits(1):
        results = {
            "rewrites": {
                f"{np.dtype(dtype).name} T={T} B={B} H={H}": rewrites(T, B, H, dtype)
                for T, B, H in tqdm(SHAPES, desc="rewrites")
                for dtype in (np.float32, np.float64)
            },
            "causes": causes(),
            "split": {
                f"B={B} H={H}": split(B, H)
                for B in tqdm(BATCHES, desc="split")
                for H in WIDTHS
            },
            "steps": STEPS,
            "vocabulary": VOCAB,
        }
    record("rewrites", results, command="python -m benchmarks.rewrites")


if __name__ == "__main__":
    main()
