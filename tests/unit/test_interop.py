"""There and back again: state dicts of PyTorch, columns of other notes."""

import numpy as np
import pytest

from rnnlib.gru import GRU, GRUParams
from rnnlib.interop import from_columns, from_torch, to_columns, to_torch
from rnnlib.lstm import LSTM, LSTMParams
from rnnlib.rnn import RNN, RNNParams

CELLS = {RNNParams: RNN, LSTMParams: LSTM, GRUParams: GRU}


def drawn(kind):
    return CELLS[kind].init(3, 4, rng=np.random.default_rng(0))


@pytest.mark.parametrize("kind", CELLS)
def test_parameters_survive_the_way_there_and_back(kind):
    params = drawn(kind)
    state = to_torch(params, layer=2)
    assert list(state) == ["weight_ih_l2", "weight_hh_l2", "bias_ih_l2", "bias_hh_l2"]
    back = from_torch(kind, state, layer=2)
    assert type(back) is kind
    assert all(np.array_equal(a, b) for a, b in zip(back, params))
    state["weight_ih_l2"][:] = 0
    assert params.U.any() and back.U.any()  # copies, both ways


@pytest.mark.parametrize("kind", [RNNParams, LSTMParams])
def test_of_two_biases_the_sum_counts(kind):
    state = to_torch(drawn(kind))
    state["bias_hh_l0"] = np.full_like(state["bias_ih_l0"], 0.5)
    assert np.allclose(from_torch(kind, state).b_h, drawn(kind).b_h + 0.5)


def test_a_gru_keeps_both_biases():
    params = drawn(GRUParams)
    state = to_torch(params)
    assert np.array_equal(state["bias_ih_l0"], params.b_x)
    assert np.array_equal(state["bias_hh_l0"], params.b_h)


def test_what_does_not_fit_is_refused():
    state = to_torch(drawn(LSTMParams))
    with pytest.raises(
        ValueError, match=r"GRUParams must have 3 blocks.*got weights \(16, 3\)"
    ):
        from_torch(GRUParams, state)
    del state["bias_hh_l0"]
    with pytest.raises(KeyError, match="missing \\['bias_hh_l0'\\]"):
        from_torch(LSTMParams, state)


def test_columns_are_turned():
    x = np.arange(24.0).reshape(2, 3, 4)  # (n_x, m, T)
    ours = from_columns(x)
    assert ours.shape == (4, 3, 2) and ours[3, 1, 0] == x[0, 1, 3]
    assert ours.flags.c_contiguous and np.array_equal(to_columns(ours), x)
