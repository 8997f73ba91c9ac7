"""Time forced training at once and step by step, and how a text model gets over wrong letters:

python -m benchmarks.teacher_forcing [speed] [recovery]
"""

import json
import sys

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.paired import paired
from benchmarks.record import RESULTS, record
from rnnlib.batches import sequential_batches
from rnnlib.bptt import unroll_backward, unroll_forward
from rnnlib.corpora import load_tales
from rnnlib.fused import lm_loss_and_grads
from rnnlib.gradcheck import relative_error
from rnnlib.kin import OutputRNN, output_rnn_forced, output_rnn_forced_backward
from rnnlib.losses import cross_entropy, log_softmax
from rnnlib.model import lm_init
from rnnlib.optim import adam, clip_by_norm
from rnnlib.rnn import RNN
from rnnlib.text import Vocab, char_tokens, normalise
from rnnlib.tree import tree_map

SHAPES = ((100, 1, 64), (100, 16, 64), (100, 64, 64))
VOCAB = 28
LEAD, AFTER, WINDOWS = 64, 24, 1000  # letters read, letters scored, places
LOOKED_AT = (1, 12, 24, 100, 200)  # letters written freely


def speed(T: int, B: int, H: int) -> dict:
    """Time one training step of an output-recurrent network: all steps at once, in a loop, and by BPTT."""
    rng = np.random.default_rng(0)
    params = OutputRNN.init(1, H, rng=rng, n_out=VOCAB)
    ids = rng.integers(VOCAB, size=(T + 1, B))
    x, fed, y = np.zeros((T, B, 1)), np.eye(VOCAB)[ids[:-1]], ids[1:]

    def at_once():
        o, cache = output_rnn_forced(x, fed, params)
        _, do = cross_entropy(o, y)
        return output_rnn_forced_backward(do, cache)[1]

    def step_by_step():
        o, caches = zip(
            *(output_rnn_forced(x[t : t + 1], fed[t : t + 1], params) for t in range(T))
        )
        _, do = cross_entropy(np.concatenate(o), y)
        total = None
        for t in reversed(range(T)):
            _, grads = output_rnn_forced_backward(do[t : t + 1], caches[t])
            total = grads if total is None else tree_map(np.add, total, grads)
        return total

    def through_time():  # not forced: fed its own logits
        o, _, caches = unroll_forward(OutputRNN, x, fed[0], params)
        _, do = cross_entropy(o, y)
        return unroll_backward(OutputRNN, do, None, caches)[2]

    for one, other in zip(at_once(), step_by_step()):
        assert relative_error(one, other) < 1e-12
    timed = paired(
        {
            "at once": at_once,
            "step by step": step_by_step,
            "through time": through_time,
        },
        rounds=15,
    )
    return {"T": T, "B": B, "H": H} | {
        name: row["ratio"] for name, row in timed.items()
    }


def train_model(ids: np.ndarray, n_vocab: int, seed: int, n_epochs: int = 5):
    """Train an RNN of 96 units on the tales, always fed the true letters."""
    params = lm_init(RNN, n_vocab, 96, rng=np.random.default_rng(seed))
    optimiser = adam(0.003)
    memory = optimiser.init(params)
    for _ in range(n_epochs):
        state = RNN.zero_state(16, params.cell)
        for x, y in sequential_batches(ids, 32, 16):
            _, state, grads = lm_loss_and_grads(RNN, params, x, y, state)
            grads, _ = clip_by_norm(grads, 1.0)
            params, memory = optimiser.update(grads, memory, params)
    return params


def losses(params, ids: np.ndarray) -> np.ndarray:
    """Nats of ids[1:], given all before, for columns of text."""
    V = len(params.readout.V)
    zero = RNN.zero_state(ids.shape[1], params.cell)
    h, _, _ = unroll_forward(RNN, np.eye(V)[ids[:-1]], zero, params.cell)
    log_p = log_softmax(h @ params.readout.V.T + params.readout.b_y)
    return -np.take_along_axis(log_p, ids[1:, :, None], axis=2)[..., 0]


