"""Exercises of the chapter on batches, each with the mistakes that are commonly made in it."""

import numpy as np

from rnnlib import batches
from rnnlib.checks.core import Exercise

# No two ids are equal, so that an id says where it comes from; they are not in order, so that a place is not an id.
_ids = np.random.default_rng(0).permutation(100)
_machine = np.array([12, 0, 2, 7, 8, 13, 4])
_rows = [[7, 3, 9], [5], [4, 8, 6, 2, 11], [10, 12]]
_with_zeros = [[0, 4, 0, 0], [6, 0], [5, 3, 1, 2, 8, 0, 7]]
_with_nines = [[9, 1], [3, 9, 9, 2], [9], [5, 4, 6], [7, 9]]
_rng = np.random.default_rng(1)
_SHAPES = [(4, 3, 7), (2, 5, 6), (6, 2, 3)]  # T, B and how many of the ids are real
_batches = [
    (_rng.gamma(2, size=(T, B)), _rng.permutation(T * B).reshape(T, B) < n)
    for T, B, n in _SHAPES
]


def shifted(ids):
    """Inputs and labels: all ids but the last, and all but the first."""
    return ids[:-1], ids[1:]


def sequential_batches(ids, n_steps, batch_size, offset):
    """The package's batches, with the offset as a plain argument."""
    return list(batches.sequential_batches(ids, n_steps, batch_size, offset=offset))


def _columns(ids, batch_size, offset=0):
    length = (len(ids) - 1 - offset) // batch_size
    stop = offset + length * batch_size
    x, y = ids[offset:stop], ids[offset + 1 : stop + 1]
    return x.reshape(batch_size, length).T, y.reshape(batch_size, length).T


def _windows(x, y, n_steps):
    starts = range(0, len(x) - n_steps + 1, n_steps)
    return [(x[t : t + n_steps], y[t : t + n_steps]) for t in starts]


def _row_by_row(ids, n_steps, batch_size, offset):
    n_rows = (len(ids) - 1 - offset) // batch_size
    stop = offset + n_rows * batch_size
    x, y = ids[offset:stop], ids[offset + 1 : stop + 1]
    return _windows(x.reshape(-1, batch_size), y.reshape(-1, batch_size), n_steps)


def _windows_in_a_row(ids, n_steps, batch_size, offset):
    n = (len(ids) - 1 - offset) // (n_steps * batch_size)
    shape = (n, batch_size, n_steps)
    places = offset + np.arange(np.prod(shape)).reshape(shape).transpose(0, 2, 1)
    return [(ids[p], ids[p + 1]) for p in places]


def _rolled_columns(ids, n_steps, batch_size, offset):
    x, _ = _columns(ids, batch_size, offset)
    return _windows(x, np.roll(x, -1, axis=0), n_steps)


def _every_step(ids, n_steps, batch_size, offset):
    x, y = _columns(ids, batch_size, offset)
    return [
        (x[t : t + n_steps], y[t : t + n_steps]) for t in range(len(x) - n_steps + 1)
    ]


def _with_a_short_one(ids, n_steps, batch_size, offset):
    x, y = _columns(ids, batch_size, offset)
    starts = range(0, len(x), n_steps)
    return [(x[t : t + n_steps], y[t : t + n_steps]) for t in starts]


def _as_a_ring(ids, n_steps, batch_size, offset):
    length = (len(ids) - offset) // batch_size
    places = offset + np.arange(length * batch_size).reshape(batch_size, length).T
    return _windows(ids[places], np.roll(ids, -1)[places], n_steps)


def _altered(change):
    """Change the inputs and labels of every right batch."""
    return lambda *arguments: [change(*pair) for pair in sequential_batches(*arguments)]


def pad_rows(rows, value):
    """Rows side by side, time first, filled up at the end, and True where an id is real."""
    return tuple(batches.pad(rows, value=value)[:2])


def _padded_in_front(rows, value):
    ids, mask = pad_rows([row[::-1] for row in rows], value)
    return ids[::-1], mask[::-1]


def _cut_to_the_shortest(rows, value):
    shortest = min(len(row) for row in rows)
    return pad_rows([row[:shortest] for row in rows], value)


