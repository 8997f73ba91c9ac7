"""The installed PyTorch computes the same numbers."""

import json

import pytest

from tools import freeze_stacks
from tools.freeze_torch import FROZEN, KINDS, SIZES, errors, run_torch

torch = pytest.importorskip("torch", reason="torch is not installed")

TOLERANCE = 1e-12


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("sizes", [(1, 1, 1, 1), (5, 3, 2, 4), (12, 2, 7, 6)])
@pytest.mark.parametrize("seed", range(5))
def test_outputs_and_gradients_agree(kind, sizes, seed):
    for name, error in errors(run_torch(kind, sizes, seed)).items():
        assert error < TOLERANCE, name


@pytest.mark.parametrize("kind", ["RNN", "ReluRNN", "LSTM"])
def test_the_two_biases_have_one_gradient(kind):
    dparams = run_torch(kind, SIZES, 0)["dparams"]
    for first, second in zip(dparams["bias_ih_l0"], dparams["bias_hh_l0"]):
        assert abs(first - second) < TOLERANCE * (1 + abs(first))


def test_the_frozen_values_are_still_those_of_torch():
    for seed, case in enumerate(json.loads(FROZEN.read_text())["cases"]):
        again = run_torch(case["kind"], SIZES, seed)
        assert again.keys() == case.keys() and again["x"] == case["x"]
        for got, want in zip(flat(again), flat(case), strict=True):
            assert abs(got - want) < TOLERANCE * (1 + abs(want))


@pytest.mark.parametrize("name", freeze_stacks.SETUPS)
@pytest.mark.parametrize("seed", range(3))
def test_stacks_agree(name, seed):
    found = freeze_stacks.errors(freeze_stacks.run_torch(name, seed))
    for array, error in found.items():
        assert error < TOLERANCE, array


def test_the_frozen_stacks_are_still_those_of_torch():
    cases = json.loads(freeze_stacks.FROZEN.read_text())["cases"]
    for seed, case in enumerate(cases):
        again = freeze_stacks.run_torch(case["name"], seed)
        for got, want in zip(flat(again), flat(case), strict=True):
            assert abs(got - want) < TOLERANCE * (1 + abs(want))


def flat(tree):
    """Yield the numbers of nested lists and dictionaries."""
    if isinstance(tree, float):
        yield tree
    elif not isinstance(tree, str):
        for branch in tree.values() if isinstance(tree, dict) else tree:
            yield from flat(branch)