def recovery(params, held: np.ndarray, n_vocab: int) -> dict:
    """Extra nats at each letter after k wrong ones, against the same letters after the true ones."""
    rng = np.random.default_rng(1)
    starts = rng.integers(len(held) - LEAD - AFTER, size=WINDOWS)
    true = held[starts + np.arange(LEAD + AFTER)[:, None]]
    clean, extra = losses(params, true)[LEAD - 1 :], {}
    for k in (1, 2, 4, 8):
        wrong = true.copy()
        shift = rng.integers(1, n_vocab - 1, size=(k, WINDOWS))
        wrong[LEAD - k : LEAD] = 1 + (true[LEAD - k : LEAD] - 1 + shift) % (n_vocab - 1)
        assert (wrong[LEAD - k : LEAD] != true[LEAD - k : LEAD]).all()
        gap = (losses(params, wrong)[LEAD - 1 :] - clean).mean(axis=1)
        extra[str(k)] = gap.round(3).tolist()
    found = {"clean": round(float(clean.mean()), 3), "extra": extra}
    return found | {"free": parted(params, true[:LEAD], n_vocab, rng)}


def write(params, ids: np.ndarray, draw: np.random.Generator | None) -> np.ndarray:
    """Read columns of text and go on from each, by drawing, or without a generator by the likeliest letter."""
    V, state = len(params.readout.V), RNN.zero_state(ids.shape[1], params.cell)
    h, _, _ = unroll_forward(RNN, np.eye(V)[ids[:-1]], state, params.cell)
    state, token, written = h[-1], ids[-1], []
    for _ in range(max(LOOKED_AT)):
        state, _, _ = RNN.forward(np.eye(V)[token], state, params.cell)
        log_p = log_softmax(state @ params.readout.V.T + params.readout.b_y)
        if draw is None:
            token = log_p.argmax(axis=1)
        else:
            c = np.cumsum(np.exp(log_p), axis=1)
            token = (c <= draw.random((len(c), 1)) * c[:, -1:]).sum(axis=1)
        written.append(token)
    return np.array(written)


def parted(params, true: np.ndarray, n_vocab: int, rng: np.random.Generator) -> dict:
    """Share of places at which two free runs write different letters: one wrong letter apart, or from other places.

    Drawn runs are given the same uniform numbers.
    """
    wrong = true.copy()
    shift = rng.integers(1, n_vocab - 1, size=WINDOWS)
    wrong[-1] = 1 + (true[-1] - 1 + shift) % (n_vocab - 1)
    begun = {"one wrong letter": wrong, "another place": np.roll(true, 1, axis=1)}
    found: dict = {"after": list(LOOKED_AT)}
    for how, seed in (("greedy", None), ("drawn", 2)):

        def run(ids, seed=seed):
            return write(
                params, ids, None if seed is None else np.random.default_rng(seed)
            )

        undisturbed = run(true)
        found[how] = {}
        for name, ids in begun.items():
            differ = (run(ids) != undisturbed).mean(axis=1)
            found[how][name] = [round(float(differ[n - 1]), 3) for n in LOOKED_AT]
    return found


def text_runs() -> list[dict]:
    """Train three networks on the tales, and disturb them."""
    tales = {
        split: char_tokens(normalise(load_tales(split)))
        for split in ("train", "validation")
    }
    vocab = Vocab.build(tales["train"], reserved=("<unk>",))  # <unk> is id 0
    ids, held = (vocab.encode(tales[split]) for split in tales)
    return [
        recovery(train_model(ids, len(vocab), seed), held, len(vocab))
        for seed in range(3)
    ]


PARTS = {
    "speed": lambda: [speed(*shape) for shape in SHAPES],
    "recovery": text_runs,
}


if __name__ == "__main__":
    path = RESULTS / "teacher-forcing.json"
    for part in sys.argv[1:] or PARTS:
        kept = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        with threadpool_limits(1):
            found = PARTS[part]()
        record(
            "teacher-forcing",
            kept.get("results", {}) | {part: found},
            command="python -m benchmarks.teacher_forcing",
            data={"tales": load_tales("train") + load_tales("validation")},
        )
