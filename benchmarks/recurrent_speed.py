"""Time the recurrent core against its peers, in turns: python -m benchmarks.recurrent_speed (needs torch)"""

import resource
import subprocess
import sys
import tracemalloc
from functools import partial
from statistics import median

import numpy as np
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from benchmarks import peers
from benchmarks.paired import paired
from benchmarks.record import record
from rnnlib.bptt import truncated_flow, unroll_backward, unroll_forward
from rnnlib.fused import Workspace, draw_tokens, lm_loss_and_grads
from rnnlib.gradcheck import complex_step, relative_error
from rnnlib.gru import GRU
from rnnlib.lstm import LSTM
from rnnlib.model import LMParams, lm_backward, lm_init, lm_loss, lm_step
from rnnlib.rnn import RNN
from rnnlib.sampling import generate
from rnnlib.tree import tree_leaves, tree_map

CELLS = {"RNN": RNN, "LSTM": LSTM, "GRU": GRU}
SHAPES = ((35, 32, 128), (35, 32, 256), (35, 32, 512), (100, 16, 64), (25, 1, 100))
VOCAB = 65


def make(cell, T: int, B: int, H: int, dtype) -> tuple[LMParams, np.ndarray]:
    """Draw a model and a batch of ids (T + 1, B)."""
    rng = np.random.default_rng(0)
    params = tree_map(lambda a: a.astype(dtype), lm_init(cell, VOCAB, H, rng=rng))
    return params, rng.integers(VOCAB, size=(T + 1, B))


def fused_step(cell, params: LMParams, ids: np.ndarray):
    """Return the fused step as a function without arguments."""
    state, workspace = cell.zero_state(ids.shape[1], params.cell), Workspace()
    return lambda: lm_loss_and_grads(
        cell, params, ids[:-1], ids[1:], state, workspace=workspace
    )


def visible_step(cell, params: LMParams, ids: np.ndarray):
    """Return the step by the loops that the book shows."""
    state = cell.zero_state(ids.shape[1], params.cell)
    return lambda: lm_backward(lm_loss(cell, params, ids[:-1], ids[1:], state)[2])


def several(step, n: int):
    """Repeat a short step, so that the clock can see it."""

    def run():
        for _ in range(n):
            step()

    return run


def steps(name: str, shape: tuple[int, int, int], dtype, rounds: int = 9) -> dict:
    """Time one training step of one cell against all its peers; ratios above 1 mean that the fused one is faster."""
    T, B, H = shape
    cell = CELLS[name]
    params, ids = make(cell, T, B, H, dtype)
    rivals = {
        "fused": fused_step(cell, params, ids),
        "visible": visible_step(cell, params, ids),
        f"torch.nn.{name}": peers.torch_layer(name, ids, H, VOCAB, dtype),
    }
    if name == "RNN":
        rivals["loop in torch"] = peers.torch_loop(ids, H, VOCAB, dtype)
        rivals["products and tanh"] = peers.products_and_tanh(ids, H, VOCAB, dtype)
        rivals["dictionary caches"] = peers.dictionary_caches(ids, H, VOCAB, dtype)
        if B == 1:
            rivals["column at a time"] = peers.column_at_a_time(ids, H, VOCAB, dtype)
    n = 20 if B == 1 else 3
    timed = paired({k: several(f, n) for k, f in rivals.items()}, rounds=rounds)
    return {
        k: {
            "milliseconds": float(f"{v['seconds'] / n * 1000:.3g}"),
            "ratio": v["ratio"],
        }
        for k, v in timed.items()
    }


def growth() -> dict:
    """Time the fused RNN step in float32 while T, B or H grows and the others stay."""
    base = {"T": 35, "B": 32, "H": 128}
    sizes = {
        "T": (9, 35, 140, 560),
        "B": (1, 4, 16, 64, 256),
        "H": (32, 64, 128, 256, 512),
    }
    result = {}
    for axis, values in sizes.items():
        result[axis] = {}
        for value in values:
            shape = base | {axis: value}
            step = fused_step(RNN, *make(RNN, *shape.values(), np.float32))
            seconds = paired({"it": several(step, 3)}, rounds=5)["it"]["seconds"] / 3
            result[axis][value] = float(f"{seconds * 1000:.3g}")
    return result


def memory() -> dict:
    """Weigh the peak of one visible pass over 512 steps: whole, with cuts in the flow, and in separate chunks of 64."""
    params, ids = make(RNN, 512, 16, 128, np.float64)

    def whole(flow=None):
        cache = lm_loss(
            RNN, params, ids[:-1], ids[1:], RNN.zero_state(16, params.cell)
        )[2]
        lm_backward(cache, flow)

    def chunks():
        state = RNN.zero_state(16, params.cell)
        for t in range(0, 512, 64):
            _, state, cache = lm_loss(
                RNN, params, ids[t : t + 64], ids[t + 1 : t + 65], state
            )
            lm_backward(cache)

    result = {}
    for name, run in {
        "whole": whole,
        "whole, cut every 64 steps": lambda: whole(truncated_flow(512, 64)),
        "chunks of 64, state carried": chunks,
    }.items():
        tracemalloc.start()
        run()
        result[name] = round(tracemalloc.get_traced_memory()[1] / 1e6, 1)
        tracemalloc.stop()
    return result


