"""Echo state networks: a recurrent layer that is drawn and never trained, and a linear readout solved for at once."""

from typing import Any, NamedTuple

import numpy as np

from rnnlib.rnn import check_sizes
from rnnlib.tree import Array, Float


class ESNParams(NamedTuple):
    """``U`` (H, I) input, ``W`` (H, H) reservoir, ``F`` (H, O) feedback from the output, ``b_h`` (H,).

    ``leak`` is how much of the new value a unit takes in a step, ``decay`` how fast its old value fades beside it.
    """

    U: Float[Array, "H I"]
    W: Float[Array, "H H"]
    F: Float[Array, "H O"]
    b_h: Float[Array, "H"]
    leak: float = 1.0
    decay: float = 1.0


def esn_init(
    n_in: int,
    n_hidden: int,
    *,
    rng: np.random.Generator,
    spectral_radius: float,
    leak: float = 1.0,
    decay: float = 1.0,
    density: float = 1.0,
    input_scale: float = 1.0,
    bias_scale: float = 0.0,
    n_out: int = 0,
    feedback_scale: float = 0.0,
) -> ESNParams:
    """Draw a reservoir: W uniform, a share ``density`` of it kept, then scaled to the spectral radius.

    U, F and b_h are uniform between plus and minus their scale. The spectral radius is that of W alone; with a leak,
    the linear part of a step is (1 - leak * decay) I + leak W.

    Raises
    ------
    ValueError
        If a size or scale is out of its range, or W has no cycle left to scale.

    Examples
    --------
    >>> params = esn_init(1, 50, rng=np.random.default_rng(0), spectral_radius=0.8, density=0.2)
    >>> float(np.abs(np.linalg.eigvals(params.W)).max().round(6))
    0.8
    """
    check_sizes(n_hidden=n_hidden)
    _check_ranges(leak, decay, density, spectral_radius)
    W = rng.uniform(-1, 1, (n_hidden, n_hidden))
    W = np.where(rng.random(W.shape) < density, W, 0.0)
    radius = np.abs(np.linalg.eigvals(W)).max()
    if radius < 1e-6:
        raise ValueError(
            f"density must leave W a spectral radius to scale; got {density}"
        )
    return ESNParams(
        U=rng.uniform(-input_scale, input_scale, (n_hidden, n_in)),
        W=W * (spectral_radius / radius),
        F=rng.uniform(-feedback_scale, feedback_scale, (n_hidden, n_out)),
        b_h=rng.uniform(-bias_scale, bias_scale, n_hidden),
        leak=leak,
        decay=decay,
    )


def esn_step(params: ESNParams, x_t: Array, h_prev: Array, y_prev: Array) -> Array:
    """Take one step: h_t = (1 - leak decay) h_{t-1} + leak tanh(U x_t + W h_{t-1} + F y_{t-1} + b_h)."""
    U, W, F, b_h, leak, decay = params
    candidate = np.tanh(U @ x_t + W @ h_prev + F @ y_prev + b_h)
    return (1 - leak * decay) * h_prev + leak * candidate


def esn_states(
    params: ESNParams,
    x: Float[Array, "T I"],
    h_0: Float[Array, "H"] | None = None,
    y: Float[Array, "T O"] | None = None,
    *,
    noise: float = 0.0,
    rng: np.random.Generator | None = None,
) -> Float[Array, "T H"]:
    """Run the reservoir over an input and return all its states.

    Parameters
    ----------
    h_0 : zeros when left out
    y : the true outputs, y[t] at step t; step t is fed y[t - 1], step 0 zeros (teacher forcing)
    noise : uniform noise between plus and minus this, added to each new state; needs ``rng``

    Raises
    ------
    ValueError
        If a shape does not fit, or noise comes without rng.

    Examples
    --------
    >>> params = esn_init(1, 4, rng=np.random.default_rng(0), spectral_radius=0.5)
    >>> esn_states(params, np.ones((3, 1))).shape
    (3, 4)
    """
    H, n_in, n_out = len(params.W), params.U.shape[1], params.F.shape[1]
    if np.ndim(x) != 2 or np.shape(x)[1] != n_in:
        raise ValueError(f"x must have shape (T, I) with I = {n_in}; got {np.shape(x)}")
    if noise and rng is None:
        raise ValueError("noise needs rng; got none")
    T = len(x)
    h = np.zeros(H) if h_0 is None else np.asarray(h_0)
    if h.shape != (H,):
        raise ValueError(f"h_0 must have shape (H,) = ({H},); got {h.shape}")
    if y is None and n_out:
        raise ValueError("a reservoir with feedback needs y; got none")
    y = np.zeros((T, 0)) if y is None else np.asarray(y)
    if y.shape != (T, n_out):
        raise ValueError(f"y must have shape (T, O) = {(T, n_out)}; got {y.shape}")
    fed = np.concatenate([np.zeros((1, n_out)), y])[:T]
    states = np.empty((T, H))
    for t in range(T):
        h = esn_step(params, x[t], h, fed[t])
        if noise:
            h = h + rng.uniform(-noise, noise, H)
        states[t] = h
    return states


