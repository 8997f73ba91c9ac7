"""Questions of homework 6, each with the mistakes that are commonly made in it."""

from types import SimpleNamespace

import numpy as np

from rnnlib.checks.core import Exercise
from rnnlib.esn import esn_init, esn_states, ridge_fit
from rnnlib.lstm import LSTM, LSTMParams, LSTMState, lstm_cell_forward, sigmoid

_rng = np.random.default_rng(606)


def _slate_case(B, I, H):
    shapes = (B, I), (B, H), (B, H), (3 * H, I), (3 * H, H), (H,), (3 * H,)
    return tuple(0.8 * _rng.normal(size=shape) for shape in shapes)


def _back_case(B, H):
    dh, dc = 1.3 * _rng.normal(size=(2, B, H))
    c_prev, g, c_t = _rng.uniform(-0.9, 0.9, size=(3, B, H))
    f, o = _rng.uniform(0.1, 0.9, size=(2, B, H))
    return dh, dc, c_prev, f, g, o, c_t, _rng.normal(size=H)


def _pond_case(seed, H, T, washout, n_fit, n_choose):
    """Rain, a level that remembers it and is read with a large error, and a reservoir that is slow to forget."""
    rng = np.random.default_rng(seed)
    params = esn_init(1, H, rng=rng, spectral_radius=0.9, leak=0.3, bias_scale=0.5)
    x = rng.exponential(size=T) * (rng.random(T) < 0.4)
    y = np.convolve(x, 0.8 ** np.arange(20))[:T] + 0.7 * rng.normal(size=T)
    return params, x, y, washout, n_fit, n_choose, (1e-3, 1e-1, 1.0, 10.0, 1000.0)


def _window_case(T, B, I, H, length):
    shapes = (4 * H, I), (4 * H, H), (4 * H,)
    params = LSTMParams(*(_rng.normal(size=shape) for shape in shapes))
    return _rng.normal(size=(T, B, I)), params, length


def slate_step(x_t, h_prev, c_prev, U, W, p, b_h):
    """One step of a cell whose input gate is what its forget gate leaves, with a peephole on the memory before."""
    return _slate((x_t, h_prev, c_prev, U, W, p, b_h))


def _slate(given, order="fgo", **changed):
    """The step with some of its parts made otherwise: each is a function of what there is so far."""
    x_t, h_prev, c_prev, U, W, p, b_h = given
    v = SimpleNamespace(h_prev=h_prev, c_prev=c_prev, p=p)
    sums = np.split(x_t @ U.T + h_prev @ W.T + b_h, 3, axis=1)
    v.sums = dict(zip(order, sums))
    parts = {
        "f": lambda v: sigmoid(v.sums["f"] + p * c_prev),
        "g": lambda v: np.tanh(v.sums["g"]),
        "o": lambda v: sigmoid(v.sums["o"]),
        "c": lambda v: v.f * c_prev + (1 - v.f) * v.g,
        "h": lambda v: v.o * v.c,
        "out": lambda v: (v.h, v.c),
    }
    for name, part in (parts | changed).items():
        setattr(v, name, part(v))
    return v.out


def _slate_with(**changed):
    return lambda *given: _slate(given, **changed)


def slate_step_back(dh_t, dc_t, c_prev, f, g, o, c_t, p):
    """One step back: da_t, what the memory before is told, and the gradient of the peephole."""
    return _slate_back((dh_t, dc_t, c_prev, f, g, o, c_t, p))


