"""The provers themselves: numerical derivatives, errors without scale, reverse mode on a graph."""

import math
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnlib import autodiff
from rnnlib.autodiff import Node, build_grad, nodes
from rnnlib.gradcheck import central_difference, check, complex_step, relative_error
from rnnlib.rnn import RNN
from tools.proof import agree, any_type, frozen

pytestmark = pytest.mark.filterwarnings("error")

TOLERANCE = 1e-13
STEADY = settings(derandomize=True, database=None, deadline=None, max_examples=30)
rng = np.random.default_rng(0)
A, M, N = (frozen(rng.normal(size=shape)) for shape in ((3, 4), (4, 2), (3, 2)))
ROW, COLUMN = A[:1], A[:, :1]
POSITIVE = frozen(abs(A) + 0.5)


class Pair(NamedTuple):
    a: object
    b: object


# Numerical derivatives

TYPED = hasattr(relative_error, "__wrapped__")  # beartype is watching
NUMERIC = complex_step, central_difference
FUNCTIONS = {
    "sum of cubes": (lambda x: np.sum(x**3), lambda x: 3 * x**2),
    "sine": (lambda x: np.sum(np.sin(x)), np.cos),
    "product": (lambda x: np.prod(x), lambda x: np.prod(x) / x),
    "nothing": (lambda x: 0 * np.sum(x), np.zeros_like),
    "linear": (lambda x: np.sum(N[:, 0] * x), lambda x: N[:, 0]),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_numerical_derivatives_are_the_derivative(name):
    f, derivative = FUNCTIONS[name]
    x = frozen(np.array([0.3, -1.2, 2.0]))
    exact, near = complex_step(f, x), central_difference(f, x)
    assert exact.dtype == near.dtype == np.float64
    assert agree(exact, derivative(x), 1e-15) and agree(near, derivative(x), 1e-8)


def test_numerical_derivatives_of_a_tree():
    tree = frozen(Pair(np.array([[1.0, 2.0]]), (np.array([3.0]),)))

    def f(tree):
        return np.sum(tree.a) ** 2 * tree.b[0][0]

    for numeric in NUMERIC:
        got = numeric(f, tree)
        assert type(got) is Pair and type(got.b) is tuple
        want = Pair(np.array([[18.0, 18.0]]), (np.array([9.0]),))
        assert agree(got, want, 1e-7)


def test_each_number_is_moved_alone():
    seen = []
    central_difference(lambda x: seen.append(x.copy()) or 0.0, np.zeros(2), eps=0.5)
    assert [row.tolist() for row in seen] == [[0.5, 0], [-0.5, 0], [0, 0.5], [0, -0.5]]


def test_the_steps_may_be_chosen():
    x = np.array([2.0])
    assert central_difference(lambda x: np.sum(x**3), x, eps=0.5).tolist() == [12.25]
    assert complex_step(lambda x: np.sum(x**3), x, h=0.5).tolist() == [11.75]


def test_a_lost_imaginary_part_is_noticed():
    with pytest.raises(TypeError, match="complex numbers through; got a real"):
        complex_step(lambda x: np.sum(x.real), np.ones(2))
    with pytest.raises(TypeError, match="got a real result"):
        complex_step(lambda x: 1.0, np.ones(2))


# Errors


@pytest.mark.parametrize("scale", [1e-200, 1e-9, 1.0, 1e200])
def test_an_error_has_no_scale(scale):
    got, want = scale * np.array([1.0, 2.0]), scale * np.array([1.0, 2.5])
    assert abs(relative_error(got, want) - 0.2) < 1e-15
    assert relative_error(got, want) == relative_error(want, got)
    assert abs(relative_error(0 * want, want) - 1) < 1e-15


def test_errors_are_told_array_by_array():
    """A small array that is wrong is not hidden by a large one that is right."""
    got = Pair(np.array([1e9]), np.array([1e-9]))
    want = Pair(np.array([1e9]), np.array([2e-9]))
    assert abs(relative_error(got, want) - 0.5) < 1e-15


def test_zero_is_zero():
    assert relative_error(np.zeros(3), np.zeros(3)) == 0
    assert relative_error(np.full(3, np.nan), np.zeros(3)) != 0


def test_errors_need_one_shape():
    for other in (np.ones(3), np.ones((1, 2)), np.ones(())):
        with pytest.raises(ValueError, match=r"one shape; got \(2,\) and \("):
            relative_error(np.ones(2), other)


def test_nan_in_a_later_array_is_not_lost():
    got = Pair(np.ones(2), np.array([np.nan, 1.0]))
    assert not relative_error(got, Pair(np.ones(2), np.ones(2))) < 1


def test_a_missing_array_is_noticed():
    with pytest.raises(ValueError):
        relative_error((np.ones(2),), (np.ones(2), np.ones(3)))


def test_check_gives_a_row_for_each_array():
    tree = Pair(np.array([1.0, 2.0]), (np.array([[3.0]]),))

    def f(tree):
        return np.sum(tree.a**2) + np.sum(np.exp(tree.b[0]))

    right = Pair(2 * tree.a, (np.exp(tree.b[0]),))
    rows = check(f, tree, right)
    assert [name for name, _, _ in rows] == ["a", "b.0"]
    for i, numeric in enumerate(NUMERIC, start=1):
        want = numeric(f, tree)
        assert rows[0][i] == relative_error(right.a, want.a)
        assert rows[1][i] == relative_error(right.b, want.b)
    assert all(exact < 1e-14 and near < 1e-8 for _, exact, near in rows)
    (_, *one), (_, *other) = check(f, tree, Pair(1.001 * right.a, right.b))
    assert all(abs(error - 0.001) < 1e-5 for error in one)
    assert other == list(rows[1][1:])


# Reverse mode on a graph


def graph(f, *arrays):
    """Return value and gradients by the graph."""
    given = nodes(arrays)
    with any_type():
        loss = f(*given)
        return loss.value, autodiff.gradients(loss, given)


LOSSES = {
    "add": (lambda a, b: ((a + b) * A).sum(), A, POSITIVE),
    "add a row": (lambda a, b: ((a + b) * A).sum(), A, ROW),
    "add a column": (lambda a, b: ((b + a) * A).sum(), A, COLUMN),
    "add a vector": (lambda a, b: ((a + b) * A).sum(), A, A[0]),
    "add a number": (lambda a, b: ((a + b) * A).sum(), A, A[0, 0]),
    "outer sum": (lambda a, b: ((a + b) * A).sum(), ROW, COLUMN),
    "constants": (lambda a: ((2 - a) * (a + 1) / 3 - 4 * a).sum(), A),
    "subtract": (lambda a, b: ((a - b) * A).sum(), A, ROW),
    "multiply": (lambda a, b: (a * b * A).sum(), A, ROW),
    "divide": (lambda a, b: (a / b * A).sum(), A, POSITIVE),
    "divide into": (lambda b: (A / b).sum(), POSITIVE[:1]),
    "negative": (lambda a: (-a * A).sum(), A),
    "power": (lambda a: (a**3 * A).sum(), A),
    "square root": (lambda a: (a**0.5 * A).sum(), POSITIVE),
    "reciprocal": (lambda a: (a**-1 * A).sum(), POSITIVE),
    "exp": (lambda a: (np.exp(a) * A).sum(), A),
    "log": (lambda a: (np.log(a) * A).sum(), POSITIVE),
    "tanh": (lambda a: (np.tanh(a) * A).sum(), A),
    "matmul": (lambda a, b: (a @ b * N).sum(), A, M),
    "matmul of a constant": (lambda b: (A @ b * N).sum(), M),
    "transpose": (lambda a, b: (a.T @ b * M).sum(), A, N),
    "sum of an axis": (lambda a: (a.sum(axis=0) * a[1]).sum(), A),
    "sum of the last axis": (lambda a: (a.sum(axis=-1) * A[:, 0]).sum(), A),
    "sum that keeps axes": (lambda a: (A * a.sum(axis=1, keepdims=True) * a).sum(), A),
    "sum of all that keeps axes": (lambda a: (a.sum(keepdims=True) * A).sum(), A),
    "rows": (lambda a: (a[1:] * A[:2]).sum(), A),
    "a row twice": (lambda a: (a[np.array([0, 2, 0])] * A).sum(), A),
    "places": (lambda a: (a[[0, 1, 0], [2, 2, 2]] * A[:, 0]).sum(), A),
    "split": (lambda a: sum(k * x.sum() for k, x in enumerate(np.split(a, 2, 1))), A),
    "stack": (lambda a: (np.stack([a[0], a[2], a[0]]) * A).sum(), A),
    "rows in turn": (lambda a: sum(k * row.sum() for k, row in enumerate(a)), A),
    "used twice": (lambda a: (a * a * A).sum(), A),
    "used many times": (lambda a: (a * np.tanh(a) + a / (a * a + 2)).sum(), A),
    "both sides": (lambda a: ((a @ a.T) * (a @ a.T)).sum(), A),
    "a diamond": (lambda a: np.exp(a).sum() * np.tanh(a).sum(), A),
    "the loss itself": (lambda a: a, A[0, 0]),
}


@pytest.mark.parametrize("name", LOSSES)
def test_the_graph_gives_the_derivative(name):
    f, *arrays = LOSSES[name]
    arrays = tuple(np.array(array) for array in arrays)

    def on_arrays(tree):
        return f(*tree) + 0j

    value, got = graph(f, *arrays)
    assert abs(value - f(*arrays)) < TOLERANCE
    assert agree(got, complex_step(on_arrays, arrays), TOLERANCE)


def test_the_greater_of_two_hears_all():
    value, (da, db) = graph(lambda a, b: (np.maximum(a, b) * 2).sum(), ROW, -ROW)
    assert value == 2 * abs(ROW).sum()
    assert da.tolist() == (2.0 * (ROW > 0)).tolist()
    assert db.tolist() == (2.0 * (ROW < 0)).tolist()
    _, (da, db) = graph(lambda a, b: np.maximum(a, b).sum(), ROW, ROW)
    assert (da + db == 1).all()


def test_where_passes_to_the_side_that_was_taken():
    _, (da, db) = graph(lambda a, b: (np.where(A > 0, a, b) * A).sum(), A, POSITIVE)
    assert np.array_equal(da, A * (A > 0)) and np.array_equal(db, A * (A <= 0))


@STEADY
@given(st.integers(1, 40), st.floats(-1, 1))
def test_a_weight_used_n_times_hears_n_times(n, w):
    """Sharing through time: the derivative of w^n x."""

    def f(w):
        h = 2.0
        for _ in range(n):
            h = w * h
        return h

    _, (dw,) = graph(f, np.array(w))
    assert abs(dw - 2 * n * w ** (n - 1)) < TOLERANCE * n


def test_a_node_knows_its_inputs_and_consumers():
    a, b = Node(A), Node(A)
    c = a + b
    d = c * a
    assert c.inputs == (a, b) and a.consumers == [c, d] and d.consumers == []
    assert (a * a).inputs == (a, a) and len(a.consumers) == 3  # once, though used twice
    assert (c.shape, c.ndim, len(c), c.dtype) == ((3, 4), 2, 3, np.float64)


def test_each_gradient_is_worked_out_once():
    calls = []
    a = Node(np.ones(()))
    b = Node(a.value, [a], lambda i, G: calls.append(i) or G)
    with any_type():
        loss = b * b + b
        table = {loss: np.ones(())}
        assert build_grad(a, table) == build_grad(a, table) == 3 and calls == [0]


def test_what_the_loss_does_not_see_has_no_gradient():
    a, b = Node(A), Node(A)
    with any_type():
        (b * 2).sum()
        da, db = autodiff.gradients((a * 2).sum(), (a, b))
    assert (da == 2).all() and not db.any() and db.shape == b.shape


def test_an_earlier_loss_on_the_same_nodes_is_not_counted():
    a = Node(A)
    with any_type():
        first = autodiff.gradients((a * 2).sum(), a)
        again = autodiff.gradients((a * 5).sum(), a)
    assert (first == 2).all() and (again == 5).all()


@pytest.mark.parametrize("shape", [(1,), (3, 4)])
def test_a_loss_is_one_number(shape):
    with pytest.raises(ValueError, match=r"loss must be one number; got shape \("):
        autodiff.gradients(Node(np.ones(shape)), Node(A))


@pytest.mark.parametrize(
    "f", [np.sin, np.add.reduce, np.cumsum, np.mean, lambda a: a > 0, abs]
)
def test_what_has_no_rule_is_refused(f):
    with pytest.raises(TypeError):
        f(Node(A))


def test_values_are_not_written_to():
    """A is frozen; so are the gradients handed down."""
    a = Node(np.array(A))
    with any_type():
        loss = (a.sum(axis=0) + a).sum()
        autodiff.gradients(loss, a)
    assert np.array_equal(a.value, A)


@pytest.mark.parametrize("n_steps", [2, 3])
def test_products_of_stacks_are_right_or_refused(n_steps):
    """With all sizes 2, a wrong rule would not be noticed by NumPy."""
    h = np.random.default_rng(1).normal(size=(n_steps, 2, 2))
    w = np.random.default_rng(2).normal(size=(2, 2))
    weights = np.random.default_rng(3).normal(size=h.shape)
    try:
        _, got = graph(lambda h, w: (h @ w * weights).sum(), h, w)
    except TypeError:  # no rule
        return
    want = complex_step(lambda tree: (tree[0] @ tree[1] * weights).sum(), (h, w))
    assert agree(got, want, TOLERANCE)


def test_products_of_vectors_are_right_or_refused():
    a, v, weights = np.random.default_rng(1).normal(size=(3, 3, 3))
    for f in (lambda a, v: (a @ v * weights[0]).sum(), lambda a, v: v @ v + a.sum()):
        try:
            _, got = graph(f, a, v[0])
        except TypeError:  # no rule
            continue
        want = complex_step(lambda tree, f=f: f(*tree), (a, v[0]))
        assert agree(got, want, TOLERANCE)


def test_splits_are_right_or_refused():
    for parts, axis in ((2, -1), (3, 1), (4, -1)):
        try:
            want = np.split(A, parts, axis=axis)
        except ValueError:  # it does not divide
            with any_type(), pytest.raises((TypeError, ValueError)):
                np.split(Node(A), parts, axis=axis)
            continue
        with any_type():
            got = np.split(Node(A), parts, axis=axis)
        assert all(np.array_equal(a.value, b) for a, b in zip(got, want, strict=True))


def test_keywords_are_obeyed_or_refused():
    out = np.zeros_like(A)
    with any_type():
        try:
            np.add(Node(A), 1, out=out)
        except TypeError:
            return
    assert np.array_equal(out, A + 1)


def test_a_gradient_is_an_array():
    _, (dw,) = graph(lambda w: (w * A).sum(), np.array(2.0))
    assert isinstance(dw, np.ndarray)


def test_long_texts_fit_on_the_graph():
    params = RNN.init(1, 1, rng=np.random.default_rng(0))

    def f(*params):
        state = np.zeros((1, 1))
        for _ in range(400):
            h, state, _ = RNN.forward(np.ones((1, 1)), state, type(start)(*params))
        return h.sum()

    start = params
    value, _ = graph(f, *params)
    assert math.isfinite(value)


def test_a_long_text_does_not_burden_the_next_loss():
    a = Node(np.ones(()))
    with any_type():
        long = a
        for _ in range(2000):
            long = long * 0.5
        assert autodiff.gradients(a * 3, a) == 3


def test_numbers_may_stand_beside_nodes():
    a = Node(np.ones(2))
    assert autodiff.gradients((2 * a + 1).sum(), a).tolist() == [2, 2]
