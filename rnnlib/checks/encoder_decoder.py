"""Exercises of chapter 16, Encoder and decoder."""

import numpy as np

from rnnlib.checks.core import Exercise
from rnnlib.checks.written_ways import (
    always_start,
    as_sets,
    beams,
    bridge_backward,
    clipped_matches,
    edit_distance,
    first_finished,
    greedy_each,
    misleading,
    never_stop,
    place_by_place,
    promising,
    read_at_end,
    too_few,
    too_many,
    tree,
    turn_round,
    unclipped,
    with_stop,
    without_borders,
    without_state,
    write_beam,
    write_greedy,
    writer,
)

_rng = np.random.default_rng(16)
_h, _lengths = _rng.normal(size=(6, 4, 3)), np.array([4, 6, 2, 5])
_long, _few = _rng.normal(size=(5, 2, 4)), np.array([3, 4])
_h_waiting = np.where(np.arange(6)[:, None, None] < _lengths[:, None], _h, 0)
_dx, _wide = _rng.normal(size=(5, 2, 7)), _rng.normal(size=(3, 4, 11))
_ids = _rng.permutation(24).reshape(6, 4) + 1
_ids = np.where(np.arange(6)[:, None] < _lengths, _ids, 0)
_rows = _rng.permutation(10).reshape(5, 2) + 3
_rows = np.where(np.arange(5)[:, None] < _few, _rows, 0)

GREEDY = {"a network": 17, "another": 1016, "a third": 64}
BEAMS = {"three beginnings": (1235, 3), "three, longer": (1834, 3), "four": (30, 4)}


