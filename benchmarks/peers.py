"""Other ways to take the same training step: PyTorch's layers, a loop in PyTorch, the loops of older teaching code.

Each returns a function without arguments that does a forward pass, cross-entropy and all parameter gradients, and
leaves out the optimiser. All work on the same token ids; only shapes and numbers of operations are meant to be equal.
"""

from collections.abc import Callable

import numpy as np

Ids = np.ndarray


def torch_layer(kind: str, ids: Ids, n_hidden: int, vocab_size: int, dtype) -> Callable:
    """Take the step with ``torch.nn.RNN``, ``LSTM`` or ``GRU`` and a linear readout."""
    import torch

    torch.set_num_threads(1)
    dtype = getattr(torch, np.dtype(dtype).name)
    net = getattr(torch.nn, kind)(vocab_size, n_hidden).to(dtype)
    readout = torch.nn.Linear(n_hidden, vocab_size).to(dtype)
    x, y = torch.tensor(ids[:-1]), torch.tensor(ids[1:]).reshape(-1)
    one_hot = torch.eye(vocab_size, dtype=dtype)
    parameters = [*net.parameters(), *readout.parameters()]

    def step():
        for parameter in parameters:
            parameter.grad = None
        h, _ = net(one_hot[x])
        o = readout(h).reshape(-1, vocab_size)
        torch.nn.functional.cross_entropy(o, y).backward()

    return step


def torch_loop(ids: Ids, n_hidden: int, vocab_size: int, dtype) -> Callable:
    """Take the step with a loop over time in PyTorch, one cell after the other."""
    import torch

    torch.set_num_threads(1)
    dtype = getattr(torch, np.dtype(dtype).name)
    shapes = {
        "U": (vocab_size, n_hidden),
        "W": (n_hidden, n_hidden),
        "b_h": (n_hidden,),
        "V": (n_hidden, vocab_size),
        "b_y": (vocab_size,),
    }
    p = {
        name: torch.randn(shape, dtype=dtype).mul_(0.05).requires_grad_()
        for name, shape in shapes.items()
    }
    x, y = torch.tensor(ids[:-1]), torch.tensor(ids[1:])

    def step():
        for parameter in p.values():
            parameter.grad = None
        h = torch.zeros((ids.shape[1], n_hidden), dtype=dtype)
        states = []
        for x_t in x:
            h = torch.tanh(p["U"][x_t] + h @ p["W"] + p["b_h"])
            states.append(h)
        o = torch.stack(states) @ p["V"] + p["b_y"]
        flat = o.reshape(-1, vocab_size)
        torch.nn.functional.cross_entropy(flat, y.reshape(-1)).backward()

    return step


def column_at_a_time(ids: Ids, n_hidden: int, vocab_size: int, dtype) -> Callable:
    """Take the step with column vectors, one sequence and dictionaries of steps: the classic small loop."""
    rng = np.random.default_rng(0)
    draw = lambda *shape: (0.05 * rng.normal(size=shape)).astype(dtype)  # noqa: E731
    U, W, V = (
        draw(n_hidden, vocab_size),
        draw(n_hidden, n_hidden),
        draw(vocab_size, n_hidden),
    )
    b_h, b_y = draw(n_hidden, 1), draw(vocab_size, 1)
    inputs, targets = ids[:-1, 0].tolist(), ids[1:, 0].tolist()

    def step():
        xs, hs, ps = {}, {-1: np.zeros((n_hidden, 1), dtype)}, {}
        loss = 0.0
        for t, token in enumerate(inputs):
            xs[t] = np.zeros((vocab_size, 1), dtype)
            xs[t][token] = 1
            hs[t] = np.tanh(U @ xs[t] + W @ hs[t - 1] + b_h)
            o = V @ hs[t] + b_y
            ps[t] = np.exp(o) / np.sum(np.exp(o))
            loss -= np.log(ps[t][targets[t], 0])
        dU, dW, dV = np.zeros_like(U), np.zeros_like(W), np.zeros_like(V)
        db_h, db_y = np.zeros_like(b_h), np.zeros_like(b_y)
        dh_next = np.zeros_like(hs[0])
        for t in reversed(range(len(inputs))):
            do = ps[t].copy()
            do[targets[t]] -= 1
            dV += do @ hs[t].T
            db_y += do
            da = (1 - hs[t] * hs[t]) * (V.T @ do + dh_next)
            db_h += da
            dU += da @ xs[t].T
            dW += da @ hs[t - 1].T
            dh_next = W.T @ da
        return loss

    return step