def esn_generate(
    params: ESNParams,
    V: Float[Array, "O F"],
    x: Float[Array, "T I"],
    h_0: Float[Array, "H"],
    y_0: Float[Array, "O"],
) -> Float[Array, "T O"]:
    """Let the network run on its own outputs: y_t = V [h_t, x_t], and y_t is fed back at step t + 1.

    Raises
    ------
    ValueError
        If V does not read the state and the input side by side.

    Examples
    --------
    >>> params = esn_init(1, 4, rng=np.random.default_rng(0), spectral_radius=0.5, n_out=1, feedback_scale=0.5)
    >>> esn_generate(params, np.ones((1, 5)), np.ones((3, 1)), np.zeros(4), np.zeros(1)).shape
    (3, 1)
    """
    H, n_in = len(params.W), params.U.shape[1]
    if np.ndim(V) != 2 or np.shape(V)[1] != H + n_in:
        raise ValueError(
            f"V must have shape (O, H + I) with H + I = {H + n_in}; got {np.shape(V)}"
        )
    h, y, outputs = h_0, y_0, []
    for x_t in x:
        h = esn_step(params, x_t, h, y)
        y = V @ np.concatenate([h, x_t])
        outputs.append(y)
    return np.array(outputs)


def ridge_fit(
    states: Float[Array, "T F"],
    targets: Float[Array, "T O"],
    *,
    ridge: float = 0.0,
    washout: int = 0,
) -> Float[Array, "O F"]:
    """Return V that minimises the squared error of V s_t against the targets, plus ridge times V's squared norm.

    The first ``washout`` steps, in which the reservoir forgets its start, are left out. A column of ones in ``states``
    gives a bias.

    Raises
    ------
    ValueError
        If an array has not two axes, the lengths differ, ridge is below 0, or the washout leaves nothing.

    Examples
    --------
    >>> states = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    >>> ridge_fit(states, states @ np.array([[2.0], [3.0]])).round(6)
    array([[2., 3.]])
    """
    _check_fit(states, targets, ridge, washout)
    s, y = states[washout:], targets[washout:]
    if ridge:  # as rows of data: better conditioned than s.T @ s
        s = np.concatenate([s, np.sqrt(ridge) * np.eye(s.shape[1])])
        y = np.concatenate([y, np.zeros((s.shape[1], y.shape[1]))])
    return np.linalg.lstsq(s, y, rcond=None)[0].T


def _check_fit(states: Any, targets: Any, ridge: Any, washout: Any) -> None:
    for name, array, letters in (("states", states, "F"), ("targets", targets, "O")):
        if np.ndim(array) != 2:
            raise ValueError(
                f"{name} must have shape (T, {letters}); got {np.shape(array)}"
            )
    if len(states) != len(targets):
        raise ValueError(
            f"states and targets must have the same length; got {len(states)} and {len(targets)}"
        )
    if not ridge >= 0:
        raise ValueError(f"ridge must be at least 0; got {ridge}")
    if not 0 <= washout < len(states):
        raise ValueError(f"washout must lie in 0..{len(states) - 1}; got {washout}")


def _check_ranges(leak: Any, decay: Any, density: Any, spectral_radius: Any) -> None:
    for name, value in (("leak", leak), ("density", density)):
        if not 0 < value <= 1:
            raise ValueError(f"{name} must lie above 0 and be at most 1; got {value}")
    if not 0 <= decay <= 1 / leak:
        raise ValueError(f"decay must lie in 0..1/leak; got {decay}")
    if not spectral_radius >= 0:
        raise ValueError(f"spectral_radius must be at least 0; got {spectral_radius}")