def _one_step_more(rows, value):
    ids, mask = pad_rows(rows, value)
    return np.append(ids, [[value] * len(rows)], 0), np.append(
        mask, [[False] * len(rows)], 0
    )


def _mask_of_labels(rows, value):
    ids, mask = pad_rows(rows, value)
    return ids, np.append(mask[1:], mask[:1] & False, axis=0)


def labelled_columns(ids, n_columns):
    """The text in columns, and the label of each id, from the text."""
    return _columns(ids, n_columns)


def _rolled_flat(ids, n_columns):
    x, _ = _columns(ids, n_columns)
    return x, np.roll(x.ravel(), -1).reshape(x.shape)


def _rolled_flat_by_columns(ids, n_columns):
    x, _ = _columns(ids, n_columns)
    return x, np.roll(x.T.ravel(), -1).reshape(x.T.shape).T


def epoch_loss(batches):
    """The mean loss over all tokens that count, in all batches."""
    total = sum(losses[mask].sum() for losses, mask in batches)
    return total / sum(mask.sum() for _, mask in batches)


def _mean_of_columns(losses, mask):
    return np.mean([loss[m].mean() for loss, m in zip(losses.T, mask.T) if m.any()])


def warm_windows(n_ids, n_steps, warm):
    """Windows as (start, first step scored): each overlaps the one before by ``warm`` steps, which are only read."""
    starts = range(0, n_ids - n_steps, n_steps - warm)
    return [(start, warm if start else 0) for start in starts]


def _whole_windows(ids, n_steps, batch_size, offset):
    length = (len(ids) - 1 - offset) // batch_size // n_steps * n_steps
    stop = offset + length * batch_size + 1
    return sequential_batches(ids[:stop], n_steps, batch_size, offset)