def dictionary_caches(ids: Ids, n_hidden: int, vocab_size: int, dtype) -> Callable:
    """Take the step with arrays (features, batch, time) and a dictionary for each step, as courses in columns do.

    Like theirs, its way back computes the gradient at the inputs too, which a model of tokens does not need.
    """
    rng = np.random.default_rng(0)
    draw = lambda *shape: (0.05 * rng.normal(size=shape)).astype(dtype)  # noqa: E731
    p = {
        "Wax": draw(n_hidden, vocab_size),
        "Waa": draw(n_hidden, n_hidden),
        "Wya": draw(vocab_size, n_hidden),
        "ba": draw(n_hidden, 1),
        "by": draw(vocab_size, 1),
    }
    x = np.ascontiguousarray(
        np.eye(vocab_size, dtype=dtype)[ids[:-1]].transpose(2, 1, 0)
    )
    y = ids[1:]
    m, T = x.shape[1:]

    def cell(x_t, a_prev):
        a = np.tanh(p["Wax"] @ x_t + p["Waa"] @ a_prev + p["ba"])
        o = p["Wya"] @ a + p["by"]
        e = np.exp(o - o.max(axis=0))
        return a, e / e.sum(axis=0), {"a": a, "a_prev": a_prev, "x": x_t}

    def cell_backward(da, cache):
        dz = (1 - cache["a"] ** 2) * da
        return {
            "dx": p["Wax"].T @ dz,
            "da_prev": p["Waa"].T @ dz,
            "dWax": dz @ cache["x"].T,
            "dWaa": dz @ cache["a_prev"].T,
            "dba": dz.sum(axis=1, keepdims=True),
        }

    def step():
        a_prev, caches = np.zeros((n_hidden, m), dtype), []
        p_hat = np.zeros((vocab_size, m, T), dtype)
        a = np.zeros((n_hidden, m, T), dtype)
        for t in range(T):
            a_prev, p_hat[:, :, t], cache = cell(x[:, :, t], a_prev)
            a[:, :, t] = a_prev
            caches.append(cache)
        grads = {f"d{name}": np.zeros_like(value) for name, value in p.items()}
        grads["dx"] = np.zeros_like(x)
        da_next = np.zeros((n_hidden, m), dtype)
        for t in reversed(range(T)):
            do = p_hat[:, :, t].copy()
            do[y[t], np.arange(m)] -= 1
            do /= dtype(m * T)
            grads["dWya"] += do @ a[:, :, t].T
            grads["dby"] += do.sum(axis=1, keepdims=True)
            found = cell_backward(p["Wya"].T @ do + da_next, caches[t])
            grads["dx"][:, :, t], da_next = found["dx"], found["da_prev"]
            for name in ("dWax", "dWaa", "dba"):
                grads[name] += found[name]
        return grads

    return step


def products_and_tanh(ids: Ids, n_hidden: int, vocab_size: int, dtype) -> Callable:
    """Do the matrix products and the tanh of a step and nothing else: what no NumPy code can go below."""
    rng = np.random.default_rng(0)
    T, B = ids.shape[0] - 1, ids.shape[1]
    H, V, n = n_hidden, vocab_size, T * B
    W, readout = (
        rng.normal(size=(H, H)).astype(dtype),
        rng.normal(size=(V, H)).astype(dtype),
    )
    h, a = rng.normal(size=(n, H)).astype(dtype), rng.normal(size=(B, H)).astype(dtype)
    do, hot = (
        rng.normal(size=(V, n)).astype(dtype),
        rng.normal(size=(n, V)).astype(dtype),
    )
    out = {"a": a.copy(), "o": do.copy(), "dh": h.copy()}

    def step():
        for _ in range(T):
            np.dot(a, W, out["a"])
            np.tanh(out["a"], out["a"])
            np.dot(a, W, out["a"])
        np.dot(readout, h.T, out["o"])
        np.dot(do.T, readout, out["dh"])
        return do @ h, h.T @ h, h.T @ hot

    return step
