"""Buffers that are made once and used again at every step of a training run."""

from typing import Any

import numpy as np


class Workspace:
    """Buffers by name, made when first asked for, and made again when shape or dtype change.

    One workspace serves one training run; it grows to some T * B * (4 H + V) numbers.
    """

    def __init__(self) -> None:
        self._buffers: dict[str, np.ndarray] = {}
        self._steps: dict[tuple, list[np.ndarray]] = {}

    def array(self, name: str, shape: tuple[int, ...], dtype: Any) -> np.ndarray:
        """Return a buffer; what it holds is left from the last use."""
        kept = self._buffers.get(name)
        if kept is None or kept.shape != shape or kept.dtype != dtype:
            self._buffers[name] = np.empty(shape, dtype)
            self._steps = {key: v for key, v in self._steps.items() if key[0] != name}
        return self._buffers[name]

    def steps(
        self, name: str, first: int = 0, last: int | None = None
    ) -> list[np.ndarray]:
        """Return the views of a buffer's steps, or of some of their columns, made once."""
        key = name, first, last
        if key not in self._steps:
            self._steps[key] = [step[:, first:last] for step in self._buffers[name]]
        return self._steps[key]
