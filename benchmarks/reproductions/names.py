"""Karpathy (2022), makemore: pairs of letters in 32,033 first names.

Claim: relative frequencies of pairs pay 2.454 nats a symbol on the very names that were counted.
Protocol: one marker before and after each name; counted and scored on the same names; no chance is involved.
"""

from benchmarks.published_ngrams import names_bigrams
from benchmarks.reproductions.row import REACHED, Row, not_reached
from rnnlib.corpora import load_text

PUBLISHED = {"unsmoothed": 2.454014, "add-one": 2.454577}


def run() -> Row:
    ours = names_bigrams(load_text("names"))
    equal = all(ours[name] == value for name, value in PUBLISHED.items())
    return Row(
        paper="karpathy2022",
        chapter="part-1/smoothing",
        claim=(
            "Pairs of letters, counted in 32,033 names, pay about 2.454 nats for each symbol of the "
            "same names."
        ),
        lines=[
            (f"{name}, nats", f"{value:.6f}", f"{ours[name]:.6f}")
            for name, value in PUBLISHED.items()
        ],
        source="quoted at second hand, in double precision; not checked at source",
        setup=(
            f"{ours['bigrams']:,} pairs of {ours['symbols']} symbols, counted and scored on the same "
            "names."
        ),
        verdict=REACHED if equal else not_reached("the digits differ"),
    )
