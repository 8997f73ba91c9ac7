"""Batches: where every id goes, and what stays as it was."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from refusals import refuses

from rnnlib.batches import buckets, pad, random_batches, sequential_batches

pytestmark = pytest.mark.filterwarnings("error")

STEADY = settings(derandomize=True, database=None, deadline=None)
SIZE = st.integers(1, 5)
SEEDS = range(40)


def seeded(seed=0):
    return np.random.default_rng(seed)


def distinct(n):
    """Return a text in which no id comes twice, and none is its own place."""
    return seeded().permutation(n) + 1000


@st.composite
def texts(draw, largest_offset=6):
    """Draw N, T, B and an offset that leave at least one batch."""
    n_steps, batch_size = draw(SIZE), draw(SIZE)
    offset = draw(st.integers(0, largest_offset))
    n = offset + n_steps * batch_size + 1 + draw(st.integers(0, 40))
    return n, n_steps, batch_size, offset


# In sequence


@STEADY
@given(texts())
def test_sequential_batches_are_their_formula(sizes):
    n, n_steps, batch_size, offset = sizes
    ids = distinct(n)
    batches = list(sequential_batches(ids, n_steps, batch_size, offset=offset))
    length = (n - 1 - offset) // batch_size
    assert len(batches) == length // n_steps >= 1
    for k, (x, y) in enumerate(batches):
        assert x.shape == y.shape == (n_steps, batch_size)
        for t, b in np.ndindex(x.shape):
            place = offset + b * length + k * n_steps + t
            assert x[t, b] == ids[place] and y[t, b] == ids[place + 1]


@STEADY
@given(texts())
def test_a_column_goes_on_where_it_stopped(sizes):
    n, n_steps, batch_size, offset = sizes
    batches = list(sequential_batches(distinct(n), n_steps, batch_size, offset=offset))
    for here, following in zip(batches, batches[1:]):
        assert np.array_equal(following.x[0], here.y[-1])


@STEADY
@given(texts())
def test_each_id_is_an_input_at_most_once(sizes):
    n, n_steps, batch_size, offset = sizes
    batches = sequential_batches(distinct(n), n_steps, batch_size, offset=offset)
    inputs = np.concatenate([x for x, _ in batches], axis=None)
    assert len(set(inputs.tolist())) == inputs.size
    left_out = n - 1 - offset - inputs.size
    assert 0 <= left_out < batch_size * n_steps  # less than one more batch


@STEADY
@given(texts(largest_offset=0))
def test_offsets_that_lose_no_batch_reach_every_id_but_the_last(sizes):
    n, n_steps, batch_size, _ = sizes
    reached, n_batches = set(), set()
    for offset in range((n - 1) % (n_steps * batch_size) + 1):
        cut = sequential_batches(np.arange(n), n_steps, batch_size, offset=offset)
        inputs = [x for x, _ in cut]
        n_batches.add(len(inputs))
        reached.update(np.concatenate(inputs, axis=None).tolist())
    assert n_batches == {(n - 1) // (n_steps * batch_size)}
    assert reached == set(range(n - 1))


def test_the_offset_is_nought_unless_given():
    ids = distinct(30)
    for got, want in zip(
        sequential_batches(ids, 3, 2), sequential_batches(ids, 3, 2, offset=0)
    ):
        assert np.array_equal(got, want) and got.x[0, 0] in ids[::3]
    (x, _), *_ = sequential_batches(ids, 3, 2, offset=4)
    assert x[0, 0] == ids[4]


# At random


@STEADY
@given(texts(largest_offset=0), st.integers(0, 100))
def test_random_batches_are_windows_of_one_grid(sizes, seed):
    n, n_steps, batch_size, _ = sizes
    n += n_steps - 1  # room for one batch at any offset
    batches = list(random_batches(np.arange(n), n_steps, batch_size, rng=seeded(seed)))
    for x, y in batches:
        assert x.shape == y.shape == (n_steps, batch_size)
        assert np.array_equal(y, x + 1) and y.max() < n
        assert np.array_equal(x, x[0] + np.arange(n_steps)[:, None])
    starts = np.concatenate([x[0] for x, _ in batches])
    (offset,) = set((starts % n_steps).tolist())
    assert len(set(starts.tolist())) == len(starts)
    assert len(batches) == (n - 1 - offset) // n_steps // batch_size >= 1


def test_random_batches_take_ids_not_places():
    ids, places = distinct(50), np.arange(50)
    pairs = zip(
        random_batches(ids, 4, 3, rng=seeded()),
        random_batches(places, 4, 3, rng=seeded()),
    )
    for (x, y), (at, _) in pairs:
        assert np.array_equal(x, ids[at]) and np.array_equal(y, ids[at + 1])


def test_a_seed_names_an_epoch():
    def epoch(seed):
        batches = random_batches(distinct(60), 3, 2, rng=seeded(seed))
        return [batch.x.tolist() for batch in batches]

    assert epoch(0) == epoch(0)
    assert len({str(epoch(seed)) for seed in SEEDS}) == len(SEEDS)


def test_one_generator_gives_new_epochs():
    ids, rng = distinct(60), seeded()
    first, second = (list(random_batches(ids, 3, 2, rng=rng)) for _ in range(2))
    assert not np.array_equal(first[0].x, second[0].x)


@pytest.mark.parametrize(("n", "n_offsets"), [(23, 3), (24, 4), (25, 1)])
def test_over_the_seeds_every_id_but_the_last_is_an_input(n, n_offsets):
    n_steps = 4
    inputs, offsets, firsts = Counter(), set(), set()
    for seed in SEEDS:
        starts = [
            int(x[0, 0])
            for x, _ in random_batches(np.arange(n), n_steps, 1, rng=seeded(seed))
        ]
        offset = min(starts)
        offsets.add(offset)
        firsts.add(starts[0] - offset)
        assert sorted(starts) == list(range(offset, n - n_steps, n_steps))
        assert len(starts) == (n - 1) // n_steps  # no offset costs a batch
        inputs.update(start + t for start in starts for t in range(n_steps))
    assert offsets == set(range(n_offsets))
    assert set(inputs) == set(range(n - 1))
    assert firsts >= {0, 4, 8, 12}  # dealt out in any order


# Both


CUTS = {
    "sequential": lambda ids, n_steps, batch_size: sequential_batches(
        ids, n_steps, batch_size
    ),
    "random": lambda ids, n_steps, batch_size: random_batches(
        ids, n_steps, batch_size, rng=seeded()
    ),
}
CUT = pytest.mark.parametrize("cut", CUTS)


@CUT
@pytest.mark.parametrize("dtype", "bhilBHIL")
def test_dtype_follows_the_ids(cut, dtype):
    ids = np.arange(40).astype(dtype)
    for x, y in CUTS[cut](ids, 3, 2):
        assert x.dtype == y.dtype == ids.dtype and np.array_equal(y, x + 1)


@CUT
@pytest.mark.parametrize(
    ("n", "n_steps", "batch_size"),
    [(40, 3, 2), (40, 3, 1), (4, 1, 3), (40, 1, 1), (40, 1, 3)],
)
def test_batches_are_the_callers_own(cut, n, n_steps, batch_size):
    ids = distinct(n)
    before = ids.copy()
    want = [(x.copy(), y.copy()) for x, y in CUTS[cut](before, n_steps, batch_size)]
    for got, (x, y) in zip(CUTS[cut](ids, n_steps, batch_size), want):
        assert np.array_equal(got.x, x) and np.array_equal(got.y, y)
        got.x[:] = -1
        assert np.array_equal(got.y, y)
        got.y[:] = -2
    assert np.array_equal(ids, before)


@CUT
@pytest.mark.parametrize(("n_steps", "batch_size"), [(1, 1), (4, 1), (1, 4), (3, 2)])
def test_the_shortest_text_fills_one_batch(cut, n_steps, batch_size):
    enough = n_steps * batch_size + 1
    ids = np.arange(enough)
    assert len(list(CUTS[cut](ids, n_steps, batch_size))) >= 1
    with refuses(rf"T \* B \+ 1 = {enough} ids .*; got {enough - 1}"):
        CUTS[cut](ids[:-1], n_steps, batch_size)


IDS = np.arange(20)


@CUT
@pytest.mark.parametrize(
    ("ids", "n_steps", "batch_size", "error", "words"),
    [
        (np.zeros(0, dtype=int), 2, 2, ValueError, "ids must hold .*; got 0"),
        (IDS, 20, 1, ValueError, "T = 20 steps and B = 1 columns; got 20"),
        (IDS, 1, 20, ValueError, "T = 1 steps and B = 20 columns; got 20"),
        (IDS.reshape(4, 5), 2, 2, ValueError, r"shape \(N,\); got \(4, 5\)"),
        (IDS + 0.5, 2, 2, TypeError, "ids must be whole .*; got dtype float64"),
        (IDS > 3, 2, 2, TypeError, "ids must be whole numbers; got dtype bool"),
        (IDS, 0, 2, ValueError, "n_steps must be at least 1; got 0"),
        (IDS, -2, 2, ValueError, "n_steps must be at least 1; got -2"),
        (IDS, 2.0, 2, TypeError, "n_steps must be a whole number; got 2.0"),
        (IDS, True, 2, TypeError, "n_steps must be a whole number; got True"),
        (IDS, 2, 0, ValueError, "batch_size must be at least 1; got 0"),
        (IDS, 2, 2.0, TypeError, "batch_size must be a whole number; got 2.0"),
        (IDS, 2, False, TypeError, "batch_size must be a whole number; got False"),
    ],
)
def test_texts_and_sizes_are_checked_at_once(
    cut, ids, n_steps, batch_size, error, words
):
    """Before the first batch is asked for."""
    with refuses(words, error):
        CUTS[cut](ids, n_steps, batch_size)


@pytest.mark.parametrize(
    ("offset", "error", "words"),
    [
        (-1, ValueError, "offset must be at least 0; got -1"),
        (1.0, TypeError, "offset must be a whole number; got 1.0"),
        (True, TypeError, "offset must be a whole number; got True"),
        (16, ValueError, r"offset \+ T \* B \+ 1 = 21 ids .*; got 20"),
    ],
)
def test_offsets_are_checked(offset, error, words):
    with refuses(words, error):
        sequential_batches(IDS, 2, 2, offset=offset)


# Padding


ROWS = st.lists(
    st.lists(st.integers(0, 99), min_size=1, max_size=7), min_size=1, max_size=6
)


@STEADY
@given(ROWS, st.integers(-1, 3))
def test_pad_fills_up_at_the_end(rows, value):
    ids, mask, lengths = pad(rows, value=value)
    assert ids.shape == mask.shape == (max(map(len, rows)), len(rows))
    assert (ids.dtype, mask.dtype) == (np.int64, bool)
    assert lengths.tolist() == [len(row) for row in rows]
    for b, row in enumerate(rows):
        n, filler = len(row), len(ids) - len(row)
        assert ids[:, b].tolist() == row + [value] * filler
        assert mask[:, b].tolist() == [True] * n + [False] * filler


def test_pad_fills_up_with_nought_unless_told():
    assert pad([[5, 6], [7]]).ids.T.tolist() == [[5, 6], [7, 0]]


@pytest.mark.parametrize("dtype", "bhilBHIL")
def test_rows_may_be_arrays_and_are_left_alone(dtype):
    rows = [np.array(row, dtype=dtype) for row in ([5, 6, 7], [8], [9, 9])]
    padded = pad(rows)
    assert padded.ids.dtype == np.int64
    assert padded.ids.T.tolist() == [[5, 6, 7], [8, 0, 0], [9, 9, 0]]
    padded.ids[:] = 1
    assert [row.tolist() for row in rows] == [[5, 6, 7], [8], [9, 9]]


@pytest.mark.parametrize(
    ("rows", "error", "words"),
    [
        ([], ValueError, "sequences must hold at least one row; got none"),
        ([[1, 2], []], ValueError, r"T at least 1; row 1 has \(0,\)"),
        ([[[1, 2]], [3]], ValueError, r"shape \(T,\) .* row 0 has \(1, 2\)"),
        ([3, 4], ValueError, r"shape \(T,\) .* row 0 has \(\)"),
        ([[1], [2], [0.5]], TypeError, "whole numbers; row 2 has dtype float64"),
        ([[1], [True]], TypeError, "whole numbers; row 1 has dtype bool"),
        ([["a"]], TypeError, "whole numbers; row 0 has dtype <U1"),
    ],
)
def test_pad_refuses(rows, error, words):
    with refuses(words, error):
        pad(rows)


@pytest.mark.parametrize("value", [0.5, np.nan, None, "0"])
def test_pad_fills_up_with_a_whole_number(value):
    with refuses("value .*whole", TypeError):
        pad([[1, 2], [3]], value=value)


# Buckets


LENGTHS = st.lists(st.integers(1, 9), min_size=1, max_size=30)


def padding(lengths, batches):
    """Count the places filled up."""
    return sum(len(rows) * max(lengths[rows]) - sum(lengths[rows]) for rows in batches)


@STEADY
@given(LENGTHS, SIZE, st.integers(0, 100))
def test_buckets_hold_each_row_once(lengths, batch_size, seed):
    batches = list(buckets(lengths, batch_size, rng=seeded(seed)))
    assert sorted(np.concatenate(batches).tolist()) == list(range(len(lengths)))
    full, rest = divmod(len(lengths), batch_size)
    sizes = sorted(map(len, batches), reverse=True)
    assert sizes == [batch_size] * full + [rest] * (rest > 0)


@STEADY
@given(LENGTHS, SIZE, st.integers(0, 100))
def test_lengths_of_a_bucket_are_neighbours_when_sorted(lengths, batch_size, seed):
    batches = buckets(lengths, batch_size, rng=seeded(seed))
    groups = sorted(sorted(lengths[row] for row in rows) for rows in batches)
    assert sum(groups, []) == sorted(lengths)


@STEADY
@given(st.lists(LENGTHS, min_size=1, max_size=4), SIZE)
def test_buckets_need_no_more_padding_than_the_rows_as_they_come(parts, batch_size):
    lengths = np.array(sum(parts, []) * batch_size)  # all buckets are full
    as_they_come = np.arange(len(lengths)).reshape(-1, batch_size)
    bucketed = buckets(lengths.tolist(), batch_size, rng=seeded())
    assert padding(lengths, bucketed) <= padding(lengths, as_they_come)


def test_buckets_halve_the_padding_of_random_lengths():
    lengths = seeded().integers(1, 40, size=203)
    as_they_come = np.split(np.arange(203), range(8, 203, 8))
    bucketed = buckets(lengths.tolist(), 8, rng=seeded())
    assert padding(lengths, bucketed) < padding(lengths, as_they_come) / 2


def test_buckets_come_in_random_order_and_mix_equal_lengths():
    lengths = [4, 2, 4, 2, 4, 2, 4, 2]
    dealt = {
        seed: [rows.tolist() for rows in buckets(lengths, 2, rng=seeded(seed))]
        for seed in SEEDS
    }
    again = [rows.tolist() for rows in buckets(lengths, 2, rng=seeded(3))]
    assert dealt[3] == again
    assert {lengths[batches[0][0]] for batches in dealt.values()} == {2, 4}
    partners = {frozenset(rows) for batches in dealt.values() for rows in batches}
    assert len(partners) == 12  # two of four, for either length


def test_buckets_leave_lengths_alone():
    lengths = [3, 1, 2]
    for rows in buckets(lengths, 2, rng=seeded()):
        rows[:] = 0
    assert lengths == [3, 1, 2]


def test_buckets_take_the_lengths_of_padded_rows():
    lengths = pad([[1, 2, 3], [1], [1, 2]]).lengths
    got = buckets(lengths, 2, rng=seeded())
    want = buckets(lengths.tolist(), 2, rng=seeded())
    assert [rows.tolist() for rows in got] == [rows.tolist() for rows in want]


def test_one_bucket_may_hold_all():
    (rows,) = buckets([3, 1, 2], 10, rng=seeded())
    assert sorted(rows.tolist()) == [0, 1, 2]


LENGTHS_WANTED = r"lengths must have shape \(N,\), N at least 1, and be at least 1; got"


@pytest.mark.parametrize(
    ("lengths", "batch_size", "error", "words"),
    [
        ([], 2, ValueError, LENGTHS_WANTED),
        ([3, 0], 2, ValueError, LENGTHS_WANTED),
        ([3, -1], 2, ValueError, LENGTHS_WANTED),
        ([[3, 1]], 2, ValueError, LENGTHS_WANTED),
        ([3, 1], 0, ValueError, "batch_size must be at least 1; got 0"),
        ([3, 1], 2.0, TypeError, "batch_size must be a whole number; got 2.0"),
        ([3, 1], True, TypeError, "batch_size must be a whole number; got True"),
        ([1.5, 2.5], 2, TypeError, "whole"),
        ([np.nan, 2.0], 2, TypeError, "whole"),
    ],
)
def test_buckets_refuse(lengths, batch_size, error, words):
    with refuses(words, error):
        buckets(lengths, batch_size, rng=seeded())


@pytest.mark.parametrize(
    ("function", "arguments"),
    [(random_batches, (IDS, 2, 2)), (buckets, ([3, 1], 2))],
)
def test_chance_is_asked_for_by_name(function, arguments):
    with pytest.raises(TypeError, match="rng"):
        function(*arguments)
