"""From a string to token ids and back: clean, split, number."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from rnnlib.tree import Array, Integer


def normalise(text: str, *, keep: str = "") -> str:
    """Lower the case and replace every run of anything but letters by one space.

    Letters are those of Unicode, so ``é`` stays; a script whose vowels are signs of their own, such as Devanagari,
    is torn apart. A space at either end of the result stays too: nothing is trimmed.

    Parameters
    ----------
    text : the text as read from a file
    keep : further characters to leave as they are, such as ``"'.,"``

    Raises
    ------
    ValueError
        If the text holds no letter at all.

    Examples
    --------
    >>> normalise("The gate -- it's 9 o'clock!")
    'the gate it s o clock '
    >>> normalise("The gate -- it's 9 o'clock!", keep="'")
    "the gate it's o'clock "
    """
    if not any(character.isalpha() for character in text):
        raise ValueError(
            f"text must hold at least one letter; got {text[:20]!r} ({len(text)} characters)"
        )
    composed = unicodedata.normalize(
        "NFC", text.lower()
    )  # e and its accent become one letter
    kept = (c if c.isalpha() or c in keep else " " for c in composed)
    return re.sub(" +", " ", "".join(kept))


def char_tokens(text: str) -> list[str]:
    """Split a text into its characters, spaces included.

    Examples
    --------
    >>> char_tokens("a cat")
    ['a', ' ', 'c', 'a', 't']
    """
    return list(text)


def word_tokens(text: str) -> list[str]:
    """Split a text at white space; the spaces themselves are dropped.

    Examples
    --------
    >>> word_tokens("the cat  sat ")
    ['the', 'cat', 'sat']
    """
    return text.split()


def merge_pair(tokens: Sequence[str], pair: tuple[str, str]) -> list[str]:
    """Join each occurrence of the pair, from left to right, into one token: a step of byte-pair encoding.

    Examples
    --------
    >>> merge_pair(["b", "a", "a", "a", "c"], ("a", "a"))
    ['b', 'aa', 'a', 'c']
    """
    merged, i = [], 0
    while i < len(tokens):
        if tuple(tokens[i : i + 2]) == tuple(pair):
            merged.append(tokens[i] + tokens[i + 1])
            i += 2
        else:
            merged.append(tokens[i])
            i += 1
    return merged


@dataclass(frozen=True)
class Vocab:
    """Hold the fixed, ordered set of tokens that a model knows; a token's id is its place in ``tokens``.

    Examples
    --------
    >>> vocab = Vocab.build(["the", "cat", "the", "hat"], reserved=("<unk>",))
    >>> vocab.tokens
    ('<unk>', 'the', 'cat', 'hat')
    >>> vocab.encode(["the", "dog"])
    array([1, 0])
    >>> vocab.decode([1, 2])
    ['the', 'cat']
    >>> len(vocab), "dog" in vocab
    (4, False)
    """

    tokens: tuple[str, ...]

    def __post_init__(self) -> None:
        _refuse_string(self.tokens)
        ids = {token: id_ for id_, token in enumerate(self.tokens)}
        if len(ids) != len(self.tokens):
            twice = [token for token, n in Counter(self.tokens).items() if n > 1]
            raise ValueError(f"tokens must all differ; got {twice[:5]} more than once")
        object.__setattr__(self, "_ids", ids)

    @classmethod
    def build(
        cls, tokens: Iterable[str], *, min_count: int = 1, reserved: Sequence[str] = ()
    ) -> "Vocab":
        """Collect the tokens that occur at least ``min_count`` times: reserved first, then by count, then by alphabet.

        Parameters
        ----------
        tokens : the training tokens, never those of the test
        min_count : rarer tokens are left out
        reserved : tokens with a job of their own, such as ``<pad>`` or ``<unk>``

        Raises
        ------
        ValueError
            If there are no tokens, or ``min_count`` is below 1.
        TypeError
            If ``tokens`` is one string instead of a list of tokens.
        """
        _refuse_string(tokens)
        if isinstance(reserved, str):
            raise TypeError(
                f"reserved must be a sequence of tokens, such as ({reserved!r},); got one string"
            )
        if min_count < 1:
            raise ValueError(f"min_count must be at least 1; got {min_count}")
        counts = Counter(tokens)
        if not counts:
            raise ValueError("tokens must not be empty; got no tokens")
        ranked = sorted(counts, key=lambda token: (-counts[token], token))
        kept = (
            token
            for token in ranked
            if counts[token] >= min_count and token not in reserved
        )
        tokens = (*reserved, *kept)
        if not tokens:
            raise ValueError(
                f"min_count must leave a token; got {min_count} for counts up to {max(counts.values())}"
            )
        return cls(tokens)

    def encode(self, tokens: Sequence[str]) -> Integer[Array, "T"]:
        """Replace each token by its id; an unknown one by the id of ``<unk>``.

        Raises
        ------
        KeyError
            If a token is unknown and the vocabulary has no ``<unk>``.
        TypeError
            If ``tokens`` is one string instead of a list of tokens.
        """
        _refuse_string(tokens)
        tokens = list(tokens)
        unknown = self._ids.get("<unk>")
        ids = [self._ids.get(token, unknown) for token in tokens]
        if None in ids:
            stranger = tokens[ids.index(None)]
            raise KeyError(
                f"token {stranger!r} is not among the {len(self)} tokens of this vocabulary, and it has no '<unk>'"
            )
        return np.array(ids, dtype=np.int64)

    def decode(self, ids: Sequence[int] | Integer[Array, "T"]) -> list[str]:
        """Replace each id by its token.

        Raises
        ------
        TypeError
            If the ids are not integers.
        ValueError
            If an id lies outside 0 .. len(self) - 1, or the ids are not one row.
        """
        array = np.asarray(ids)
        if array.size and not np.issubdtype(array.dtype, np.integer):
            raise TypeError(f"ids must be integers; got dtype {array.dtype}")
        if array.ndim != 1:
            raise ValueError(f"ids must have shape (T,); got {array.shape}")
        if array.size and not 0 <= array.min() <= array.max() < len(self):
            raise ValueError(
                f"ids must lie in 0..{len(self) - 1}; got {array.min()}..{array.max()}"
            )
        return [self.tokens[int(id_)] for id_ in array]

    def __len__(self) -> int:
        return len(self.tokens)

    def __contains__(self, token: object) -> bool:
        return token in self._ids


def _refuse_string(tokens: object) -> None:
    if isinstance(tokens, str):
        raise TypeError(
            "tokens must be a sequence of tokens; got one string: "
            "use char_tokens or word_tokens first"
        )
