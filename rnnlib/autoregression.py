"""Predict the next value of a series from its last few: AR(tau), with or without outside input."""

from typing import NamedTuple

import numpy as np

from rnnlib.tree import Array, Float


class AR(NamedTuple):
    """A fitted autoregression: ``x_t = intercept + sum_k lags[k-1] x_{t-k} + inputs . u_t``.

    ``lags`` has shape (tau,), the latest value first; ``inputs`` has shape (M,), empty without outside input.
    """

    intercept: float
    lags: Float[Array, "tau"]
    inputs: Float[Array, "M"]


def lagged(x: Float[Array, "T"], tau: int) -> Float[Array, "N tau"]:
    """Lay out the past: row t - tau holds x_{t-1}, x_{t-2}, ..., x_{t-tau}, for t = tau .. T-1.

    Raises
    ------
    ValueError
        If x is not one row, holds a value that is not finite, or is not longer than tau.

    Examples
    --------
    >>> lagged(np.array([1.0, 2.0, 3.0, 4.0]), tau=2)
    array([[2., 1.],
           [3., 2.]])
    """
    _check_series(x, tau)
    return np.column_stack([x[tau - k : len(x) - k] for k in range(1, tau + 1)])


def fit_ar(
    x: Float[Array, "T"], tau: int, inputs: Float[Array, "T M"] | None = None
) -> AR:
    """Fit AR(tau) by least squares: the coefficients that make the sum of squared one-step errors least.

    Parameters
    ----------
    x : the series
    tau : how many past values the model sees
    inputs : outside input known when x_t is predicted, one row a step (the model is then called ARX)

    Raises
    ------
    ValueError
        If the series is too short for tau + 1 + M coefficients, or ``inputs`` has another length.

    Notes
    -----
    Conditional least squares: the first tau values are taken as given (Box and Jenkins, 1970).

    Examples
    --------
    >>> x = np.array([1.0, 2.0, 4.0, 8.0, 16.0])
    >>> model = fit_ar(x, tau=1)
    >>> round(model.intercept, 6) + 0.0, model.lags.round(6)
    (0.0, array([2.]))
    """
    past = lagged(x, tau)
    outside = _outside(inputs, x)
    design = np.column_stack([np.ones(len(past), past.dtype), past, outside[tau:]])
    _check_determined(*design.shape)
    theta = np.linalg.lstsq(design, x[tau:], rcond=None)[0]
    return AR(float(theta[0]), theta[1 : tau + 1], theta[tau + 1 :])


def predict(
    model: AR, x: Float[Array, "T"], inputs: Float[Array, "T M"] | None = None
) -> Float[Array, "N"]:
    """Predict x_t from the true values before it, for t = tau .. T-1 (one step ahead).

    Raises
    ------
    ValueError
        If the series is not longer than tau, or ``inputs`` are not those that the model was fitted with.

    Examples
    --------
    >>> predict(AR(0.0, np.array([2.0]), np.zeros(0)), np.array([1.0, 2.0, 4.0]))
    array([2., 4.])
    """
    tau = len(model.lags)
    outside = _outside(inputs, x, len(model.inputs))
    return model.intercept + lagged(x, tau) @ model.lags + outside[tau:] @ model.inputs


def rollout(
    model: AR, history: Float[Array, "T"], n_steps: int
) -> Float[Array, "n_steps"]:
    """Predict n_steps ahead, each prediction becoming part of the past for the next.

    Parameters
    ----------
    model : fitted without outside input
    history : at least tau true values, the latest last

    Raises
    ------
    ValueError
        If the history is shorter than tau, n_steps is below 1, or the model needs outside input.

    Examples
    --------
    >>> rollout(AR(0.0, np.array([2.0]), np.zeros(0)), np.array([1.0, 2.0]), n_steps=3)
    array([ 4.,  8., 16.])
    """
    tau = len(model.lags)
    _check_rollout(model, history, n_steps)
    path = np.concatenate([history[-tau:], np.zeros(n_steps, history.dtype)])
    for t in range(tau, tau + n_steps):
        path[t] = model.intercept + model.lags @ path[t - tau : t][::-1]
    return path[tau:]


def relative_variance(
    target: Float[Array, "N"],
    prediction: Float[Array, "N"],
    variance: float | None = None,
) -> float:
    """Measure a forecast: mean squared error over the variance of the series.

    With the target's own variance as normaliser, 1 is as good as predicting the target's mean.

    Parameters
    ----------
    variance : the normaliser; the target's own population variance when left out

    Raises
    ------
    ValueError
        If the two arrays differ in shape, or the normaliser is not above 0.

    Examples
    --------
    >>> relative_variance(np.array([0.0, 2.0]), np.array([1.0, 1.0]))
    1.0
    """
    if np.shape(target) != np.shape(prediction):
        raise ValueError(
            f"prediction must have the shape of target {np.shape(target)}; got {np.shape(prediction)}"
        )
    normaliser = float(np.var(target)) if variance is None else variance
    if not normaliser > 0:
        raise ValueError(f"variance must be above 0; got {normaliser}")
    return float(np.mean((target - prediction) ** 2) / normaliser)


def _outside(
    inputs: np.ndarray | None, x: np.ndarray, n_inputs: int | None = None
) -> np.ndarray:
    """Check the outside input; none at all is a table without columns."""
    n_steps = len(x)
    table = np.zeros((n_steps, 0), x.dtype) if inputs is None else inputs
    n_columns = np.shape(table)[-1:] if n_inputs is None else (n_inputs,)
    if np.shape(table) != (n_steps, *n_columns) or not n_columns:
        raise ValueError(
            f"inputs must have shape (T, M) with T = {n_steps}"
            f"{'' if n_inputs is None else f' and M = {n_inputs}'}; got {table.shape}"
        )
    if not np.isfinite(table).all():
        raise ValueError("inputs must be finite; got a value that is not")
    return table


def _check_series(x: np.ndarray, tau: int) -> None:
    if np.ndim(x) != 1:
        raise ValueError(f"x must have shape (T,); got {np.shape(x)}")
    if tau < 1:
        raise ValueError(f"tau must be at least 1; got {tau}")
    if len(x) <= tau:
        raise ValueError(f"x must be longer than tau = {tau}; got T = {len(x)}")
    if not np.isfinite(x).all():
        bad = int(np.flatnonzero(~np.isfinite(x))[0])
        raise ValueError(f"x must be finite; got {x[bad]} at index {bad}")


def _check_determined(n_targets: int, n_weights: int) -> None:
    if n_targets < n_weights:
        raise ValueError(
            f"x must leave a target for each of {n_weights} weights; got {n_targets}"
        )


def _check_rollout(model: AR, history: np.ndarray, n_steps: int) -> None:
    tau = len(model.lags)
    if np.ndim(history) != 1 or not np.isfinite(history).all():
        raise ValueError(f"history must be one row of finite values; got {history}")
    if len(history) < tau:
        raise ValueError(
            f"history must hold at least tau = {tau} values; got {len(history)}"
        )
    if n_steps < 1:
        raise ValueError(f"n_steps must be at least 1; got {n_steps}")
    if len(model.inputs):
        raise ValueError(
            f"model must be fitted without inputs to be rolled out; got {len(model.inputs)} inputs"
        )
