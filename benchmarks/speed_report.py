"""Set the measured speeds beside their targets, in a table and a plot: python -m benchmarks.speed_report"""

import json
from typing import NamedTuple

import matplotlib

matplotlib.use("agg")
import matplotlib.pyplot as plt

from benchmarks.record import RESULTS

H128, H256, H512 = ((35, 32, h) for h in (128, 256, 512))
LONG, ALONE = (100, 16, 64), (25, 1, 100)
TYPES = "float32", "float64"


class Row(NamedTuple):
    """A target: ``least`` is what the number must reach; with ``most`` it must stay below instead."""

    what: str
    number: float
    least: float | None = None
    most: float | None = None
    unit: str = "x"
    reason: str = ""

    @property
    def met(self) -> bool:
        return (self.least is None or self.number >= self.least) and (
            self.most is None or self.number <= self.most
        )


def load(name: str) -> dict:
    return json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))


def rows(recurrent: dict, ngram: dict) -> list[Row]:
    """Compare each target with what was measured; a ratio above 1 says that the package is faster."""

    def ratio(cell: str, dtype: str, shape: tuple, peer: str) -> float:
        T, B, H = shape
        return recurrent["steps"][f"{cell} {dtype} T={T} B={B} H={H}"][peer]["ratio"]

    def name(shape: tuple, dtype: str) -> str:
        return "T={}, B={}, H={}, {}".format(*shape, dtype)

    found = []
    least = {H128: (1.4, 1.25), H256: (1.05, 1.05), H512: (1.05, 1.05)}
    least |= {LONG: (2.8, 1.9), ALONE: (5, 4)}
    for shape, targets in least.items():
        for dtype, target in zip(TYPES, targets):
            got = ratio("RNN", dtype, shape, "torch.nn.RNN")
            found.append(Row(f"RNN step, nn.RNN, {name(shape, dtype)}", got, target))
    for dtype, target in zip(TYPES, (4, 3.5)):
        got = ratio("RNN", dtype, ALONE, "column at a time")
        found.append(Row(f"RNN step, loop over columns, {dtype}", got, target))
    for shape in (H128, H256, H512):
        for dtype in TYPES:
            got = ratio("RNN", dtype, shape, "dictionary caches")
            why = "products and tanh alone are four fifths of our time, and most of its"
            what = f"RNN step, loop with dictionaries, {name(shape, dtype)}"
            found.append(Row(what, got, 1.8, reason=why))
    for shape, most in {H128: 1.5, H256: 1.3, H512: 1.3}.items():
        for dtype in TYPES:
            got = round(1 / ratio("RNN", dtype, shape, "products and tanh"), 2)
            what = f"RNN step over its products and tanh alone, {name(shape, dtype)}"
            found.append(Row(what, got, most=most))
    for shape in (H128, H256, H512, LONG, ALONE):
        single = ratio("LSTM", "float32", shape, "torch.nn.LSTM")
        double = ratio("LSTM", "float64", shape, "torch.nn.LSTM")
        target = 1.1 if shape == H128 else 0.95
        what = f"LSTM step, nn.LSTM, {name(shape, 'float64')}"
        found.append(Row(what, double, target))
        target = 1.5 if shape == ALONE else round(1 / 1.35, 2)
        why = "PyTorch's cell is one fused kernel; NumPy passes over memory ten times"
        what = f"LSTM step, nn.LSTM, {name(shape, 'float32')}"
        found.append(Row(what, single, target, reason=why))
    for shape in (H128, H256, H512, LONG, ALONE):
        own, other = (
            ratio("RNN", "float64", shape, k) for k in ("visible", "torch.nn.RNN")
        )
        what = f"visible RNN step over nn.RNN, {name(shape, 'float64')}"
        found.append(Row(what, round(own / other, 2), most=1.3))
    drawn = recurrent["sampling"]
    found += [
        Row("drawing characters, loop in torch", drawn["loop in torch"]["ratio"], 2.5),
        Row("drawing characters, nn.RNN", drawn["torch.nn.RNN"]["ratio"], 4),
    ]
    counted, weighed = ngram["counting"], ngram["megabytes"]
    per_second = ngram["tokens"] / counted["rnnlib"]["seconds"]
    found += [
        Row("counting n-grams, nltk", counted["nltk"]["ratio"], 200),
        Row("counting n-grams, Counter", counted["Counter"]["ratio"], 15),
        Row("counting n-grams", round(per_second / 1e6), 10, unit=" M tokens/s"),
        Row("counting ten million", max(weighed.values()), most=500, unit=" MB"),
    ]
    found += [
        Row(f"n-gram perplexity, nltk, {smoother}", timed["nltk"]["ratio"], 25)
        for smoother, timed in ngram["scoring"].items()
    ]
    started = recurrent["import"]["milliseconds"]
    step = recurrent["complex step"]
    why = "NumPy loads its random generators when they are asked for, and the core asks"
    times = round(started["rnnlib"] / started["numpy"], 2)
    found += [
        Row("importing the core, over numpy", times, most=1.6, reason=why),
        Row(
            "importing the core", recurrent["import"]["megabytes"], most=45, unit=" MB"
        ),
        Row(
            "complex step of 580 parameters", step["milliseconds"], most=50, unit=" ms"
        ),
        Row("its error", step["relative error"], most=1e-14, unit=""),
    ]
    return found


