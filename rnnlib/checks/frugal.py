"""Arrays that notice a loop over their steps, for exercises that ask for whole arrays at once."""

import numpy as np


class LoopOverSteps(Exception):
    """More was done to an array than an answer without such a loop needs."""


class Frugal(np.ndarray):
    """An array whose copies may be read and reckoned with ``most`` times; the array itself bears any number.

    An answer gets copies of its arguments, so the limit holds for answers and not for the solution. An answer can get
    round it by making a plain array first; a learner who does that knows what was asked.
    """

    most: int
    purse: list[int] | None  # what is left, shared by a copy and all views of it

    def __array_finalize__(self, _parent) -> None:
        self.most, self.purse = 0, None

    def __deepcopy__(self, _memo) -> "Frugal":
        copied = frugal(self, self.most)
        copied.purse = [self.most]
        return copied

    def __getitem__(self, key):
        self.spend()
        view = np.asarray(self)[key]
        if self.purse is None or view.ndim == 0:
            return view
        view = frugal(view, self.most)
        view.purse = self.purse
        return view

    def __array_ufunc__(self, ufunc, method, *inputs, **settings):
        for item in inputs:
            if isinstance(item, Frugal):
                item.spend()
        return getattr(ufunc, method)(*map(_plain, inputs), **settings)

    def spend(self) -> None:
        """Take one from what is left."""
        if self.purse is None:
            return
        self.purse[0] -= 1
        if self.purse[0] < 0:
            raise LoopOverSteps(
                f"more than {self.most} uses of one array: that is a loop over the steps"
            )


def frugal(array: np.ndarray, most: int) -> Frugal:
    """Dress an array so that its copies may be used ``most`` times."""
    dressed = np.array(array).view(Frugal)
    dressed.most = most
    return dressed


def _plain(item):
    return np.asarray(item) if isinstance(item, Frugal) else item
