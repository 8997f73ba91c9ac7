"""Logits, loss and their gradients for all tokens at once."""

import numpy as np

from rnnlib.fused.workspace import Workspace
from rnnlib.layers import ReadoutParams
from rnnlib.losses import checked_mask


def readout_loss_and_grads(h, y, mask, params: ReadoutParams, ws: Workspace):
    """Logits, loss and their gradients, a row for each class: the maximum over classes then runs along memory."""
    (V, H), n, dtype = params.V.shape, y.size, h.dtype
    rows = h[1:].reshape(n, H)
    o = ws.array("o", (V, n), dtype)
    np.dot(params.V, rows.T, o)
    o += params.b_y[:, None]
    o -= o.max(axis=0)
    places = y.ravel(), np.arange(n)
    true = o[places]
    np.exp(o, o)
    total = o.sum(axis=0)
    losses = np.log(total) - true
    o /= total  # the probabilities
    o[places] -= 1
    n_counted = dtype.type(n)
    if mask is not None:
        counted = checked_mask(mask, y.shape).ravel()
        n_counted = dtype.type(np.count_nonzero(counted))
        losses = np.where(counted, losses, 0)
        o *= counted
    o /= n_counted  # the gradient at the logits
    dh = ws.array("dh", (*y.shape, H), dtype)
    np.dot(o.T, params.V, dh.reshape(n, H))
    return losses.sum() / n_counted, dh, ReadoutParams(o @ rows, o.sum(axis=1))
