"""Keep a tree of arrays and a few plain values in one file, so that a run can stop and go on."""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np

from rnnlib.tree import tree_leaves, tree_map

META = "json"


def save(path: str | Path, tree: Any, meta: dict[str, Any] | None = None) -> None:
    """Write the arrays of a tree under their dotted names, and ``meta`` as JSON, to one ``.npz`` file.

    The file is written beside its place and then renamed: whatever happens meanwhile, what lies there is a whole
    checkpoint, the old one or the new one.

    Parameters
    ----------
    tree : parameters, optimiser state, hidden state: anything made of tuples and arrays
    meta : what JSON can hold, such as the position in the data and ``rng.bit_generator.state``

    Raises
    ------
    TypeError
        If a leaf is not an array of numbers, or ``meta`` is not plain.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> folder = TemporaryDirectory()
    >>> save(folder.name + "/run.npz", (np.ones(2), np.zeros(3)), {"step": 7})
    >>> load(folder.name + "/run.npz", like=(np.empty(2), np.empty(3)))
    ((array([1., 1.]), array([0., 0., 0.])), {'step': 7})
    >>> folder.cleanup()
    """
    import tempfile  # here, so that importing the package stays cheap

    path = Path(path)
    arrays = {}
    for name, leaf in tree_leaves(tree):
        arrays["tree." + name] = np.asarray(leaf)
        if arrays["tree." + name].dtype.kind not in "biufc":
            raise TypeError(
                f"{name} must be an array of numbers; got {type(leaf).__name__}"
            )
    arrays[META] = np.frombuffer(json.dumps(meta or {}).encode(), dtype=np.uint8)
    handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            np.savez(file, **arrays)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def load(path: str | Path, *, like: Any) -> tuple[Any, dict[str, Any]]:
    """Read a checkpoint into a tree built like ``like``.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the file is broken, is no checkpoint, or holds other names, shapes or dtypes than ``like``.
    """
    from zipfile import BadZipFile

    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        meta = json.loads(arrays.pop(META).tobytes())
    except FileNotFoundError:
        raise
    except (
        OSError,
        ValueError,
        KeyError,
        EOFError,
        AttributeError,
        BadZipFile,
    ) as error:
        raise ValueError(
            f"{path} is not a whole checkpoint: {type(error).__name__}: {error}"
        ) from error
    wanted = {"tree." + name: np.asarray(leaf) for name, leaf in tree_leaves(like)}
    if wanted.keys() != arrays.keys():
        missing, extra = wanted.keys() - arrays.keys(), arrays.keys() - wanted.keys()
        raise ValueError(
            f"{path} must hold the arrays of like; missing {sorted(missing)}, not wanted {sorted(extra)}"
        )
    for name, leaf in wanted.items():
        got = arrays[name]
        if (got.shape, got.dtype) != (leaf.shape, leaf.dtype):
            raise ValueError(
                f"{path}: {name[5:]} must have shape {leaf.shape} and dtype {leaf.dtype}; "
                f"got {got.shape} and {got.dtype}"
            )
    values = iter(arrays[name] for name in wanted)

    def fill(leaf):
        value = next(values)
        return type(leaf)(value) if isinstance(leaf, int | float) else value

    return tree_map(fill, like), meta