def _slate_back(given, order="fgo", **changed):
    names = "dh", "late", "c_prev", "f", "g", "o", "c", "p"
    v = SimpleNamespace(**dict(zip(names, given)))
    parts = {
        "dc": lambda v: v.late + v.dh * v.o,
        "df": lambda v: v.dc * (v.c_prev - v.g),
        "da_f": lambda v: v.df * v.f * (1 - v.f),
        "da_g": lambda v: v.dc * (1 - v.f) * (1 - v.g**2),
        "da_o": lambda v: v.dh * v.c * v.o * (1 - v.o),
        "before": lambda v: v.dc * v.f + v.da_f * v.p,
        "dp": lambda v: (v.da_f * v.c_prev).sum(axis=0),
    }
    for name, part in (parts | changed).items():
        setattr(v, name, part(v))
    da_t = np.concatenate([getattr(v, f"da_{part}") for part in order], axis=1)
    return da_t, v.before, v.dp


def _back_with(**changed):
    return lambda *given: _slate_back(given, **changed)


def _log(b):
    """The logarithm of sigmoid(b)."""
    return -np.logaddexp(0, -b)


def _bisect(share, log_kept):
    """The b at which what is kept, which grows with b, is the share."""
    low, high = -80.0, 80.0
    for _ in range(200):
        middle = (low + high) / 2
        if log_kept(middle) < np.log(share):
            low = middle
        else:
            high = middle
    return middle


def _gate(b):
    return np.exp(_log(b))


