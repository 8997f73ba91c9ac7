"""Encoder and decoder: read a sequence, keep a context, write a sequence of another length."""

from typing import Any, NamedTuple

import numpy as np

from rnnlib.attention import attend, attend_backward
from rnnlib.batches import Padded
from rnnlib.bptt import Cell, unroll_backward, unroll_forward
from rnnlib.layers import (
    ReadoutParams,
    embed_backward,
    embed_forward,
    readout_backward,
    readout_forward,
    readout_init,
)
from rnnlib.losses import cross_entropy, log_softmax
from rnnlib.rnn import check_sizes
from rnnlib.stacking.sequences import recurrent
from rnnlib.tree import Array, Bool, Inexact, Integer, tree_leaves

INJECTIONS = "state", "every step", "attention"


class Seq2Seq(NamedTuple):
    """The two cells, and how the decoder learns of the source.

    ``inject`` is "state": the encoder's final state is the decoder's first (Sutskever et al. 2014); "every step": the
    encoder's last output stands beside the input of each decoder step, and the decoder starts from zeros (after Cho et
    al. 2014); or "attention": as "state", and each decoder step also sees a weighted mean of all encoder outputs.
    """

    encoder: Cell
    decoder: Cell
    inject: str = "state"


class Seq2SeqParams(NamedTuple):
    """The embeddings ``source`` and ``target`` (V, D), a row for each token, the two cells, and the readout."""

    source: Inexact[Array, "V D"]
    target: Inexact[Array, "V D"]
    encoder: Any
    decoder: Any
    readout: ReadoutParams


class Context(NamedTuple):
    """What the decoder is given: all encoder outputs ``memory`` (S, B, H), ``mask`` (S, B), True at real steps, and the
    ``state`` to start from."""

    memory: Inexact[Array, "S B H"]
    mask: Bool[Array, "S B"]
    state: Any


class Seq2SeqCache(NamedTuple):
    """What the way back needs."""

    model: Seq2Seq
    context: Context
    encoder: tuple
    decoder: tuple
    do: Inexact[Array, "T B V"]


def seq2seq_init(
    model: Seq2Seq,
    n_source: int,
    n_target: int,
    n_hidden: int,
    *,
    rng: np.random.Generator,
    n_embed: int | None = None,
) -> Seq2SeqParams:
    """Draw the parameters for vocabularies of ``n_source`` and ``n_target`` tokens; n_embed is n_hidden when left out.

    Raises
    ------
    ValueError
        If ``inject`` is none of the three, or a size is below 1.

    Examples
    --------
    >>> from rnnlib.gru import GRU
    >>> params = seq2seq_init(Seq2Seq(GRU, GRU), 9, 7, 4, rng=np.random.default_rng(0))
    >>> params.source.shape, params.readout.V.shape
    ((9, 4), (7, 4))
    """
    n_embed = n_hidden if n_embed is None else n_embed
    check_sizes(n_source=n_source, n_target=n_target, n_embed=n_embed)
    if model.inject not in INJECTIONS:
        raise ValueError(f"inject must be one of {INJECTIONS}; got {model.inject!r}")
    beside = n_hidden if model.inject == "every step" else 0
    read = 2 * n_hidden if model.inject == "attention" else n_hidden
    return Seq2SeqParams(
        rng.normal(size=(n_source, n_embed)),
        rng.normal(size=(n_target, n_embed)),
        model.encoder.init(n_embed, n_hidden, rng=rng),
        model.decoder.init(n_embed + beside, n_hidden, rng=rng),
        readout_init(read, n_target, rng=rng),
    )


def seq2seq_loss(
    model: Seq2Seq, params: Seq2SeqParams, source: Padded, target: Padded
) -> tuple[np.inexact, Seq2SeqCache]:
    """Predict each target token from the source and the true tokens before it; return the mean loss in nats per token.

    Each row of ``target`` begins with a start token, which is only read, and ends with a stop token, which is only
    predicted. Padding counts neither in the sum nor in the number of tokens.

    Raises
    ------
    TypeError
        If ids are not whole numbers.
    ValueError
        If the numbers of rows differ, a target holds fewer than two tokens, or an id lies outside its vocabulary.
    """
    _check_rows(source, target)
    context, encoder = encode(model, params, source)
    x, embedded = embed_forward(target.ids[:-1], params.target)
    x = _with_context(model, x, context)
    h, _, steps = unroll_forward(model.decoder, x, context.state, params.decoder)
    o, readout = _read(model, params, h, context)
    loss, do = cross_entropy(o, target.ids[1:], target.mask[1:])
    return loss, Seq2SeqCache(model, context, encoder, (embedded, steps, *readout), do)


