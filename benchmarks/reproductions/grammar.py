"""The grammar of Reber (1967) and its embedded form: strings, and which symbols may come next."""

import numpy as np

SYMBOLS = "BTSXPVE"
ARCS = (  # state: {symbol: next state}; state 5 says E
    {"T": 1, "P": 2},
    {"S": 1, "X": 3},
    {"T": 2, "V": 4},
    {"X": 2, "S": 5},
    {"P": 3, "V": 5},
    {"E": 6},
    {},
)


def reber(rng: np.random.Generator) -> str:
    """Draw a string; where two symbols may follow, either has probability 1/2."""
    written, state = "B", 0
    while ARCS[state]:
        follow = list(ARCS[state])
        written += follow[rng.integers(len(follow))]
        state = ARCS[state][written[-1]]
    return written


def embedded(rng: np.random.Generator) -> str:
    """Draw a string whose second symbol, T or P, comes back as the last but one, with a string of ``reber`` between."""
    mark = "TP"[rng.integers(2)]
    return f"B{mark}{reber(rng)}{mark}E"


def follow_reber(string: str) -> list[set[str]]:
    """Return which symbols may follow each symbol of a string; an empty set ends the list at the first illegal one."""
    if string[:1] != "B":
        return [set()]
    legal, state = [set(ARCS[0])], 0
    for symbol in string[1:]:
        if symbol not in ARCS[state]:
            return [*legal, set()]
        state = ARCS[state][symbol]
        if ARCS[state]:
            legal.append(set(ARCS[state]))
    return legal


def follow_embedded(string: str) -> list[set[str]]:
    """Return which symbols may follow each symbol of a legal string of ``embedded``, all but the last."""
    mark, inner = string[1], string[2:-2]
    return [{"T", "P"}, {"B"}, *follow_reber(inner), {mark}, {"E"}]


def is_legal(string: str) -> bool:
    """Say whether the grammar of ``reber`` writes this string."""
    legal = follow_reber(string)
    return all(legal) and len(legal) == len(string) - 1 and string.endswith("E")


def encode(string: str) -> np.ndarray:
    """Return the ids 1..7 of a string's symbols; 0 is for padding."""
    return np.array([SYMBOLS.index(symbol) + 1 for symbol in string], dtype=int)
