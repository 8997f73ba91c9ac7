"""Exercises of chapter 14, Sampling."""

import numpy as np

from rnnlib.checks import ways_to_draw as ways
from rnnlib.checks.core import Exercise

_rng = np.random.default_rng(14)

# Powers of one half, so that a uniform number can lie exactly on a boundary.
_exact = np.array([0.25, 0.125, 0.5, 0.125])
_never = np.array([0.0, 0.5, 0.0, 0.25, 0.25])
_five = np.array([0.11, 0.32, 0.07, 0.27, 0.23])
_one = np.array([0.9, 0.02, 0.05, 0.03])
_flat = np.array([0.21, 0.17, 0.23, 0.2, 0.19])

_logits = _rng.normal(size=(3, 5)) * 2
_large = _rng.normal(size=(2, 4)) * 900
_row = np.array([1.5, -0.5, 0.25, 2.0])

_sharp = np.log(np.array([0.04, 0.62, 0.1, 0.03, 0.21]))
_tied = np.log(np.array([0.1, 0.3, 0.2, 0.3, 0.1]))
_logged = np.log(np.array([0.13, 0.31, 0.06, 0.22, 0.28]))

_columns = np.array(
    [[4, 2, 7, 1], [3, 7, 5, 2], [7, 3, 2, 6], [5, 7, 1, 4], [7, 6, 3, 7]]
)
_loop = [3, 1, 4, 3, 1, 4, 3, 1, 4, 2]
_aaa = [5, 5, 5, 5, 5, 5, 2]
_fresh = [1, 2, 3, 4, 6, 5, 1, 7]


_noise = [_rng.random(5) for _ in range(12)]
_scores = [_rng.normal(size=5) * 1.5 for _ in range(12)]