def table(found: list[Row], machine: str) -> str:
    lines = [
        "# Speed",
        "",
        "Made by `python -m benchmarks`. Times of the peer over ours, medians of rounds taken",
        f"in turns, one thread; above 1 the package is faster, unless the line says *over*. Machine: {machine}.",
        "",
        "| what | measured | target | |",
        "|---|---|---|---|",
    ]
    for row in found:
        target = (
            f"at least {row.least:g}" if row.most is None else f"at most {row.most:g}"
        )
        verdict = "met" if row.met else f"**missed**: {row.reason}"
        lines.append(
            f"| {row.what} | {row.number:.3g}{row.unit} | {target} | {verdict} |"
        )
    lines += ["", f"{sum(row.met for row in found)} of {len(found)} targets met.", ""]
    return "\n".join(lines)


def plot(recurrent: dict) -> None:
    """Draw how many times as long PyTorch takes for each cell and shape, and how our own time grows."""
    matplotlib.rcParams["svg.hashsalt"] = "speed"
    fig, (left, right) = plt.subplots(1, 2, figsize=(11, 6), layout="constrained")
    names = [name for name in recurrent["steps"] if "float32" in name][::-1]
    for offset, dtype, colour in (
        (0.2, "float32", "#2f6db3"),
        (-0.2, "float64", "#c7772e"),
    ):
        ratios = []
        for name in names:
            peers = recurrent["steps"][name.replace("float32", dtype)]
            ratios.append(peers[f"torch.nn.{name.split()[0]}"]["ratio"])
        places = [k + offset for k in range(len(names))]
        left.barh(places, ratios, height=0.38, color=colour, label=dtype)
    left.set_yticks(
        range(len(names)), [name.replace(" float32", "") for name in names], fontsize=8
    )
    left.axvline(1, color="black", linewidth=0.8)
    left.set(
        xlabel="time of torch.nn over ours", title="One training step against PyTorch"
    )
    left.legend()
    for axis, times in recurrent["growth"].items():
        sizes = [int(size) for size in times]
        right.loglog(sizes, list(times.values()), marker="o", label=axis)
        right.annotate(
            axis,
            (sizes[-1], list(times.values())[-1]),
            (5, 0),
            textcoords="offset points",
        )
    right.set(
        xlabel="size of the one that grows (the others: T=35, B=32, H=128)",
        ylabel="milliseconds a step, RNN, float32",
        title="How the time of a step grows",
    )
    fig.savefig(RESULTS / "speed.svg", metadata={"Date": None})
    plt.close(fig)


def main() -> None:
    recurrent, ngram = load("recurrent-speed"), load("ngram-speed")
    found = rows(recurrent["results"], ngram["results"])
    (RESULTS / "speed.md").write_text(
        table(found, recurrent["machine"]), encoding="utf-8"
    )
    plot(recurrent["results"])
    print(table(found, recurrent["machine"]))


if __name__ == "__main__":
    main()
