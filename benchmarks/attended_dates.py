"""Where a decoder looks while it writes a date: python -m benchmarks.attended_dates.

Networks with attention are trained on the dates of benchmarks.translation; kept are the weights, step by step, on dates
of the test.
"""

from threadpoolctl import threadpool_limits

from benchmarks.record import record
from benchmarks.translation import (
    WAYS,
    Pair,
    Setting,
    Task,
    date_task,
    fit,
    padded,
    scores,
    write,
)
from rnnlib.gru import GRU
from rnnlib.seq2seq import Seq2Seq, Seq2SeqParams, seq2seq_loss

SEEDS = range(3)
SETTING = Setting(64, 24, 900, 0.005)
MODEL = Seq2Seq(GRU, GRU, WAYS["attention"][0])


def weights(task: Task, params: Seq2SeqParams, pairs: list[Pair]) -> list[list[str]]:
    """The weights over the source in thousandths, a line for each letter of the target and one for its stop token."""
    source, target = padded(task, pairs, reverse=False)
    _, cache = seq2seq_loss(MODEL, params, source, target)
    _, _, attended, _ = cache.decoder
    found = attended[-1]  # (B, T, S)
    return [
        [" ".join(f"{1000 * w:.0f}" for w in line[: len(row)]) for line in found[b]]
        for b, (row, _) in enumerate(pairs)
    ]


def main() -> None:
    task, shown, rows = date_task(seed=16), {}, []
    for seed in SEEDS:
        params = fit(task, MODEL, False, SETTING, seed)
        written = write(task, MODEL, params, task.test, False)
        rows.append(scores(task, written, task.test))
        print(seed, rows[-1], flush=True)
        looked = weights(task, params, task.test[:24])
        shown[str(seed)] = [
            {
                "source": "".join(row),
                "target": "".join(iso),
                "written": "".join(out),
                "weights": table,
            }
            for (row, iso), out, table in zip(task.test, written, looked)
        ]
    record(
        "attended-dates",
        {"setting": SETTING._asdict(), "scores": rows, "shown": shown},
        command="python -m benchmarks.attended_dates",
    )


if __name__ == "__main__":
    with threadpool_limits(1):
        main()
