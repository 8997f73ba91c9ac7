"""Yule (1927), "On a Method of Investigating Periodicities in Disturbed Series": two weights for the sunspots.

Claim: the yearly sunspot number is well described by a weighted sum of its last two values and chance.
Protocol: least squares on the years 1749-1924, after taking the mean away; no chance is involved.
"""

from benchmarks.reproductions.row import REACHED, Row, not_reached
from rnnlib.autoregression import fit_ar
from rnnlib.corpora import load_series

PUBLISHED = 1.34254, -0.65504


def run() -> Row:
    year, x = load_series("sunspots")
    x = x[(year >= 1749) & (year <= 1924)]
    ours = fit_ar(x - x.mean(), 2).lags
    near = abs(ours - PUBLISHED).max() < 0.01
    return Row(
        paper="yule1927",
        chapter="part-1/sequences",
        claim="The sunspot number of a year is a weighted sum of the two years before it, and chance.",
        lines=[
            (
                f"weight of the value {'one year' if k == 0 else 'two years'} before",
                f"{p:.5f}",
                f"{o:.5f}",
            )
            for k, (p, o) in enumerate(zip(PUBLISHED, ours))
        ],
        source="quoted in later literature; not checked at source",
        setup=(
            "Least squares, 1749 to 1924, mean taken away. The sunspot numbers have been revised since "
            "1927."
        ),
        verdict=REACHED
        if near
        else not_reached("the weights differ by more than 0.01"),
    )
