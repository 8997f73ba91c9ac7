"""Products with one-hot inputs, without the zeros: a look-up forwards, sums by token backwards."""

import numpy as np

from rnnlib.fused.workspace import Workspace


def gather(name, table, x, ws: Workspace):
    """Look up the rows of a table (V, K) for all tokens (T, B)."""
    out = ws.array(name, (*x.shape, table.shape[1]), table.dtype)
    return table.take(
        x, axis=0, out=out, mode="clip"
    )  # ids are checked; clip writes at once


def scatter(x, da, n_tokens):
    """Add up the rows of da (T * B, K) for each token: the gradient of a gather, (K, V)."""
    n, ids = x.size, x.ravel()
    if n_tokens <= 256:
        hot = np.zeros((n, n_tokens), da.dtype)
        hot[np.arange(n), ids] = 1
        return da.T @ hot
    order = np.argsort(ids, kind="stable")
    found, starts = np.unique(ids[order], return_index=True)
    out = np.zeros((n_tokens, da.shape[1]), da.dtype)
    out[found] = np.add.reduceat(da[order], starts, axis=0)
    return out.T
