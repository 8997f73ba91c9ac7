"""The deep transition of ``deep_lags`` with layers that do not shrink, for chapter 17: python -m benchmarks.turned_lags

Same task, sizes, rates and seeds. Its square matrices are drawn orthogonal, so that before training no layer changes
the length of what it passes by more than its tanh does; there are no skip connections.
"""

import time

import numpy as np

from benchmarks.deep_lags import losses_of
from benchmarks.record import record
from rnnlib.model import lm_init
from rnnlib.tree import tree_map


def turned(cell, n_tokens, n_hidden, *, rng):
    """Draw as always; then put an orthogonal matrix in the place of each square one of the cell."""

    def turn(leaf):
        square = leaf.ndim == 2 and leaf.shape[0] == leaf.shape[1]
        return np.linalg.qr(rng.normal(size=leaf.shape))[0] if square else leaf

    params = lm_init(cell, n_tokens, n_hidden, rng=rng)
    return params._replace(cell=tree_map(turn, params.cell))


def main() -> None:
    began = time.process_time()
    found = {"loss": losses_of("transition of 3", turned)}
    found["seconds"] = round(time.process_time() - began)
    record("turned-lags", found, command="python -m benchmarks.turned_lags")


if __name__ == "__main__":
    main()