EXERCISES: dict[str, Exercise] = {
    "read_at_end": Exercise(
        solution=read_at_end,
        cases={
            "six steps, four rows": (_h, _lengths),
            "two rows, none of full length": (_long, _few),
            "one row": (_h[:, :1], _lengths[:1]),
        },
        wrong={
            "that is the last step of the longest row: the others ended before": lambda h, lengths: (
                h[-1]
            ),
            "one step too late: a row of n steps has its last at n - 1": lambda h, lengths: (
                h[lengths % len(h), np.arange(len(lengths))]
            ),
            "one step too early": lambda h, lengths: h[
                lengths - 2, np.arange(len(lengths))
            ],
            "every row at every length: pair each length with its own row": lambda h, lengths: (
                h[lengths - 1]
            ),
            "the mean over the real steps: only the last one is wanted": lambda h, lengths: (
                np.array([h[:n, b].mean(axis=0) for b, n in enumerate(lengths)])
            ),
            "the shortest row's last step was taken for all": lambda h, lengths: h[
                lengths.min() - 1
            ],
            "that is the first step": lambda h, lengths: h[0],
        },
        hint="two index arrays side by side are paired: one says which step, the other which row.",
    ),
    "bridge_backward": Exercise(
        solution=bridge_backward,
        cases={
            "three numbers of the token, four of the context": (_dx, 3),
            "five and six": (_wide, 5),
            "one step": (_dx[:1], 4),
        },
        wrong={
            "that is the last step's share: every step read the context": lambda dx, n: (
                dx[-1, :, n:]
            ),
            "that is the first step's share: every step read the context": lambda dx, n: (
                dx[0, :, n:]
            ),
            "the mean over the steps: gradients of one thing used often are added": lambda dx, n: (
                dx[:, :, n:].mean(axis=0)
            ),
            "not added up over the steps: there is one context": lambda dx, n: dx[
                :, :, n:
            ],
            "that is the part of the token: the context stands behind it": lambda dx, n: (
                dx[:, :, :n].sum(axis=0)
            ),
            "added up over the rows: each row has its own context": lambda dx, n: dx[
                :, :, n:
            ].sum(axis=1),
            "the token's part is still there": lambda dx, n: dx.sum(axis=0),
        },
        hint="which columns of the input were the context, and at how many steps was it read?",
    ),
    "write_greedy": Exercise(
        solution=write_greedy,
        cases={
            "a made-up language": (tree, (), 0, 1, 9),
            **{name: (*writer(seed), 0, 1, 12) for name, seed in GREEDY.items()},
            "cut off after three": (*writer(GREEDY["another"]), 0, 1, 3),
        },
        wrong={
            "the start token is fed at every step: feed it what it wrote": always_start,
            "the state is not handed on": without_state,
            "the stop token was written too": with_stop,
            "it goes on after the stop token": never_stop,
            "the start token was written too": lambda step, state, start, stop, n: [
                start,
                *write_greedy(step, state, start, stop, n),
            ],
            "one step short of max_steps": lambda step, state, start, stop, n: (
                write_greedy(step, state, start, stop, n - 1)
            ),
            "it takes the least likely token": lambda step, state, start, stop, n: (
                write_greedy(
                    lambda token, s: (-(out := step(token, s))[0], out[1]),
                    state,
                    start,
                    stop,
                    n,
                )
            ),
        },
        hint="token and state both come back from each call; look at the token before you keep it.",
    ),
    "write_beam": Exercise(
        solution=write_beam,
        cases={
            "a made-up language": (tree, (), 0, 1, 9, 2),
            "two finished, and a promising beginning": (promising, (), 0, 1, 9, 2),
            "two finished, and a misleading one": (misleading, (), 0, 1, 9, 2),
            "cut off after one step": (promising, (), 0, 1, 1, 2),
            **{
                name: (*writer(seed), 0, 1, 12, width)
                for name, (seed, width) in BEAMS.items()
            },
            "width one": (*writer(GREEDY["a third"]), 0, 1, 12, 1),
        },
        wrong={
            "that is greedy: one beginning was kept, whatever the width": lambda step, state, start, stop, n, width: (
                write_greedy(step, state, start, stop, n)
            ),
            "the beginnings were ranked by their last token alone: add up the whole": lambda *arguments: (
                beams(*arguments, last=True)
            ),
            "a beginning goes on from another one's state: the state goes with its parent": lambda *arguments: (
                beams(*arguments, lost=True)
            ),
            "it took a beginning that had not stopped: that counts after max_steps only": lambda *arguments: (
                beams(*arguments, late=True)
            ),
            "it goes on when as many as the width are finished: there it should end": lambda *arguments: (
                beams(*arguments, endless=True)
            ),
            "what has not stopped after max_steps was thrown away: it counts as it is": lambda *arguments: (
                beams(*arguments, thrown=True)
            ),
            "the beam shrinks as targets finish: keep width grown ones at every step": lambda *arguments: (
                beams(*arguments, shrinking=True)
            ),
            "it returns the first target that was finished: a later one may be likelier": first_finished,
            "it chose the best log probability for each token: the likeliest whole is wanted": lambda *arguments: (
                beams(*arguments, power=1)
            ),
            "only the first token was tried several ways, and then it went on greedily": greedy_each,
        },
        hint="keep (log probability, ids, last token, state) of each beginning, and sort all grown ones together.",
    ),
    "edit_distance": Exercise(
        solution=edit_distance,
        cases={
            "two dates": ("1917-02-17", "1971-02-1"),
            "one letter in front": ("xharbour", "harbour"),
            "words": ("le chat noir".split(), "le grand chat est noir".split()),
            "nothing written": ("", "seven"),
            "a long and a short one": ("trente-trois", "trois"),
            "one letter replaced": ("boat", "goat"),
        },
        wrong={
            "place by place: one letter more in front, and every place is wrong": place_by_place,
            "a replacement was counted as two": lambda a, b: edit_distance(a, b, 2),
            "the border of the table is zero: to make n letters out of none takes n": without_borders,
            "places beyond the shorter text were not counted": lambda a, b: sum(
                x != y for x, y in zip(a, b)
            ),
            "insertions are free": lambda a, b: edit_distance(a, b, 1, 0),
            "only the lengths were compared": lambda a, b: abs(len(a) - len(b)),
            "that is the share: the number of edits is wanted": lambda a, b: (
                edit_distance(a, b) / len(b)
            ),
        },
        hint="d[i][j] from its three neighbours: one above, one to the left, one across.",
    ),
    "likelier_by": Exercise(
        solution=1.2,
        wrong={
            "that is the wrong way round: the likeliest over the greedy one": 1 / 1.2,
            "that is the first token alone": 0.4 / 0.6,
            "those are the log probabilities divided": float(
                np.log(0.36) / np.log(0.30)
            ),
            "the first token's probability is missing": 0.9 / 0.5,
            "that is the difference: how many times was asked": 0.06,
            "that is the probability of the likeliest": 0.36,
        },
        hint="multiply along each sentence to its end, find the largest product, and divide.",
        tolerance=5e-3,
    ),
    "clipped_matches": Exercise(
        solution=clipped_matches,
        cases={
            "the the the": ("the the the the".split(), "the cat on the mat".split(), 1),
            "pairs": (
                "il a mangé il a bu il a".split(),
                "il a bu et il a dormi".split(),
                2,
            ),
            "triples": (list("abcabcd"), list("babcdabc"), 3),
        },
        wrong={
            "not clipped: a gram may match only as often as the reference has it": unclipped,
            "each gram counted once: grams that are repeated count each time": as_sets,
            "the total is that of the reference: precision asks about what was written": lambda a, b, n: (
                clipped_matches(b, a, n)
            ),
            "single tokens were counted, whatever n": lambda a, b, n: (
                clipped_matches(a, b, 1) if n > 1 else [0, 0]
            ),
            "the total is the number of tokens, not of grams": lambda a, b, n: [
                clipped_matches(a, b, n)[0],
                len(a) if n > 1 else 0,
            ],
        },
        hint="two Counters, and for each gram the smaller of the two counts.",
    ),
    "turn_round": Exercise(
        solution=turn_round,
        cases={
            "six steps, four rows": (_ids, _lengths),
            "two rows, none of full length": (_rows, _few),
        },
        wrong={
            "the padding comes first now: turn each row up to its own length": lambda ids, lengths: (
                ids[::-1]
            ),
            "the rows have changed places: time is the first axis": lambda ids, lengths: (
                ids[:, ::-1]
            ),
            "one step too few was turned": too_few,
            "one step too many was turned: a padding came along": too_many,
            "every row was turned at the length of the shortest": lambda ids, lengths: (
                turn_round(ids, np.full_like(lengths, lengths.min()))
            ),
            "nothing was turned": lambda ids, lengths: ids,
        },
        hint="row b holds its real ids in ids[:lengths[b], b].",
    ),
}