def importing(rounds: int = 25) -> dict:
    """Time a fresh interpreter that imports numpy, and one that imports the whole core; weigh the memory of both."""
    core = "import rnnlib.train, rnnlib.fused, rnnlib.ngram, rnnlib.sampling"
    programs = {"numpy": "import numpy", "rnnlib": core}
    taken = {name: [] for name in programs}
    for _ in range(rounds):
        for name, program in programs.items():
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            subprocess.run([sys.executable, "-c", program], check=True)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            taken[name].append(after.ru_utime - before.ru_utime)
    peak = "[line for line in open('/proc/self/status') if line.startswith('VmHWM')]"
    told = subprocess.run(
        [sys.executable, "-c", f"{core}; print(*{peak})"],
        capture_output=True,
        check=True,
    )
    return {
        "milliseconds": {k: round(median(v) * 1000, 1) for k, v in taken.items()},
        "megabytes": round(int(told.stdout.split()[1]) / 1000, 1),
    }


def sampling(n: int = 200, H: int = 256) -> dict:
    """Draw characters one at a time, float32, against a loop and ``nn.RNN`` in PyTorch."""
    import torch

    torch.set_num_threads(1)
    params, _ = make(RNN, 1, 1, H, np.float32)
    net, readout = torch.nn.RNN(VOCAB, H), torch.nn.Linear(H, VOCAB)
    W, U, b = (torch.randn(s) * 0.05 for s in ((H, H), (VOCAB, H), (H,)))
    eye = torch.eye(VOCAB)

    def ours():
        state = RNN.zero_state(1, params.cell)
        draw_tokens(RNN, params, 0, state, n, rng=np.random.default_rng(0))

    def visible():
        step, state = partial(lm_step, RNN, params), RNN.zero_state(1, params.cell)
        generate(step, state, [0], n, rng=np.random.default_rng(0))

    @torch.no_grad()
    def loop():
        h, token = torch.zeros(1, H), 0
        for _ in range(n):
            h = torch.tanh(U[token] + h @ W + b)
            token = int(torch.multinomial(torch.softmax(readout(h)[0], 0), 1))

    @torch.no_grad()
    def layer():
        h, token = torch.zeros(1, 1, H), 0
        for _ in range(n):
            out, h = net(eye[token].reshape(1, 1, -1), h)
            token = int(torch.multinomial(torch.softmax(readout(out)[0, 0], 0), 1))

    timed = paired(
        {
            "fused": ours,
            "visible": visible,
            "loop in torch": loop,
            "torch.nn.RNN": layer,
        }
    )
    return {
        k: {"microseconds": round(v["seconds"] / n * 1e6, 1), "ratio": v["ratio"]}
        for k, v in timed.items()
    }


def complex_step_check(n_rounds: int = 9) -> dict:
    """Time the complex-step gradient of a cell's 580 parameters, and hold the package's own gradient against it."""
    rng = np.random.default_rng(0)
    params, x = RNN.init(8, 20, rng=rng), rng.normal(size=(3, 2, 8))
    state, weights = RNN.zero_state(2, params), rng.normal(size=(3, 2, 20))

    def loss(params):
        return np.sum(weights * unroll_forward(RNN, x, state, params)[0])

    caches = unroll_forward(RNN, x, state, params)[2]
    exact = complex_step(loss, params)
    timed = paired({"it": lambda: complex_step(loss, params)}, rounds=n_rounds)
    return {
        "parameters": sum(leaf.size for _, leaf in tree_leaves(params)),
        "milliseconds": round(timed["it"]["seconds"] * 1000, 1),
        "relative error": relative_error(
            unroll_backward(RNN, weights, None, caches)[2], exact
        ),
    }


def main() -> None:
    import torch

    with threadpool_limits(1):
        results = {
            "steps": {
                f"{name} {np.dtype(dtype).name} T={T} B={B} H={H}": steps(
                    name, (T, B, H), dtype
                )
                for name in tqdm(CELLS, desc="cells")
                for T, B, H in SHAPES
                for dtype in (np.float32, np.float64)
            },
            "growth": growth(),
            "megabytes": memory(),
            "import": importing(),
            "sampling": sampling(),
            "complex step": complex_step_check(),
            "torch": torch.__version__,
        }
    record("recurrent-speed", results, command="python -m benchmarks.recurrent_speed")


if __name__ == "__main__":
    main()
