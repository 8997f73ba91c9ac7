"""The course's data: what ships with the package, and what is downloaded once and checked."""

import csv
import hashlib
import os
import re
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import numpy as np

from rnnlib.tree import Array, Float, Integer

SPLITS = ("train", "validation", "test")


class Download(NamedTuple):
    """Where a text lies, what its bytes must hash to, and the part of it that is the text itself."""

    about: str
    file: str
    url: str
    sha256: str
    start: str = ""
    end: str = ""


class Series(NamedTuple):
    """A yearly series: ``year`` (T,) whole numbers and ``value`` (T,)."""

    year: Integer[Array, "T"]
    value: Float[Array, "T"]


SHIPPED = {
    "tales": "short original tales of a harbour town, public domain (text)",
    "pairs": "original English-French sentence pairs, public domain (pairs)",
    "sunspots": "yearly sunspot number, 1700-2008 (series)",
}
_RAW = "https://raw.githubusercontent.com/"
DOWNLOADS = {
    "time-machine": Download(
        "H. G. Wells, The Time Machine, 1895 (text)",
        "time-machine-gutenberg.txt",
        _RAW
        + "zackchase/mxnet-the-straight-dope/249cb446a8d0d711c5ca7128ffd68d91fc2e381b/data/nlp/timemachine.txt",
        "d8b212a688e074a31191e6d2db2c5a4728696bb09cefd90ac769552b048d4d2b",
        start="The Time Machine, by H. G. Wells [1898]",
        end="End of Project Gutenberg",
    ),
    "names": Download(
        "32,033 first names, one a line (text)",
        "names.txt",
        _RAW + "karpathy/makemore/988aa59e4d8fefa526d06f3b453ad116258398d4/names.txt",
        "0a30b5557f192f32ab962680889aac5f6fda0f4cecf40a6d0b5694f58ea8cc4d",
    ),
    "tiny-shakespeare": Download(
        "1,115,394 characters of Shakespeare's plays (text)",
        "tinyshakespeare.txt",
        _RAW
        + "karpathy/char-rnn/6f9487a6fe5b420b7ca9afb0d7c078e37c1d1b4e/data/tinyshakespeare/input.txt",
        "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
    ),
}


def available() -> dict[str, str]:
    """List what can be loaded: name to a line about it, what ships first.

    Examples
    --------
    >>> list(available())
    ['tales', 'pairs', 'sunspots', 'time-machine', 'names', 'tiny-shakespeare']
    """
    return SHIPPED | {
        name: f"{item.about}, downloaded" for name, item in DOWNLOADS.items()
    }


def load_text(name: str) -> str:
    """Load a text: the shipped tales at once, the others after one verified download.

    The Time Machine comes without the publisher's header and licence. A folder named by the environment variable
    ``RNNLIB_DATA`` is looked in first; a downloaded file is kept in the user's cache.

    Raises
    ------
    KeyError
        If there is no text of that name.
    FileNotFoundError
        If it has to be downloaded and cannot be; the message says where it comes from and where to put it.
    ValueError
        If the file's SHA-256 is not the expected one.

    Examples
    --------
    >>> load_text("tales")[:16]
    'Sheep in the Fog'
    """
    if name == "tales":
        return _shipped("tales.txt")
    if name not in DOWNLOADS:
        raise KeyError(f"name must be one of {['tales', *DOWNLOADS]}; got {name!r}")
    item = DOWNLOADS[name]
    text = _fetch(item).read_text(encoding="utf-8")
    start = text.index(item.start)
    return text[start : text.index(item.end, start)] if item.end else text


def load_tales(split: str) -> str:
    """Load the tales of one split: the last tenth is the test, the tenth before it the validation text.

    Raises
    ------
    ValueError
        If ``split`` is not train, validation or test.

    Examples
    --------
    >>> load_tales("train") + load_tales("validation") + load_tales("test") == load_text("tales")
    True
    """
    _check_split(split)
    tales = re.split(r"(?<=\n\n\n)", load_text("tales"))
    tenth = len(tales) // 10
    ends = {
        "train": (0, -2 * tenth),
        "validation": (-2 * tenth, -tenth),
        "test": (-tenth, None),
    }
    return "".join(tales[slice(*ends[split])])


def load_pairs(split: str) -> list[tuple[str, str]]:
    """Load the English-French sentence pairs of one split.

    Raises
    ------
    ValueError
        If ``split`` is not train, validation or test.

    Examples
    --------
    >>> all(len(pair) == 2 for pair in load_pairs("test"))
    True
    """
    _check_split(split)
    rows = csv.DictReader(
        _shipped("pairs.tsv").splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE
    )
    return [(row["english"], row["french"]) for row in rows if row["split"] == split]


def load_series(name: str) -> Series:
    """Load a yearly series.

    Raises
    ------
    KeyError
        If there is no series of that name.

    Examples
    --------
    >>> sunspots = load_series("sunspots")
    >>> sunspots.year[[0, -1]], sunspots.value[:3]
    (array([1700, 2008]), array([ 5., 11., 16.]))
    """
    if name != "sunspots":
        raise KeyError(f"name must be 'sunspots'; got {name!r}")
    table = np.array(
        [line.split(",") for line in _shipped("sunspots.csv").split()[1:]], dtype=float
    )
    return Series(table[:, 0].astype(np.int64), table[:, 1].copy())


def _check_split(split: str) -> None:
    if split not in SPLITS:
        raise ValueError(f"split must be one of {list(SPLITS)}; got {split!r}")


def _shipped(file: str) -> str:
    return (files("rnnlib") / "data" / file).read_text(encoding="utf-8")


def _fetch(item: Download) -> Path:
    """Return the path of a verified copy: from RNNLIB_DATA, the cache, or the network, in this order."""
    own = os.environ.get("RNNLIB_DATA")
    if own and (Path(own) / item.file).exists():
        path = Path(own) / item.file
        found = hashlib.sha256(path.read_bytes()).hexdigest()
        if found != item.sha256:
            raise ValueError(f"{path} must have SHA-256 {item.sha256}; got {found}")
        return path
    try:
        import pooch
    except ImportError as error:
        raise ImportError(
            "downloading needs pooch and tqdm: pip install 'rnnlib[data]'"
        ) from error
    cache = Path(os.environ.get("RNNLIB_CACHE") or pooch.os_cache("rnnlib"))
    fetched = cache / item.file
    log = pooch.get_logger()
    level = log.level
    log.setLevel("WARNING")  # the progress bar says enough
    try:
        progress = not fetched.exists()
        return Path(
            pooch.retrieve(
                item.url,
                f"sha256:{item.sha256}",
                item.file,
                cache,
                progressbar=progress,
            )
        )
    except ValueError as error:
        raise ValueError(
            f"what came from {item.url} is not the expected file: {error}"
        ) from error
    except OSError as error:  # requests' errors are OSErrors
        raise FileNotFoundError(
            f"{item.file} is neither in RNNLIB_DATA ({own or 'not set'}) nor in {cache}, and {item.url} cannot "
            f"be brought there ({type(error).__name__}). Download it elsewhere and place it at {fetched}, "
            "or in a folder that RNNLIB_DATA names."
        ) from error
    finally:
        log.setLevel(level)