def bias_with_pulls(share, n, every, pull, pulls=lambda n, every: n // every, sign=-1):
    """The bias with which the share is left after n steps, the gate's sum being lower at each ``every``th."""
    m = pulls(n, every)
    return _bisect(share, lambda b: (n - m) * _log(b) + m * _log(b + sign * pull))


def _bias_with(pulls=lambda n, every: n // every, **changed):
    return lambda *given: bias_with_pulls(*given, pulls=pulls, **changed)


def _mean_sum(share, n, every, pull):
    return _bisect(share, lambda b: n * _log(b - pull * (n // every) / n))


def _mean_gate(share, n, every, pull):
    m = n // every
    return _bisect(
        share,
        lambda b: n * np.log(((n - m) * _gate(b) + m * _gate(b - pull)) / n),
    )


def pond_readout(params, x, y, washout, n_fit, n_choose, ridges):
    """The ridge that is best on the steps for choosing, and what the readout says on the rest."""
    return _pond((params, x, y, washout, n_fit, n_choose, ridges))


def _pond(
    given,
    drive=lambda params, x, *_: esn_states(params, x),
    first=None,  # of the steps that are fitted at first, and at last
    scored=None,
    pick=np.argmin,
    last=None,
    shift=0,
    ones=True,
    at_last=lambda best, ridges: best,
    said=None,
):
    params, x, y, washout, n_fit, n_choose, ridges = given
    known = n_fit + n_choose
    s = drive(params, x[:, None], washout, n_fit, known)
    if ones:
        s = np.column_stack([s, np.ones(len(s))])

    def fit(begin, end, ridge):
        targets = y[begin - shift : end - shift, None]
        return ridge_fit(s[begin:end], targets, ridge=ridge)[0]

    first = (washout, n_fit) if first is None else first(washout, n_fit, known)
    last = (washout, known) if last is None else last(washout, n_fit, known)
    scored = (n_fit, known) if scored is None else scored(washout, n_fit, len(y))
    span = slice(*scored)
    errors = [
        np.mean((s[span] @ fit(*first, ridge) - y[span]) ** 2) for ridge in ridges
    ]
    ridge = ridges[int(pick(errors))]
    begin = known if said is None else said(n_fit)
    return ridge, s[begin:] @ fit(*last, at_last(ridge, ridges))


def _pond_with(**changed):
    return lambda *given: _pond(given, **changed)


def _restarted(params, x, _washout, n_fit, known):
    return np.concatenate(
        [esn_states(params, part) for part in np.split(x, [n_fit, known])]
    )


def _restarted_for_the_last(params, x, _washout, _n_fit, known):
    return np.concatenate([esn_states(params, part) for part in np.split(x, [known])])


def _started_late(params, x, washout, *_):
    unused = np.zeros((washout, len(params.W)))
    return np.concatenate([unused, esn_states(params, x[washout:])])


def _a_step_late(params, x, *_):
    states = esn_states(params, x)
    return np.concatenate([np.zeros_like(states[:1]), states[:-1]])


def _washout_before(params, x, y, washout, n_fit, *rest):
    return _pond((params, x, y, washout, washout + n_fit, *rest))


def bell_in_windows(x, params, length):
    """All outputs of an LSTM that reads in windows, and does not notice where they end."""
    return _windows(x, params, length, lambda last, zero: last)


def _windows(x, params, length, carry, whole=False, shown="h"):
    """``carry`` makes the state that a window begins with from the last one and from zeros."""
    zero = LSTM.zero_state(x.shape[1], params)
    last, outputs = zero, []
    end = len(x) - len(x) % length if whole else len(x)
    for begin in range(0, end, length):
        state = carry(last, zero)
        for x_t in x[begin : begin + length]:
            state, _ = lstm_cell_forward(x_t, state, params)
            outputs.append(getattr(state, shown))
        last = state
    return np.stack(outputs)


def _windows_with(carry, **changed):
    return lambda *given: _windows(*given, carry, **changed)


def _first_for_all(x, params, length):
    """Every later window begins where the first one ended."""
    zero = LSTM.zero_state(x.shape[1], params)
    kept, outputs = None, []
    for begin in range(0, len(x), length):
        state = kept or zero
        for x_t in x[begin : begin + length]:
            state, _ = lstm_cell_forward(x_t, state, params)
            outputs.append(state.h)
        kept = kept or state
    return np.stack(outputs)


EXERCISES: dict[str, Exercise] = {
    "slate_step": Exercise(
        solution=slate_step,
        cases={
            "two rows": _slate_case(2, 3, 5),
            "one row": _slate_case(1, 4, 3),
            "I = H": _slate_case(3, 4, 4),
        },
        wrong={
            "the two shares are exchanged: f is what is kept of the old memory": _slate_with(
                c=lambda v: (1 - v.f) * v.c_prev + v.f * v.g
            ),
            "the candidate goes in whole; only the share that was wiped may be written": _slate_with(
                c=lambda v: v.f * v.c_prev + v.g
            ),
            "the peephole is missing: the forget gate does not see the memory": _slate_with(
                f=lambda v: sigmoid(v.sums["f"])
            ),
            "the peephole looks at h_{t-1}, what was shown; it must look at c_{t-1}": _slate_with(
                f=lambda v: sigmoid(v.sums["f"] + v.p * v.h_prev)
            ),
            "the peephole stands outside of the sigmoid; it belongs to the gate's sum": _slate_with(
                f=lambda v: sigmoid(v.sums["f"]) + v.p * v.c_prev
            ),
            "the peephole was added to all three sums; only the forget gate has one": _slate_with(
                g=lambda v: np.tanh(v.sums["g"] + v.p * v.c_prev),
                o=lambda v: sigmoid(v.sums["o"] + v.p * v.c_prev),
            ),
            "the output gate has a peephole too; only the forget gate has one here": _slate_with(
                o=lambda v: sigmoid(v.sums["o"] + v.p * v.c_prev)
            ),
            "the output gate was given a peephole, on the new memory; only the forget gate has one": _slate_with(
                h=lambda v: sigmoid(v.sums["o"] + v.p * v.c) * v.c
            ),
            "there is a tanh on the way out, as in the LSTM; here the memory is shown as it is": _slate_with(
                h=lambda v: v.o * np.tanh(v.c)
            ),
            "the old memory goes out: h_t is made of c_t": _slate_with(
                h=lambda v: v.o * v.c_prev
            ),
            "the parts are read as f, o, g; the order is f, g, o": _slate_with(
                order="fog"
            ),
            "the parts are read as g, f, o; the order is f, g, o": _slate_with(
                order="gfo"
            ),
            "the candidate has a sigmoid; it has a tanh": _slate_with(
                g=lambda v: sigmoid(v.sums["g"])
            ),
            "h_t and c_t have changed places: return h_t first": _slate_with(
                out=lambda v: (v.c, v.h)
            ),
        },
        hint="three sums, and to one of them something is added before its sigmoid; then the memory, then the output.",
    ),
    "slate_step_back": Exercise(
        solution=slate_step_back,
        cases={"two rows": _back_case(2, 3), "four rows": _back_case(4, 5)},
        wrong={
            "f is used twice in c_t: what it takes from the candidate is missing": _back_with(
                df=lambda v: v.dc * v.c_prev
            ),
            "the sign of the forget gate's part is turned": _back_with(
                df=lambda v: v.dc * (v.g - v.c_prev)
            ),
            "the way through the peephole is missing from what c_{t-1} is told": _back_with(
                before=lambda v: v.dc * v.f
            ),
            "the peephole hands back what has passed the gate's slope: da_f, not dc": _back_with(
                before=lambda v: v.dc * v.f + v.dc * v.p
            ),
            "only what came from step t + 1 is handed on; it must be the whole dc_t": _back_with(
                before=lambda v: v.late * v.f + v.da_f * v.p
            ),
            "the straight way to c_{t-1} is missing": _back_with(
                before=lambda v: v.da_f * v.p
            ),
            "the straight way to c_{t-1} passes the forget gate: f is missing": _back_with(
                before=lambda v: v.dc + v.da_f * v.p
            ),
            "the way of c_t through h_t is missing from dc_t": _back_with(
                dc=lambda v: v.late
            ),
            "there is the slope of a tanh in dc_t; h_t = o c_t has none": _back_with(
                dc=lambda v: v.late + v.dh * v.o * (1 - np.tanh(v.c) ** 2)
            ),
            "that is the LSTM's way through h_t, with its tanh; here h_t = o c_t": _back_with(
                dc=lambda v: v.late + v.dh * v.o * (1 - np.tanh(v.c) ** 2),
                da_o=lambda v: v.dh * np.tanh(v.c) * v.o * (1 - v.o),
            ),
            "the output gate's partner is c_t as it is; yours went through a tanh": _back_with(
                da_o=lambda v: v.dh * np.tanh(v.c) * v.o * (1 - v.o)
            ),
            "the way through the peephole lacks the slope of the gate, f (1 - f)": _back_with(
                before=lambda v: v.dc * v.f + v.df * v.p
            ),
            "chapter 19's lines, copied; here f is also in 1 - f, c_{t-1} in the gate, and h_t has no tanh": _back_with(
                dc=lambda v: v.late + v.dh * v.o * (1 - np.tanh(v.c) ** 2),
                df=lambda v: v.dc * v.c_prev,
                da_o=lambda v: v.dh * np.tanh(v.c) * v.o * (1 - v.o),
                before=lambda v: v.dc * v.f,
            ),
            "the candidate's partner is 1 - f, the share that was wiped; yours is f": _back_with(
                da_g=lambda v: v.dc * v.f * (1 - v.g**2)
            ),
            "the slopes of the two gates are missing": _back_with(
                da_f=lambda v: v.df, da_o=lambda v: v.dh * v.c
            ),
            "the slope of a sigmoid is s (1 - s); that of your gates is a tanh's": _back_with(
                da_f=lambda v: v.df * (1 - v.f**2),
                da_o=lambda v: v.dh * v.c * (1 - v.o**2),
            ),
            "the candidate's slope is a tanh's, 1 - g^2; yours is a sigmoid's": _back_with(
                da_g=lambda v: v.dc * (1 - v.f) * v.g * (1 - v.g)
            ),
            "the output gate is used in h_t alone: its partner is dh_t, not dc_t": _back_with(
                da_o=lambda v: v.dc * v.c * v.o * (1 - v.o)
            ),
            "more f means less of the candidate: its share in f's gradient has the other sign": _back_with(
                df=lambda v: v.dc * (v.c_prev + v.g)
            ),
            "the peephole saw the memory before: dp needs c_{t-1}, not c_t": _back_with(
                dp=lambda v: (v.da_f * v.c).sum(axis=0)
            ),
            "dp is the mean over the rows; every row adds its share": _back_with(
                dp=lambda v: (v.da_f * v.c_prev).mean(axis=0)
            ),
            "dp has a row for each sequence; all rows share one p": _back_with(
                dp=lambda v: v.da_f * v.c_prev
            ),
            "the parts stand in another order; wanted f, g, o": _back_with(order="fog"),
        },
        hint="complete dc_t first. Then list where f is used, and where c_{t-1} is used; each use is one term.",
    ),
    "bias_with_pulls": Exercise(
        solution=bias_with_pulls,
        cases={
            "half, a week, pulled daily": (0.5, 168, 24, 2.0),
            "a tenth, 30 steps, each 7th": (0.1, 30, 7, 4.0),
            "a quarter, never pulled": (0.25, 10, 12, 3.0),
            "three tenths of 13, each 7th": (0.3, 13, 7, 2.0),
            "1 in 100, pulled at all 5": (0.01, 5, 1, 2.5),
        },
        wrong={
            "the pulls are left out": _bias_with(lambda n, every: 0),
            "the gate is pulled at every step": _bias_with(lambda n, every: n),
            "the pull goes up; it lowers the gate's sum": _bias_with(sign=1),
            "the pull was spread evenly over all steps; the gates of single steps are multiplied": _mean_sum,
            "that is made of the mean of the gates; what is left is their product": _mean_gate,
            "a pull too many: steps are counted from 1, and the first is not pulled for being the first": _bias_with(
                lambda n, every: -(-n // every)
            ),
            "the pulls come a step too early: the first is at step every itself, not at the step before": _bias_with(
                lambda n, every: (n + 1) // every
            ),
            "there is only one pull in it; it comes back": _bias_with(
                lambda n, every: min(1, n // every)
            ),
            "the number of pulls is not whole": _bias_with(lambda n, every: n / every),
            "there are n - 1 steps in it; the last one counts too": lambda share, n, every, pull: (
                bias_with_pulls(
                    share, n - 1, every, pull, pulls=lambda *_: (n - 1) // every
                )
            ),
            "the search ran into its upper border, 50: at each halving, which half can hold b?": lambda *_: (
                50.0
            ),
            "the search ran into its lower border, -50: at each halving, which half can hold b?": lambda *_: (
                -50.0
            ),
            "that is the share that is left; the bias that leaves it was asked for": lambda share, *_: (
                share
            ),
            "that is the gate's value; its bias was asked for": lambda *given: _gate(
                bias_with_pulls(*given)
            ),
            "that share is lost; it is the share that is left": lambda share, *rest: (
                bias_with_pulls(1 - share, *rest)
            ),
            "that keeps the share in each step, not over all n": lambda share, n, every, pull: (
                float(np.log(share / (1 - share)))
            ),
        },
        hint="count the pulled steps among 1 .. n. Write what is left as a function of b; then halve an interval.",
        tolerance=1e-5,
    ),
    "pond_readout": Exercise(
        solution=pond_readout,
        cases={
            "10 units": _pond_case(74, 10, 120, 15, 55, 30),
            "8 units": _pond_case(54, 8, 140, 20, 60, 35),
            "14 units": _pond_case(41, 14, 110, 10, 50, 25),
        },
        wrong={
            "the washout is not left out: the first states are fitted, and still know the start": _pond_with(
                first=lambda washout, n_fit, known: (0, n_fit),
                last=lambda washout, n_fit, known: (0, known),
            ),
            "the washout is left out in the first fit and is back in the last one": _pond_with(
                last=lambda washout, n_fit, known: (0, known)
            ),
            "the washout is left out in the last fit alone; no fit may see it": _pond_with(
                first=lambda washout, n_fit, known: (0, n_fit)
            ),
            "the washout was taken from the inputs: the reservoir starts where it should be warm": _pond_with(
                drive=_started_late
            ),
            "n_fit was counted from the end of the washout; it counts from step 0": _washout_before,
            "the ridge was chosen on the steps that were fitted": _pond_with(
                scored=lambda washout, n_fit, T: (washout, n_fit)
            ),
            "the ridge was chosen on the last steps, which must not choose anything": lambda *given: (
                _pond(given, scored=lambda washout, n_fit, T: (sum(given[4:6]), T))
            ),
            "that is the ridge with the largest error": _pond_with(pick=np.argmax),
            "the last fit is missing: it takes the steps for choosing too": _pond_with(
                last=lambda washout, n_fit, known: (washout, n_fit)
            ),
            "the last fit saw the steps for choosing alone": _pond_with(
                last=lambda washout, n_fit, known: (n_fit, known)
            ),
            "the reservoir was set back to zeros for each part of the series": _pond_with(
                drive=_restarted
            ),
            "for the last steps the reservoir was set back to zeros; its state goes on": _pond_with(
                drive=_restarted_for_the_last
            ),
            "the last readout is that of the last ridge tried, fitted before the choice": _pond_with(
                last=lambda washout, n_fit, known: (washout, n_fit),
                at_last=lambda best, ridges: ridges[-1],
            ),
            "the last fit was made with the last ridge tried, not with the chosen one": _pond_with(
                at_last=lambda best, ridges: ridges[-1]
            ),
            "the last fit has no ridge": _pond_with(at_last=lambda best, ridges: 0.0),
            "the states are one step late: the readout of step t must see h_t": _pond_with(
                drive=_a_step_late
            ),
            "the constant 1 beside the state is missing": _pond_with(ones=False),
            "the steps for choosing are answered too; only those after them were asked for": _pond_with(
                said=lambda n_fit: n_fit
            ),
            "the washout was cut from the states and not from y: the rows belong to other steps": lambda *given: (
                _pond(given, shift=given[3])
            ),
        },
        hint="one run of the reservoir over all of x. Then only slices: which steps fit, which choose, which are said?",
        tolerance=1e-6,
    ),
    "bell_in_windows": Exercise(
        solution=bell_in_windows,
        cases={
            "11 steps by fours": _window_case(11, 2, 3, 4, 4),
            "9 steps by threes": _window_case(9, 3, 2, 5, 3),
            "one by one": _window_case(6, 1, 3, 2, 1),
            "one window": _window_case(5, 2, 4, 3, 8),
        },
        wrong={
            "nothing has changed: those are the outputs of the function as it was given": _windows_with(
                lambda last, zero: LSTMState(last.h, zero.c)
            ),
            "now each window begins from zeros, as if nothing had been read": _windows_with(
                lambda last, zero: zero
            ),
            "what was lost is kept, and what was kept is lost now": _windows_with(
                lambda last, zero: LSTMState(zero.h, last.c)
            ),
            "h was put in the memory's place: c is not what is shown": _windows_with(
                lambda last, zero: LSTMState(last.h, last.h)
            ),
            "h and c have changed places at the border": _windows_with(
                lambda last, zero: LSTMState(last.c, last.h)
            ),
            "the memory went through a tanh at the border": _windows_with(
                lambda last, zero: LSTMState(last.h, np.tanh(last.c))
            ),
            "those are the memories c_t; the outputs h_t were asked for": lambda *given: (
                _windows(*given, lambda last, zero: last, shown="c")
            ),
            "all later windows begin where the first one ended": _first_for_all,
            "the last window, which is shorter, was dropped": _windows_with(
                lambda last, zero: last, whole=True
            ),
        },
        hint="compare the state before a border with the state after it, array by array.",
    ),
}
