"""Right and wrong ways to read a sequence with many layers, from both ends, and past padding, for chapter 17."""

import math

import numpy as np


def _parts(rng, n_in, H):
    """U, W and b_h of one layer in one direction."""
    shapes = (H, n_in), (H, H), (H,)
    return tuple(rng.normal(scale=0.7, size=shape) for shape in shapes)


def stack_of(seed, T, B, I, H, n_layers):
    rng = np.random.default_rng(seed)
    params = [_parts(rng, H if k else I, H) for k in range(n_layers)]
    return rng.normal(size=(T, B, I)), rng.normal(size=(n_layers, B, H)), params


def both_of(seed, T, B, I, H):
    rng = np.random.default_rng(seed)
    x, h_0 = rng.normal(size=(T, B, I)), rng.normal(size=(2, B, H))
    return x, h_0, _parts(rng, I, H), _parts(rng, I, H)


def padded(seed, T, lengths, I, H):
    x, _, forwards, backwards = both_of(seed, T, len(lengths), I, H)
    return x, np.arange(T)[:, None] < np.array(lengths), forwards, backwards


def outputs(seed, T, lengths, H, padding=0):
    h = np.random.default_rng(seed).normal(size=(T, len(lengths), 2 * H))
    h[np.arange(T)[:, None] >= np.array(lengths)] *= padding
    return h, np.array(lengths)


def _read(x, h, params, mask=None):
    U, W, b_h = params
    states = []
    for t, x_t in enumerate(x):
        new = np.tanh(x_t @ U.T + h @ W.T + b_h)
        h = new if mask is None else np.where(mask[t][:, None], new, h)
        states.append(h)
    return np.stack(states)


def stacked_forward(x, h_0, params):
    """Output (T, B, H) of the top layer, and h_n (L, B, H)."""
    last = []
    for h, layer in zip(h_0, params):
        x = _read(x, h, layer)
        last.append(x[-1])
    return x, np.stack(last)


def stacked_with(below=lambda x, h: h, start=lambda h_0, k: h_0[k], own=lambda k: k):
    """The same with another choice of what a layer reads, where it starts, and which parameters it has."""

    def forward(x, h_0, params):
        read, last = x, []
        for k in range(len(params)):
            h = _read(read, start(h_0, k), params[own(k)])
            read = below(read, h)
            last.append(h[-1])
        return h, np.stack(last)

    return forward


def one_step_late(x, h_0, params):
    """A layer reads the old state of the layer below, as when a loop over layers changes all states at once."""
    old, output = list(h_0), []
    for x_t in x:
        read = [x_t, *old[:-1]]
        old = [
            np.tanh(r @ U.T + h @ W.T + b_h)
            for r, h, (U, W, b_h) in zip(read, old, params)
        ]
        output.append(old[-1])
    return np.stack(output), np.stack(old)


def from_the_layer_below(x, h_0, params):
    """The recurrent term takes the state of the layer below, one step before; the lowest its own."""
    before, output = list(h_0), []
    for x_t in x:
        now = []
        for k, (U, W, b_h) in enumerate(params):
            old = before[max(k - 1, 0)]
            now.append(np.tanh((now[-1] if k else x_t) @ U.T + old @ W.T + b_h))
        before = now
        output.append(now[-1])
    return np.stack(output), np.stack(before)


def bidirectional_forward(x, h_0, forwards, backwards):
    """Output (T, B, 2H) and h_n (2, B, H)."""
    h, g = _read(x, h_0[0], forwards), _read(x[::-1], h_0[1], backwards)
    return np.concatenate([h, g[::-1]], axis=2), np.stack([h[-1], g[-1]])


def _joined(h, g, last):
    return np.concatenate([h, g], axis=2), np.stack(last)


def not_turned_back(x, h_0, forwards, backwards):
    h, g = _read(x, h_0[0], forwards), _read(x[::-1], h_0[1], backwards)
    return _joined(h, g, [h[-1], g[-1]])


def not_turned_at_all(x, h_0, forwards, backwards):
    h, g = _read(x, h_0[0], forwards), _read(x, h_0[1], backwards)
    return _joined(h, g, [h[-1], g[-1]])


def h_n_from_the_end(*arguments):
    h, _ = bidirectional_forward(*arguments)
    return h, np.stack(np.split(h[-1], 2, axis=1))


def halves_exchanged(*arguments):
    h, last = bidirectional_forward(*arguments)
    return np.concatenate(np.split(h, 2, axis=2)[::-1], axis=2), last


def summary_of(output, lengths):
    """The forward half at each row's last step, the backward half at the first."""
    H = output.shape[2] // 2
    rows = np.arange(len(lengths))
    return np.concatenate([output[lengths - 1, rows, :H], output[0, :, H:]], axis=1)


def summary_at(first, second):
    def wrong(output, lengths):
        H, rows = output.shape[2] // 2, np.arange(len(lengths))
        one, two = (
            output[np.clip(f(lengths), 0, len(output) - 1), rows]
            for f in (first, second)
        )
        return np.concatenate([one[:, :H], two[:, H:]], axis=1)

    return wrong


def parameter_shapes(n_in, n_hidden, n_layers, bidirectional):
    """PyTorch's names, each with its shape."""
    return shapes_with(n_in, n_hidden, n_layers, bidirectional)


def shapes_with(
    I,
    H,
    n_layers,
    both,
    above=None,
    directions=None,
    first=0,
    biases="ih hh",
    mirror=False,
):
    width = (2 * H if both else H) if above is None else above
    found = {}
    for k in range(n_layers):
        for end in ("", "_reverse")[: directions or 1 + both]:
            shape = (H, width if k else I)
            found[f"weight_ih_l{k + first}{end}"] = shape[::-1] if mirror else shape
            found[f"weight_hh_l{k + first}{end}"] = (H, H)
            for kind in biases.split():
                found[f"bias_{kind}_l{k + first}{end}"] = (H,)
    return found


def mended_both_ways(x, mask, forwards, backwards):
    """Outputs (T, B, 2H) from zero states; at padding the state waits and the output is 0."""
    return both_ways(x, mask, forwards, backwards, mask, mask[::-1])


def both_ways(x, mask, forwards, backwards, one=None, two=None, shown=None):
    zero = np.zeros((x.shape[1], len(forwards[2])))
    h = _read(x, zero, forwards, one)
    g = _read(x[::-1], zero, backwards, two)[::-1]
    shown = mask if shown is None else shown
    return np.concatenate([h, g], axis=2) * shown[:, :, None]


def zeroed_inputs(x, mask, forwards, backwards):
    return both_ways(x * mask[:, :, None], mask, forwards, backwards)


def paths_by_length(n_layers, lag):
    """Entry m: the number of paths through m layers, in a deep transition with skip connections."""
    return paths([0] * n_layers + [1], n_layers, lag)


def paths(paths, n_layers, lag, step=None, size=None):
    for _ in range(lag):
        paths = np.convolve(paths, [0] + [1] * n_layers if step is None else step)
    size = n_layers * (lag + 1) + 1 if size is None else size
    return np.pad(paths, (0, max(size - len(paths), 0)))[:size].astype(float)


def binomial(n_layers, lag):
    return [0] * (n_layers + lag) + [math.comb(n_layers + lag - 1, lag)]


def reversed_h_n(*arguments):
    h, last = stacked_forward(*arguments)
    return h, last[::-1]


def top_only(*arguments):
    h, last = stacked_forward(*arguments)
    return h, last[-1:]


def lowest_output(x, h_0, params):
    return _read(x, h_0[0], params[0]), stacked_forward(x, h_0, params)[1]