def seq2seq_backward(cache: Seq2SeqCache) -> Seq2SeqParams:
    """Return the gradients of ``seq2seq_loss``: they enter the encoder through what it handed to the decoder."""
    model, context, (words, layer), (embedded, steps, attended, readout), do = cache
    D, memory = embedded[1].shape[1], context.memory
    dmemory = np.zeros_like(memory)
    dh, dreadout = readout_backward(do, readout)
    if model.inject == "attention":
        dh, dc = np.split(dh, 2, axis=2)
        dq, dmemory = attend_backward(dc, attended)
        dh = dh + dq
    dx, dstate, ddecoder = unroll_backward(model.decoder, dh, None, steps)
    dtarget = embed_backward(dx[:, :, :D], embedded)
    if model.inject == "every step":  # each step read the same vector; zeros came first
        dmemory[_last(context)] = dx[:, :, D:].sum(axis=0)
        dstate = None
    dx, _, dencoder = recurrent(model.encoder).backward(dmemory, dstate, layer)
    dsource = embed_backward(dx, words)
    return Seq2SeqParams(dsource, dtarget, dencoder, ddecoder, dreadout)


def encode(
    model: Seq2Seq, params: Seq2SeqParams, source: Padded
) -> tuple[Context, tuple]:
    """Read each source up to its true length; return what the decoder is given, and the cache."""
    layer, n_rows = recurrent(model.encoder), source.ids.shape[1]
    x, embedded = embed_forward(source.ids, params.source)
    state = layer.zero_state(n_rows, params.encoder)
    memory, state, cache = layer.forward(x, state, params.encoder, source.mask)
    zeros = model.decoder.zero_state(n_rows, params.decoder)
    if model.inject == "every step":
        state = zeros
    elif _shapes(state) != _shapes(zeros):
        raise ValueError(
            f"the decoder starts from the encoder's state, which must have {_shapes(zeros)}; got {_shapes(state)}"
        )
    return Context(memory, source.mask, state), (embedded, cache)


def decoder_step(
    model: Seq2Seq,
    params: Seq2SeqParams,
    context: Context,
    token: Integer[Array, "B"],
    state: Any,
) -> tuple[Inexact[Array, "B V"], Any]:
    """Read one token; return the log probabilities of the next, and the new state."""
    x = _with_context(model, embed_forward(token[None], params.target)[0], context)
    h_t, state, _ = model.decoder.forward(x[0], state, params.decoder)
    o, _ = _read(model, params, h_t[None], context)
    return log_softmax(o[0]), state


def _with_context(model: Seq2Seq, x, context: Context):
    if model.inject != "every step":
        return x
    last = context.memory[_last(context)]
    beside = np.broadcast_to(last, (len(x), *last.shape))
    return np.concatenate([x, beside], axis=2)


def _read(model: Seq2Seq, params: Seq2SeqParams, h, context: Context):
    attended = None
    if model.inject == "attention":
        seen, _, attended = attend(h, context.memory, context.mask)
        h = np.concatenate([h, seen], axis=2)
    o, readout = readout_forward(h, params.readout)
    return o, (attended, readout)


def _shapes(state: Any) -> list[tuple[str, tuple[int, ...]]]:
    return [(name, leaf.shape) for name, leaf in tree_leaves(state, "state")]


def _last(context: Context) -> tuple:
    """Index the encoder's output at the true last step of each row."""
    lengths = context.mask.sum(axis=0)
    return lengths - 1, np.arange(len(lengths))


def _check_rows(source: Padded, target: Padded) -> None:
    if source.ids.shape[1] != target.ids.shape[1]:
        raise ValueError(
            f"source and target must have the same number of rows; got {source.ids.shape[1]} and {target.ids.shape[1]}"
        )
    if target.lengths.min() < 2:
        raise ValueError(
            f"each target must hold a start and a stop token, at least 2; got a row of {target.lengths.min()}"
        )