EXERCISES = {
    "drawn": Exercise(
        solution=ways.drawn,
        cases={
            "u = 0.6": (_five, 0.6),
            "u = 0.95": (_five, 0.95),
            "u = 0.2, nearly equal": (_flat, 0.2),
            "u on a boundary": (_exact, 0.25),
            "u = 0, first token impossible": (_never, 0.0),
        },
        wrong={
            "at a boundary the token before it was taken: its sum must exceed u, not reach it": ways.at_the_sum,
            "that is the likeliest token, whatever u is": ways.likeliest,
            "each probability was compared with u by itself: add them up first": ways.each_alone,
            "that is a place in the ranking: the ruler is laid in the order of the tokens": ways.sorted_place,
            "one token too far": ways.one_too_far,
            "the last token whose sum is at most u: the next one owns the place": ways.one_before,
            "the ruler was read from its far end": ways.from_the_far_end,
        },
        hint="np.searchsorted(np.cumsum(p), u, side='right').",
    ),
    "tempered": Exercise(
        solution=ways.tempered,
        cases={
            "three rows at 0.5": (_logits, 0.5),
            "three rows at 2": (_logits, 2.0),
            "one row at 1.5": (_row, 1.5),
            "large logits at 0.7": (_large, 0.7),
        },
        wrong={
            "the logits were multiplied by the temperature: divide": ways.multiplied,
            "the probabilities were divided, and making them sum to 1 undid it": ways.unchanged,
            "the log probabilities were divided at the end, and no longer sum to 1": ways.divided_at_the_end,
            "those are probabilities; their logarithms were asked for": ways.probabilities,
            "those are the divided logits: they do not sum to 1 yet": ways.divided_only,
            "softmax was taken twice: the probabilities were divided and put into it again": ways.softmax_twice,
            "all rows together sum to 1: each row must": ways.over_all_rows,
            "large logits overflow: shift each row by its largest first": ways.overflowing,
            "large logits overflow in the sum: shift each row by its largest first": ways.overflowing_sum,
        },
        hint="log_softmax of o / temperature.",
    ),
    "top_p": Exercise(
        solution=ways.top_p,
        cases={
            "share 0.6": (_five, 0.6),
            "share 0.3, one is enough": (_five, 0.3),
            "share 0.75, exactly reached": (_exact, 0.75),
            "share 1": (_five, 1.0),
        },
        wrong={
            "the token with which the sum reaches the share was cut too": ways.never_reaching,
            "it stopped before the share: keep the token with which the sum reaches it": ways.stopping_before,
            "the token that takes the sum past the share was cut: without it too little is left": ways.not_past,
            "it stopped before the share, but for a first token that has it alone": ways.stopping_after_one,
            "one token too many was kept": ways.one_more_kept,
            "a sum exactly at the share is enough: one token too many was kept there": ways.reached_is_not_enough,
            "the sum was made to exceed the share: reaching it is enough": ways.must_exceed,
            "what is kept does not sum to 1": ways.uncut,
            "the tokens came out in the order of the ranking: each must keep its place": ways.in_ranking,
            "the sum ran over the tokens as they stand, not from the likeliest down": ways.as_they_stand,
            "the least likely tokens were kept": ways.rarest_nucleus,
            "nothing was cut": ways.nothing_cut,
        },
        hint="rank with np.argsort(-p); keep where np.cumsum(ranked) - ranked < share; divide by the sum.",
    ),
    "repeated_share": Exercise(
        solution=ways.repeated_share,
        cases={
            "a loop of three, n = 2": (_loop, 2),
            "one token again and again, n = 3": (_aaa, 3),
            "n = 1": (_fresh, 1),
            "a loop of three, n = 4": (_loop, 4),
        },
        wrong={
            "that is the share of different n-grams: take it from 1": ways.share_of_different,
            "the first of its kind was counted as well: it repeats nothing": ways.more_than_once,
            "that is a share of the different n-grams; divide by all of them": ways.types_repeated,
            "divided by the number of tokens: there are n - 1 fewer n-grams": ways.by_tokens,
            "the last n-gram is missing": ways.one_short,
            "only neighbours were compared: it may have come any time before": ways.just_before,
            "the n-grams were cut side by side: they overlap": ways.not_overlapping,
            "that is a number of n-grams; a share was asked for": ways.number_not_share,
        },
        hint="1 - (number of different n-grams) / (number of n-grams).",
    ),
    "expected_letters": Exercise(
        solution=19.0,
        wrong={
            "the end token was counted as a letter": 20.0,
            "that is the median: half of the texts are shorter": np.log(0.5)
            / np.log(0.95),
            "that is the half-life of the exponential; the mean was asked for": 20
            * np.log(2),
            "that is the probability of a letter": 0.95,
            "the first step can end the text too: one was taken off twice": 18.0,
            "that is one over the probability of a letter": 1 / 0.95,
            "that counts up to both ends of the text": 21.0,
        },
        hint="a step ends the text with probability 1/20: 20 steps on average, the last of them no letter.",
        tolerance=1e-3,
    ),
    "top_k": Exercise(
        solution=ways.top_k,
        cases={
            "k = 2": (_logged, 2),
            "k = 1": (_sharp, 1),
            "k = 1, two tied at the top": (_tied, 1),
            "k = 4": (_sharp, 4),
            "k = 5, all of them": (_logged, 5),
        },
        wrong={
            "what is kept does not sum to 1: normalise again": ways.kept_as_they_were,
            "a log probability of 0 is a probability of 1: what is cut needs minus infinity": ways.zeros,
            "one token too few was kept": ways.one_too_few,
            "one token too many was kept": ways.one_more_token,
            "the least likely tokens were kept": ways.rarest_k,
            "tied tokens were all kept: of those only the first has room": ways.all_tied,
            "of tied tokens the last was kept": ways.last_tied,
            "those are probabilities; their logarithms were asked for": ways.probabilities_k,
            "the first k tokens were kept, whatever their probability": ways.first_k,
        },
        hint="np.argsort(-log_p, kind='stable')[:k] are the places to keep; put -np.inf elsewhere; log_softmax.",
    ),
    "until_end": Exercise(
        solution=ways.until_end,
        cases={
            "four columns": (_columns, 7),
            "another end": (_columns, 3),
            "no column ends": (_columns, 9),
        },
        wrong={
            "the end token itself belongs to no text": ways.with_the_end,
            "the rows were cut: a text is a column": ways.rows_for_columns,
            "a column without an end came out empty: argmax of nothing True is 0": ways.none_is_zero,
            "cut at the last end, not at the first": ways.at_the_last_end,
            "the ends were taken out and the text went on behind them": ways.ends_taken_out,
            "a column without an end lost its last id": ways.last_lost,
            "those are the lengths; the ids were asked for": ways.lengths_only,
            "all columns were cut where the first of them ended": ways.all_alike,
        },
        hint="for each column of ids.T: as a list, up to row.index(end) if end is in it.",
    ),
    "drawn_at": Exercise(
        solution=ways.drawn_at,
        cases={
            "temperature 2, u = 0.7": (_five, 2.0, 0.7),
            "temperature 0.5, u = 0.2": (_five, 0.5, 0.2),
            "temperature 0.4, u = 0.97": (_five, 0.4, 0.97),
            "temperature 3, u = 0.23": (_exact, 3.0, 0.23),
            "temperature 0.25, u = 0.45": (_five, 0.25, 0.45),
            "one likely token, temperature 2": (_one, 2.0, 0.55),
        },
        wrong={
            "the probabilities are still divided, and their sum is not 1": ways.divided_still,
            "divided and made to sum to 1, the probabilities are what they were": ways.undone,
            "the power is right, but its sum is not 1: u must be scaled, or the sum": ways.power_only,
            "the power is right, but its sum is not 1, and u can lie beyond the last token": ways.power_unguarded,
            "the power is upside down: 1 over the temperature": ways.upside_down,
            "that is the likeliest token, whatever u is": ways.likeliest_at,
            "probabilities were put into softmax: their logarithms belong there": ways.softmax_of_p,
        },
        hint="weights p ** (1 / temperature), and u times the last cumulative sum.",
    ),
    "gumbel_max": Exercise(
        solution=ways.gumbel_max,
        cases={f"draw {n}": (o, u) for n, (o, u) in enumerate(zip(_scores, _noise), 1)},
        wrong={
            "the noise has the wrong sign: its large values must be the rare ones": ways.wrong_sign,
            "one logarithm is missing": ways.one_logarithm,
            "the uniform numbers were added as they are": ways.uniform_added,
            "that is the likeliest token: no noise, or the same for all; each needs its own": ways.no_noise,
            "the noise was added to probabilities: it belongs to logits": ways.noise_on_p,
            "that is the smallest place: take the largest": ways.smallest,
        },
        hint="np.argmax(o - np.log(-np.log(u))).",
    ),
}
