"""Synthetic tasks: series whose law is known, sequences that ask for one ability, texts to rewrite."""

from rnnlib.tasks.rewriting import (
    dates,
    number_words,
    numbers,
)
from rnnlib.tasks.sequences import (
    Sequences,
    Tokens,
    adding,
    copy_memory,
    parity,
    temporal_order,
)
from rnnlib.tasks.series import (
    Level,
    Room,
    autoregressive,
    delayed_copy,
    drifting_level,
    heated_room,
    mackey_glass,
    random_walk,
)

__all__ = [
    "Level",
    "Room",
    "Sequences",
    "Tokens",
    "adding",
    "autoregressive",
    "copy_memory",
    "dates",
    "delayed_copy",
    "drifting_level",
    "heated_room",
    "mackey_glass",
    "number_words",
    "numbers",
    "parity",
    "random_walk",
    "temporal_order",
]