EXERCISES = {
    "shifted": Exercise(
        solution=shifted,
        cases={
            "machine": (_machine,),
            "two ids": (np.array([5, 9]),),
            "twelve ids": (_ids[:12],),
        },
        wrong={
            "the label wraps round: after the last id comes nothing, not the first": lambda ids: (
                ids,
                np.roll(ids, -1),
            ),
            "the last id is still among the inputs; it has no label": lambda ids: (
                ids,
                ids[1:],
            ),
            "inputs and labels have changed places": lambda ids: (ids[1:], ids[:-1]),
            "the label is the input itself; it should be the id that follows": lambda ids: (
                ids[:-1],
                ids[:-1],
            ),
            "the label is two steps ahead": lambda ids: (ids[:-2], ids[2:]),
            "the last pair is missing: N ids give N - 1 pairs": lambda ids: (
                ids[:-2],
                ids[1:-1],
            ),
            "an id that is not in the text was put at the end, to keep the length": lambda ids: (
                ids,
                np.append(ids[1:], 0),
            ),
            "a table of pairs was made; two rows are wanted, all inputs and all labels": lambda ids: (
                np.stack([ids[:-1], ids[1:]], axis=1)
            ),
        },
        hint="everything but the last, and everything but the first.",
    ),
    "sequential_batches": Exercise(
        solution=sequential_batches,
        cases={
            "35 ids, T = 5, B = 2": (_ids[:35], 5, 2, 0),
            "nothing left over": (_ids[:25], 4, 3, 0),
            "offset 2, ids left over": (_ids[:60], 3, 4, 2),
            "one label short": (_ids[:25], 4, 3, 1),
        },
        wrong={
            "the rectangle was filled row by row: going down a column jumps B ids at each step": _row_by_row,
            "windows were dealt one after the other, so that no column goes on in the next batch": _windows_in_a_row,
            "batch first: a batch should have shape (T, B)": _altered(
                lambda x, y: (x.T, y.T)
            ),
            "labels were rolled inside a window: the last step gets the window's first id": _altered(
                lambda x, y: (x, np.roll(x, -1, axis=0))
            ),
            "labels were rolled inside a column: its last step gets the column's first id": _rolled_columns,
            "the labels come from the neighbouring column": _altered(
                lambda x, y: (x, np.roll(x, -1, axis=1))
            ),
            "inputs and labels have changed places": _altered(lambda x, y: (y, x)),
            "only inputs were returned; a batch is a pair (x, y)": _altered(
                lambda x, y: x
            ),
            "the offset is not used": lambda ids, n_steps, batch_size, offset: (
                sequential_batches(ids, n_steps, batch_size, 0)
            ),
            "the text was taken as a ring: the last id has no label": _as_a_ring,
            "the windows overlap: the next one starts T steps on": _every_step,
            "a window at the end is too short: leave out what does not fill T steps": _with_a_short_one,
            "columns of whole windows only: give each an equal share of all pairs, then cut it": _whole_windows,
            "the last batch is missing": lambda *arguments: sequential_batches(
                *arguments
            )[:-1],
        },
        hint="cut the inputs and the labels in the same way: B rows of L, transposed, then T rows at a time.",
    ),
    "left_out": Exercise(
        solution=160,
        wrong={
            "that is how many are inputs": 840,
            "the last id is no input either: count it too": 159,
            "the ids that the offset skips are left out too": 120,
            "the offset was forgotten, or that the last id has no label: one batch too many": 40,
            "that is what lies outside the columns; each column leaves ids over at its end as well": 48,
            "that is what one column leaves over; there are B of them, and more outside": 14,
            "that is what the columns leave over; add the offset and what lies behind the last column": 112,
            "those are the pairs left over; the offset's ids and the last id are no inputs either": 119,
            "that is a number of batches": 7,
        },
        hint="how many batches are there, and how many inputs does a batch hold?",
    ),
    "pad_rows": Exercise(
        solution=pad_rows,
        cases={
            "four rows": (_rows, 0),
            "zeros among the ids": (_with_zeros, 0),
            "nines among the ids, filled with 9": (_with_nines, 9),
            "one row": ([[3, 1, 2]], 0),
        },
        wrong={
            "batch first: the shape should be (T, B)": lambda rows, value: tuple(
                part.T for part in pad_rows(rows, value)
            ),
            "filled up in front; the padding should stand at the end": _padded_in_front,
            "cut to the shortest row; fill up to the longest": _cut_to_the_shortest,
            "the mask asks where the id is not the padding's: a real id may be the same": lambda rows, value: (
                pad_rows(rows, value)[0],
                pad_rows(rows, value)[0] != value,
            ),
            "the mask is the wrong way round: True is for real ids": lambda rows, value: (
                pad_rows(rows, value)[0],
                ~pad_rows(rows, value)[1],
            ),
            "filled with 0 whatever the value is": lambda rows, value: pad_rows(
                rows, 0
            ),
            "there is one step too many": _one_step_more,
            "the mask is that of the labels, one step short; here it says which ids are real": _mask_of_labels,
            "the rows were sorted by length; keep their order": lambda rows, value: (
                pad_rows(sorted(rows, key=len), value)
            ),
            "only the ids were returned; the mask is wanted too": lambda rows, value: (
                pad_rows(rows, value)[0]
            ),
        },
        hint="np.full((T, B), value), then write each row into its column, and True into the mask's.",
    ),
    "labelled_columns": Exercise(
        solution=labelled_columns,
        cases={
            "22 ids in 3 columns": (_ids[:22], 3),
            "31 ids in 4 columns": (_ids[:31], 4),
            "7 ids in 1 column": (_ids[:7], 1),
            "ids left over": (_ids[:40], 6),
        },
        wrong={
            "the labels come from the neighbouring column: the rectangle was shifted along its rows": _rolled_flat,
            "the very last label is the first id of the text; the text goes on there": _rolled_flat_by_columns,
            "the last label of each column is the column's own first id": lambda ids, n: (
                _columns(ids, n)[0],
                np.roll(_columns(ids, n)[0], -1, axis=0),
            ),
            "batch first: time should run down the columns": lambda ids, n: tuple(
                part.T for part in _columns(ids, n)
            ),
            "the rectangle was filled row by row: a column jumps at each step": lambda ids, n: (
                tuple(
                    part.reshape(-1, n)
                    for part in (
                        ids[: (len(ids) - 1) // n * n],
                        ids[1 : (len(ids) - 1) // n * n + 1],
                    )
                )
            ),
            "inputs and labels have changed places": lambda ids, n: _columns(ids, n)[
                ::-1
            ],
            "the last row was dropped, and with it labels that are in the text": lambda ids, n: (
                _columns(ids, n)[0][:-1],
                _columns(ids, n)[0][1:],
            ),
        },
        hint="shift the row, then cut both rows alike.",
    ),
    "epoch_loss": Exercise(
        solution=epoch_loss,
        cases={
            "three batches": (_batches,),
            "the first two": (_batches[:2],),
            "one batch": (_batches[:1],),
        },
        wrong={
            "each batch weighs the same; a batch with more tokens should weigh more": lambda batches: (
                np.mean([losses[mask].mean() for losses, mask in batches])
            ),
            "padding is in the sum and in the count": lambda batches: (
                sum(losses.sum() for losses, _ in batches)
                / sum(losses.size for losses, _ in batches)
            ),
            "padding is still in the sum": lambda batches: (
                sum(losses.sum() for losses, _ in batches)
                / sum(mask.sum() for _, mask in batches)
            ),
            "padding is still in the count": lambda batches: (
                sum(losses[mask].sum() for losses, mask in batches)
                / sum(mask.size for _, mask in batches)
            ),
            "each batch was divided by its size and they weigh the same": lambda batches: (
                np.mean([(losses * mask).mean() for losses, mask in batches])
            ),
            "the batches are weighted by their size, padding included": lambda batches: (
                np.average(
                    [losses[mask].mean() for losses, mask in batches],
                    weights=[mask.size for _, mask in batches],
                )
            ),
            "each column weighs the same; a longer row should weigh more": lambda batches: (
                np.mean([_mean_of_columns(losses, mask) for losses, mask in batches])
            ),
            "that is the sum; divide by the number of tokens that count": lambda batches: (
                sum(losses[mask].sum() for losses, mask in batches)
            ),
            "the mask is used the wrong way round": lambda batches: epoch_loss(
                [(losses, ~mask) for losses, mask in batches]
            ),
        },
        hint="two sums over all batches, one of losses and one of tokens, and one division at the end.",
    ),
    "warm_windows": Exercise(
        solution=warm_windows,
        cases={
            "22 ids, T = 6, warm 2": (22, 6, 2),
            "24 ids, T = 7, warm 3": (24, 7, 3),
            "no overlap": (16, 5, 0),
            "one window": (9, 8, 5),
        },
        wrong={
            "the first window has nothing before it: it scores all of its steps": lambda n_ids, n_steps, warm: [
                (start, warm) for start, _ in warm_windows(n_ids, n_steps, warm)
            ],
            "every window scores all of its steps: labels are counted twice": lambda n_ids, n_steps, warm: [
                (start, 0) for start, _ in warm_windows(n_ids, n_steps, warm)
            ],
            "a window starts warm steps after the one before; it should overlap by warm": lambda n_ids, n_steps, warm: [
                (start, warm if start else 0)
                for start in range(0, n_ids - n_steps, warm)
            ],
            "the windows do not overlap": lambda n_ids, n_steps, warm: [
                (start, warm if start else 0)
                for start in range(0, n_ids - n_steps, n_steps)
            ],
            "the last window has no label for its last step: N ids give N - 1 pairs": lambda n_ids, n_steps, warm: [
                (start, warm if start else 0)
                for start in range(0, n_ids - n_steps + 1, n_steps - warm)
            ],
            "the last window is missing": lambda n_ids, n_steps, warm: [
                (start, warm if start else 0)
                for start in range(0, n_ids - n_steps - 1, n_steps - warm)
            ],
            "only the last warm steps are scored; it is the others that are": lambda n_ids, n_steps, warm: [
                (start, n_steps - warm if start else 0)
                for start, _ in warm_windows(n_ids, n_steps, warm)
            ],
        },
        hint="the next window starts n_steps - warm on; its last input must have a label.",
    ),
}
