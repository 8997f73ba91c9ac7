"""Counting models: n-grams of all orders, smoothed."""

from rnnlib.ngram.counts import Level, NgramCounts, count_ngrams, left_neighbours
from rnnlib.ngram.model import NgramModel
from rnnlib.ngram.smoothing import (
    Seen,
    Smoother,
    absolute_discount,
    add_k,
    interpolated,
    kneser_ney,
    mle,
    witten_bell,
)

__all__ = [
    "Level",
    "NgramCounts",
    "NgramModel",
    "Seen",
    "Smoother",
    "absolute_discount",
    "add_k",
    "count_ngrams",
    "interpolated",
    "kneser_ney",
    "left_neighbours",
    "mle",
    "witten_bell",
]
