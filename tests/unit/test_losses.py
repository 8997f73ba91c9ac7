"""Loss and gradient: against plain sums, the complex step and central differences."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from refusals import refuses

from rnnlib.losses import bits, cross_entropy, log_softmax, perplexity

pytestmark = pytest.mark.filterwarnings("error")

TOLERANCE = 1e-14
STEADY = settings(derandomize=True, database=None, deadline=None)
V = 5
SHAPES = pytest.mark.parametrize("shape", [(), (1,), (6,), (4, 3), (3, 1, 2)])
MASKED = pytest.mark.parametrize("masked", [False, True])
DTYPES = [np.float32, np.float64, np.complex64, np.complex128]


def frozen(array):
    array = np.array(array)
    array.flags.writeable = False
    return array


def case(shape, masked, seed=0):
    """Draw logits, labels and a mask that leaves the first token and hides the last, if there is another."""
    rng = np.random.default_rng(seed)
    o, y = 3 * rng.normal(size=(*shape, V)), rng.integers(V, size=shape)
    mask = np.array(rng.random(shape) < 0.6)
    mask.flat[-1] = False
    mask.flat[0] = True
    return frozen(o), frozen(y), frozen(mask) if masked else None


def relative_error(got, want):
    got, want = np.asarray(got), np.asarray(want)
    assert got.shape == want.shape
    return abs(got - want).max() / abs(want).max()


def plain_loss(o, y, mask):
    """Sum token by token."""
    total, n = 0.0, 0
    for place in np.ndindex(y.shape):
        if mask is None or mask[place]:
            e = [math.exp(logit) for logit in o[place]]
            total, n = total - math.log(e[y[place]] / sum(e)), n + 1
    return total / n


# The softmax


@SHAPES
def test_log_softmax_is_the_log_of_the_softmax(shape):
    o = case(shape, False)[0]
    p = np.exp(o) / np.exp(o).sum(axis=-1, keepdims=True)
    got = log_softmax(o)
    assert relative_error(got, np.log(p)) < TOLERANCE
    assert abs(np.exp(got).sum(axis=-1) - 1).max() < TOLERANCE


@STEADY
@given(st.lists(st.integers(-50, 50), min_size=1, max_size=6), st.integers(-(10**6), 0))
def test_log_softmax_does_not_see_a_shift(o, shift):
    o = np.array(o, dtype=float)
    assert np.array_equal(log_softmax(o + shift), log_softmax(o))


@pytest.mark.parametrize("dtype", DTYPES)
def test_log_softmax_bears_any_size(dtype):
    o = np.array([[1e4, -1e4, 0], [-1e4, -1e4, -1e4], [3e38, 0, 0]], dtype=dtype)
    want = [[0, -2e4, -1e4], [-math.log(3)] * 3, [0, -3e38, -3e38]]
    got = log_softmax(o)
    assert got.dtype == dtype
    assert (abs(got - want) <= 1e-6 * abs(np.array(want))).all()


def test_a_forbidden_token_has_no_probability():
    o, y = np.array([[0.5, -np.inf, 1.0]]), np.array([2])
    loss, do = cross_entropy(o, y)
    rest, rest_do = cross_entropy(o[:, [0, 2]], np.array([1]))
    assert loss == rest and np.array_equal(do[:, [0, 2]], rest_do) and do[0, 1] == 0
    assert log_softmax(o)[0, 1] == -np.inf
    assert cross_entropy(o, np.array([1]))[0] == np.inf


# The loss


@SHAPES
@MASKED
def test_loss_is_the_mean_over_tokens_that_count(shape, masked):
    o, y, mask = case(shape, masked)
    loss, _ = cross_entropy(o, y, mask)
    assert abs(loss / plain_loss(o, y, mask) - 1) < TOLERANCE


@pytest.mark.parametrize("n_classes", [1, 2, 50])
def test_knowing_nothing_costs_log_v(n_classes):
    o, y = np.full((3, n_classes), 7.0), np.zeros(3, dtype=int)
    loss, do = cross_entropy(o, y)
    assert abs(loss - math.log(n_classes)) < TOLERANCE
    assert abs(do[:, 0] - (1 / n_classes - 1) / 3).max() < TOLERANCE
    assert abs(do[:, 1:] - 1 / n_classes / 3).sum() < TOLERANCE


@pytest.mark.parametrize("dtype", DTYPES)
def test_loss_bears_logits_of_any_size(dtype):
    o = np.array([[1e4, -1e4, 0.0]] * 3, dtype=dtype)
    for y, want in enumerate([0.0, 2e4, 1e4]):
        loss, do = cross_entropy(o, np.full(3, y))
        assert loss == want
        assert abs(do - (np.eye(3)[0] - np.eye(3)[y]) / 3).max() < 1e-7


@pytest.mark.parametrize("dtype", DTYPES)
@SHAPES
@MASKED
def test_dtype_and_shape_follow_the_logits(dtype, shape, masked):
    o, y, mask = case(shape, masked)
    loss, do = cross_entropy(o.astype(dtype), y, mask)
    assert isinstance(loss, np.inexact) and loss.dtype == dtype
    assert do.dtype == dtype and do.shape == o.shape
    want_loss, want_do = cross_entropy(o, y, mask)
    assert abs(loss / want_loss - 1) < 1e-5 and relative_error(do, want_do) < 1e-5


@pytest.mark.parametrize("dtype", "bhilBHIL")
def test_labels_of_any_whole_type(dtype):
    o, y, mask = case((4, 3), True)
    for got, want in zip(
        cross_entropy(o, y.astype(dtype), mask), cross_entropy(o, y, mask)
    ):
        assert np.array_equal(got, want)


# The gradient


@SHAPES
@MASKED
def test_gradient_passes_the_complex_step(shape, masked):
    h = 1e-30
    o, y, mask = case(shape, masked)
    _, do = cross_entropy(o, y, mask)
    want = np.zeros_like(o)
    for place in np.ndindex(o.shape):
        step = o.astype(complex)
        step[place] += 1j * h
        want[place] = cross_entropy(step, y, mask)[0].imag / h
    assert relative_error(do, want) < TOLERANCE


@SHAPES
@MASKED
def test_gradient_passes_the_central_difference(shape, masked):
    h = 1e-5
    o, y, mask = case(shape, masked)
    _, do = cross_entropy(o, y, mask)
    want = np.zeros_like(o)
    for place in np.ndindex(o.shape):
        ahead, back = o.copy(), o.copy()
        ahead[place] += h
        back[place] -= h
        rise = cross_entropy(ahead, y, mask)[0] - cross_entropy(back, y, mask)[0]
        want[place] = rise / (2 * h)
    assert relative_error(do, want) < 1e-9


@SHAPES
@MASKED
def test_gradient_sums_to_zero_over_the_classes(shape, masked):
    _, do = cross_entropy(*case(shape, masked))
    assert abs(do.sum(axis=-1)).max() < TOLERANCE


LAYOUTS = {
    "column by column": np.asfortranarray,
    "batch first": lambda o: o.swapaxes(0, 1).copy().swapaxes(0, 1),
    "classes first": lambda o: np.moveaxis(np.moveaxis(o, -1, 0).copy(), 0, -1),
    "backwards": lambda o: o[::-1, ::-1, ::-1].copy()[::-1, ::-1, ::-1],
    "every other": lambda o: np.repeat(o, 2, axis=1)[:, ::2],
}


@pytest.mark.parametrize("layout", LAYOUTS)
@MASKED
def test_gradient_does_not_depend_on_the_layout_in_memory(layout, masked):
    o, y, mask = case((4, 3), masked)
    laid_out = LAYOUTS[layout](o)
    assert np.array_equal(laid_out, o)
    got, want = cross_entropy(laid_out, y, mask), cross_entropy(o, y, mask)
    assert abs(got[0] / want[0] - 1) < TOLERANCE
    assert relative_error(got[1], want[1]) < TOLERANCE


# The mask


@pytest.mark.parametrize("there", [0.0, 1e4, -1e300, np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("shape", [(6,), (4, 3)])
def test_what_stands_at_masked_places_is_not_seen(shape, there):
    o, y, mask = case(shape, True)
    want, other = cross_entropy(o, y, mask), o.copy()
    other[~mask] = there
    other[~mask, 0] = -there
    with np.errstate(invalid="ignore"):  # inf - inf
        loss, do = cross_entropy(other, np.where(mask, y, V - 1 - y), mask)
    assert loss == want[0] and np.array_equal(do, want[1])
    assert not do[~mask].any() and do[mask].all()


def test_masking_is_leaving_out():
    o, y, mask = case((4, 3), True)
    loss, do = cross_entropy(o, y, mask)
    rest, rest_do = cross_entropy(o[mask], y[mask])
    assert abs(loss / rest - 1) < TOLERANCE
    assert relative_error(do[mask], rest_do) < TOLERANCE


@pytest.mark.parametrize("dtype", [int, float, np.uint8, np.float32])
def test_a_mask_may_be_of_ones_and_zeros(dtype):
    o, y, mask = case((4, 3), True)
    got, want = cross_entropy(o, y, mask.astype(dtype)), cross_entropy(o, y, mask)
    assert got[0] == want[0] and np.array_equal(got[1], want[1])


@SHAPES
def test_a_mask_of_ones_is_no_mask(shape):
    o, y, _ = case(shape, False)
    got, want = cross_entropy(o, y, np.ones(shape, dtype=bool)), cross_entropy(o, y)
    assert got[0] == want[0] and np.array_equal(got[1], want[1])


@MASKED
def test_arguments_are_left_alone(masked):
    arguments = [np.array(a) for a in case((4, 3), True)][: 2 + masked]
    before = [a.copy() for a in arguments]
    _, do = cross_entropy(*arguments)
    log_softmax(arguments[0])[:] = 0
    do[:] = 7
    assert all(np.array_equal(a, b) for a, b in zip(arguments, before))


# Units


def test_perplexity_and_bits():
    assert perplexity(0.0) == 1 and abs(perplexity(math.log(8)) - 8) < 8 * TOLERANCE
    assert perplexity(np.inf) == perplexity(1e4) == np.inf
    assert bits(0.0) == 0 and abs(bits(math.log(8)) - 3) < TOLERANCE
    nats = np.array([0.5, 1.0, 20.0])
    assert relative_error(perplexity(nats), 2.0 ** bits(nats)) < TOLERANCE
    assert nats.tolist() == [0.5, 1.0, 20.0]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_loss_has_a_perplexity_and_bits(dtype):
    loss, _ = cross_entropy(np.zeros((3, 8), dtype=dtype), np.zeros(3, dtype=int))
    assert abs(perplexity(loss) - 8) < 1e-5 and abs(bits(loss) - 3) < 1e-5


# Bad input

O, Y = np.zeros((2, 3)), np.array([0, 2])
NO_CLASSES = r"o must have shape \(\.\.\., V\) with V at least 1; got"


@pytest.mark.parametrize(
    ("o", "y", "error", "words"),
    [
        (O.astype(int), Y, TypeError, "o must be floating point; got dtype int64"),
        (O.astype(bool), Y, TypeError, "o must be floating point; got dtype bool"),
        (np.array(0.0), Y, ValueError, NO_CLASSES + r" \(\)"),
        (O[:, :0], Y, ValueError, NO_CLASSES + r" \(2, 0\)"),
        (O, Y.astype(float), TypeError, "y must be whole numbers; got dtype float64"),
        (O, Y > 0, TypeError, "y must be whole numbers; got dtype bool"),
        (O, np.array([0, 3]), ValueError, r"y must lie in 0\.\.2.*; got 0\.\.3"),
        (O, np.array([-1, 0]), ValueError, r"y must lie in 0\.\.2.*; got -1\.\.0"),
        (O, Y[:1], ValueError, r"leading shape of o, \(2,\); got \(1,\)"),
        (O, Y[:, None], ValueError, r"leading shape of o, \(2,\); got \(2, 1\)"),
        (O, np.eye(3, dtype=int)[Y], ValueError, r"of o, \(2,\); got \(2, 3\)"),
        (O[0], Y, ValueError, r"leading shape of o, \(\); got \(2,\)"),
        (O[:0], Y[:0], ValueError, "token that counts; got none of 0"),
    ],
)
def test_logits_and_labels_are_checked(o, y, error, words):
    with refuses(words, error):
        cross_entropy(o, y)


@pytest.mark.parametrize("label", [-1, 3])
def test_labels_are_checked_at_padding_too(label):
    with refuses(r"y must lie in 0\.\.2, padding too; got"):
        cross_entropy(O, np.array([0, label]), np.array([True, False]))


@pytest.mark.parametrize(
    ("mask", "words"),
    [
        (np.zeros(2, dtype=bool), "mask must leave a token that counts; got none of 2"),
        (np.ones(3, dtype=bool), r"mask must have the shape of y, \(2,\); got \(3,\)"),
        (np.ones((2, 3), dtype=bool), r"the shape of y, \(2,\); got \(2, 3\)"),
        (np.array(True), r"the shape of y, \(2,\); got \(\)"),
        (np.ones((2, 1), dtype=bool), r"the shape of y, \(2,\); got \(2, 1\)"),
        (np.array([1.0, 0.5]), "mask must hold True and False, or 1 and 0, only"),
        (np.array([1.0, np.nan]), "mask must hold True and False, or 1 and 0, only"),
        (np.array([1, 2]), "mask must hold True and False, or 1 and 0, only"),
        (np.array([1, -1]), "mask must hold True and False, or 1 and 0, only"),
    ],
)
def test_masks_are_checked(mask, words):
    with refuses(words):
        cross_entropy(O, Y, mask)


@pytest.mark.parametrize("o", [np.arange(3), np.array(1.0), np.zeros((2, 0))])
def test_log_softmax_checks_its_logits(o):
    words = "o must be floating" if o.dtype == int else NO_CLASSES
    with refuses(words, TypeError if o.dtype == int else ValueError):
        log_softmax(o)


def test_the_range_of_labels_is_named_whatever_the_shape():
    o = np.zeros((2, 4, 6))
    words = r"y must lie in 0\.\.5, padding too; got 0\.\.6$"
    with refuses(words):
        cross_entropy(o, np.array([[0, 1, 2, 3], [4, 5, 6, 0]]))


def test_a_mask_of_halves_is_refused_in_these_words():
    with refuses("^mask must hold True and False, or 1 and 0, only$"):
        cross_entropy(O, Y, np.array([1.0, 0.5]))
