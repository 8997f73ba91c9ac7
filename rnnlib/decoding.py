"""Write a target, token by token: the likeliest token at each step, or a beam of the likeliest beginnings."""

from operator import itemgetter
from typing import NamedTuple

import numpy as np

from rnnlib.batches import Padded
from rnnlib.rnn import check_sizes
from rnnlib.seq2seq import Context, Seq2Seq, Seq2SeqParams, decoder_step, encode
from rnnlib.tree import tree_map


class Hypothesis(NamedTuple):
    """A target written by a model, without start and stop token, and its log probability, the stop token's included."""

    ids: tuple[int, ...]
    log_p: float


def greedy_decode(
    model: Seq2Seq,
    params: Seq2SeqParams,
    source: Padded,
    *,
    start: int,
    stop: int,
    max_steps: int,
) -> list[Hypothesis]:
    """Write the likeliest token at each step, for every source, until the stop token or ``max_steps`` tokens.

    Raises
    ------
    ValueError
        If max_steps is below 1.

    Examples
    --------
    >>> from rnnlib.batches import pad
    >>> from rnnlib.gru import GRU
    >>> from rnnlib.seq2seq import seq2seq_init
    >>> model = Seq2Seq(GRU, GRU)
    >>> params = seq2seq_init(model, 9, 7, 4, rng=np.random.default_rng(0))
    >>> len(greedy_decode(model, params, pad([[1, 2], [3]]), start=0, stop=1, max_steps=5))
    2
    """
    check_sizes(max_steps=max_steps)
    context, _ = encode(model, params, source)
    n_rows = source.ids.shape[1]
    token, state = np.full(n_rows, start), context.state
    written, log_p = [[] for _ in range(n_rows)], np.zeros(n_rows)
    going = np.ones(n_rows, dtype=bool)
    for _ in range(max_steps):
        scores, state = decoder_step(model, params, context, token, state)
        token = scores.argmax(axis=1)
        log_p[going] += scores[going, token[going]]
        going = going & (token != stop)
        for row in np.flatnonzero(going):
            written[row].append(int(token[row]))
        if not going.any():
            break
    return [Hypothesis(tuple(ids), float(p)) for ids, p in zip(written, log_p)]


def beam_search(
    model: Seq2Seq,
    params: Seq2SeqParams,
    source: Padded,
    *,
    start: int,
    stop: int,
    max_steps: int,
    width: int,
    length_power: float = 0.0,
) -> list[Hypothesis]:
    """Keep the ``width`` likeliest beginnings at each step; return the finished targets of one source, the best first.

    Best is the highest log_p / n**length_power, with n the number of tokens, the stop token counted: with 0 the
    likeliest, with 1 the likeliest for each token. A beginning that has not stopped after ``max_steps`` tokens counts
    as finished there. A wider beam finds likelier targets, if not always better ones; width 1 is greedy.

    Raises
    ------
    ValueError
        If there is more than one source, or a size is below 1.
    """
    check_sizes(max_steps=max_steps, width=width)
    if source.ids.shape[1] != 1:
        raise ValueError(
            f"source must hold one row, shape (S, 1); got {source.ids.shape}"
        )
    context, _ = encode(model, params, source)
    alive, finished = [Hypothesis((), 0.0)], []
    token, state = np.array([start]), context.state
    for _ in range(max_steps):
        beside = _repeated(context, len(alive))
        log_p, state = decoder_step(model, params, beside, token, state)
        log_p = log_p + np.array([[beginning.log_p] for beginning in alive])
        best = np.argsort(-log_p, axis=None, kind="stable")[:width]
        parents, token = np.unravel_index(best, log_p.shape)
        grown = [
            Hypothesis(
                (*alive[parent].ids, int(last)) if last != stop else alive[parent].ids,
                float(log_p[parent, last]),
            )
            for parent, last in zip(parents, token)
        ]
        stopped = token == stop
        finished += [h for h, ends in zip(grown, stopped) if ends]
        alive = [h for h, ends in zip(grown, stopped) if not ends]
        if not alive or len(finished) >= width:
            alive = []
            break
        going = parents[~stopped]
        token, state = token[~stopped], tree_map(itemgetter(going), state)

    def score(hypothesis: Hypothesis) -> float:
        return hypothesis.log_p / (len(hypothesis.ids) + 1) ** length_power

    return sorted(finished + alive, key=score, reverse=True)


def _repeated(context: Context, n: int) -> Context:
    """Give each of n beginnings the same source; the states differ, and are kept elsewhere."""
    memory, mask = (np.repeat(part, n, axis=1) for part in context[:2])
    return context._replace(memory=memory, mask=mask)
