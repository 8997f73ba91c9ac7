"""Every gradient, proved three ways: complex step, central difference, reverse mode on a graph."""

import numpy as np
import pytest

from rnnlib.bptt import unroll_forward
from rnnlib.tree import tree_leaves, tree_map
from tools import proof

pytestmark = pytest.mark.filterwarnings("error")

CASES = proof.cases()
CASE = pytest.mark.parametrize("name", CASES)


@CASE
def test_gradients_are_proved(name):
    case = CASES[name]
    rows = proof.prove(name, case)
    assert [row.array for row in rows] == [array for array, _ in tree_leaves(case.tree)]
    for row in rows:
        assert all(error < limit for error, limit in zip(row[2:], proof.LIMITS)), row


@CASE
def test_the_graph_computes_the_same_loss(name):
    case = CASES[name]
    value, _ = proof.graph_gradients(case)
    assert abs(value / case.loss(case.tree) - 1) < 1e-14


@pytest.mark.parametrize("name", ["unroll LSTM", "readout", "fused GRU, mask"])
def test_a_gradient_that_is_off_is_seen_three_times(name):
    case = CASES[name]
    off = case._replace(
        grads=lambda tree: tree_map(lambda g: g * (1 + 1e-6), case.grads(tree))
    )
    for row in proof.prove(name, off):
        assert all(error > limit for error, limit in zip(row[2:], proof.LIMITS)), row


def test_all_sizes_differ():
    assert len(set(proof.SIZES)) == len(proof.SIZES) and proof.T >= 3
    assert min(proof.SIZES) > 1


def test_relu_is_proved_on_both_sides():
    tree = CASES["unroll ReluRNN"].tree
    h, _, _ = unroll_forward(proof.ReluRNN, tree.x, tree.state, tree.params)
    assert 0.2 < np.mean(h > 0) < 0.8


def test_the_command_prints_one_table(monkeypatch, capsys):
    few = {name: CASES[name] for name in ("rnn_cell", "embed")}
    monkeypatch.setattr(proof, "cases", lambda: few)
    assert proof.main() == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [row[:2] for row in rows[1:-1]] == [
        *(["rnn_cell", name] for name in ("params.U", "params.W", "params.b_h")),
        *(["rnn_cell", name] for name in ("x", "state")),
        ["embed", "E"],
    ]
    assert rows[-1][:3] == ["worst", "of", "6"]
    few["embed"] = few["embed"]._replace(grads=lambda tree: tree)
    assert proof.main() == 1
