"""Try every deliberate edit on a copy of the repository: each must make the target that guards it fail.

    python -m tools.edits              all of them
    python -m tools.edits alt link     those whose name contains one of the words

A proof is worth what it catches. The list grows with the book: whoever adds a chapter adds the edits that its tests
must notice.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
SEQUENCES, TEXT = "book/part-1/sequences.ipynb", "book/part-1/text.ipynb"
MODELS, SMOOTHING = "book/part-1/language-models.ipynb", "book/part-1/smoothing.ipynb"
PERPLEXITY, BATCHES = "book/part-1/perplexity.ipynb", "book/part-1/batches.ipynb"
CELL = "book/part-2/rnn-cell.ipynb"
OUTPUT, BACK = "book/part-2/output-and-loss.ipynb", "book/part-2/backpropagation.ipynb"
CUTS, GRADIENTS = "book/part-2/truncation.ipynb", "book/part-2/gradients.ipynb"
DRAWING, FORCING = "book/part-2/sampling.ipynb", "book/part-2/teacher-forcing.ipynb"
TRAINING = "book/part-2/training.ipynb"
LONG, NEXT = "book/part-3/long-memory.ipynb", "book/part-3/what-came-next.ipynb"
FAST, GATES = "book/part-3/clear-to-fast.ipynb", "book/part-3/lstm-and-gru.ipynb"
BRIDGE = "book/part-3/encoder-decoder.ipynb"
DEEP = "book/part-3/deep-and-bidirectional.ipynb"
HALF_TRUE = "book/half-true.ipynb"
PYTEST = (sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider")
STRICT = (*PYTEST, "--nbval", "--nbval-current-env")


class Edit(NamedTuple):
    """One way to break the book: replace ``old`` by ``new`` in ``file``; ``target`` must then fail."""

    name: str
    file: str
    old: str
    new: str
    target: tuple[str, ...]


def unit(module: str) -> tuple[str, ...]:
    return (*PYTEST, f"tests/unit/test_{module}.py")


def checked(exercise: str) -> tuple[str, ...]:
    return (*unit("checks"), "-k", exercise)


HYGIENE = (*PYTEST, "tests/book/test_hygiene.py")
DERIVED = (*PYTEST, "tests/book/test_derived.py")
GRADER = tuple(PYTEST) + tuple(
    f"tests/homework/test_{name}.py" for name in ("score", "repair", "collect", "batch")
)
RELEASED = (*PYTEST, "tests/homework/test_releases.py")
SWEEP = (*PYTEST, "tests/book/test_explorers.py")
TYPED = (
    *PYTEST,
    "tests/unit/test_autoregression.py",
    "--jaxtyping-packages=rnnlib,beartype.beartype",
)
DOCTESTS = (*PYTEST, "--doctest-modules", "rnnlib")
SITE = (
    str(Path(sys.executable).parent / "jupyter-book"),
    "build",
    ".",
    "--all",
    "-n",
    "-W",
    "--keep-going",
    "-q",
)
BROWSER = (
    *PYTEST,
    "tests/browser/test_explorers.py",
    "tests/browser/test_pages.py",
    "-k",
    "sequences or references",
)

EDITS = (
    # saved outputs
    Edit("a digit in a saved output", SEQUENCES, "in order: squared error / variance = 0.17", "in order: squared error / variance = 0.18", (*STRICT, SEQUENCES)),
    Edit("a digit in a saved figure", TEXT, 'class=\\"picture\\"', 'class=\\"picture \\"', (*STRICT, TEXT)),
    Edit("an execution count", SEQUENCES, '"execution_count": 3,', '"execution_count": 4,', HYGIENE),
    Edit("an alt text removed", SEQUENCES, 'role=\\"img\\" aria-label=\\"Two line plots', 'role=\\"img\\" data-label=\\"Two line plots', HYGIENE),
    Edit("a path of somebody's machine", TEXT, "seen once: 0", "seen once: 0 /home/me/book", HYGIENE),
    Edit("a summary left out", TEXT, "## Summary", "## In short", HYGIENE),
    Edit("an exercise without a deliverable", SEQUENCES, "*Deliver:* one number", "Find one number", HYGIENE),
    # chapters
    Edit("a sign in a chapter's formula", SEQUENCES, "table = autoregression.lagged(x, tau)", "table = -autoregression.lagged(x, tau)", (*STRICT, SEQUENCES)),
    Edit("a solution that fails its check", SEQUENCES, "distribution = distribution @ P", "distribution = P @ distribution", (*STRICT, SEQUENCES)),
    Edit("a solution in the text that fails", SEQUENCES, "x[tau - k : len(x) - k] for k in range(1, tau + 1)", "x[tau - k : len(x) - k] for k in range(tau)", HYGIENE),
    Edit("an explorer frame that raises", SEQUENCES, "ahead, happened = k_step_forecasts(tau, horizon)", "ahead, happened = k_step_forecasts(tau, 22 // (22 - horizon))", SWEEP),
    Edit("an explorer that does not move", TEXT, "counts = ranked_counts(words, n)\\n\",\n    \"    ranks", "counts = ranked_counts(words, 1); n = 1\\n\",\n    \"    ranks", SWEEP),
    Edit("a quiz with two right answers", TEXT, "Those are the tokens.", "Yes, those are the tokens.", (*STRICT, TEXT)),
    Edit("a condition dropped from the chain rule", MODELS, "p3 = joint / p12[:, :, None]", "p3 = joint / p12[:, None, :]", (*STRICT, MODELS)),
    Edit("a hand count that is not the textbook's", MODELS, '(\\"am\\", \\"Sam\\"): (1, 2)', '(\\"am\\", \\"Sam\\"): (1, 3)', (*STRICT, MODELS)),
    Edit("an explorer of samples that stands still", MODELS, "written = samples[order, sample]", "written = samples[3, 1]", SWEEP),
    Edit("pseudo-counts left out below the line", SMOOTHING, "P2 = (n2 + eps[1] * P1) / (n2.sum(axis=1, keepdims=True) + eps[1])", "P2 = (n2 + eps[1] * P1) / n2.sum(axis=1, keepdims=True)", (*STRICT, SMOOTHING)),
    Edit("a published value that is not reached", SMOOTHING, "16.67", "16.57", (*STRICT, SMOOTHING)),
    Edit("left neighbours counted on the right", SMOOTHING, "K = Counter(b for a, b in set", "K = Counter(a for a, b in set", (*STRICT, SMOOTHING)),
    Edit("a spelling that is not scaled up", PERPLEXITY, "np.log(1 - K.get(before, 0))", "-np.log(1 - K.get(before, 0))", (*STRICT, PERPLEXITY)),
    Edit("Gibbs' inequality the wrong way round", PERPLEXITY, "kl = np.sum(s * np.log(s / p))", "kl = np.sum(p * np.log(s / p))", (*STRICT, PERPLEXITY)),
    Edit("perplexities averaged as they are", PERPLEXITY, "return np.exp(-total / n_tokens)", "return np.mean([np.exp(-batch.mean()) for batch in batches])", (*STRICT, PERPLEXITY)),
    Edit("columns that jump", BATCHES, "s + b * L + k * T + t", "s + b * T + k * L + t", (*STRICT, BATCHES)),
    Edit("labels that are the inputs", BATCHES, "y = ids[offset + 1 : stop + 1].reshape(batch_size, length).T", "y = ids[offset:stop].reshape(batch_size, length).T", HYGIENE),
    Edit("a mask shifted with the inputs", BATCHES, "full.ids[1:], full.mask[1:]", "full.ids[1:], full.mask[:-1]", (*STRICT, BATCHES)),
    Edit("an automaton that never moves", "rnnlib/checks/recurrence.py", "W[table[s, x] * k : table[s, x] * k + k, s * k + x] = 1", "W[table[s, x] * k : table[s, x] * k + k, s * k + x] = 0", unit("checks")),
    Edit("a word that is not found whole", "rnnlib/checks/recurrence.py", "range(len(word), -1, -1) if", "range(len(word) - 1, -1, -1) if", unit("checks")),
    Edit("a minus in the cell", CELL, "a_t = from_x + from_h + b_h  #", "a_t = from_x - from_h + b_h  #", (*STRICT, CELL)),
    Edit("W transposed in the cell", "rnnlib/rnn.py", "a_t = x_t @ params.U.T + h_prev @ params.W.T + params.b_h", "a_t = x_t @ params.U.T + h_prev @ params.W + params.b_h", (*STRICT, CELL)),
    Edit("the wrong axis in a shifted bias", "rnnlib/checks/rnn_cell.py", "return U / 2, W / 4, b_h / 2 + W.sum(axis=1) / 4", "return U / 2, W / 4, b_h / 2 + W.sum(axis=0) / 4", unit("checks")),
    Edit("target minus probability", OUTPUT, "gradient = softmax(six) - target", "gradient = target - softmax(six)", (*STRICT, OUTPUT)),
    Edit("a factor lost on the long way", OUTPUT, "(J @ (2 * error))[0]", "(J @ error)[0]", (*STRICT, OUTPUT)),
    Edit("a label too many", "rnnlib/checks/output.py", "mask = np.arange(len(o))[:, None] < lengths - 1", "mask = np.arange(len(o))[:, None] < lengths", unit("checks")),
    Edit("W for its transpose in the recursion", BACK, "dh_t = own[t - 1] + net.W.T @ da_next", "dh_t = own[t - 1] + net.W @ da_next", (*STRICT, BACK)),
    Edit("a repeated index written once", BACK, "np.add.at(whole, place, G)", "whole[place] = G", (*STRICT, BACK)),
    Edit("the state after in an exercise", "rnnlib/checks/ways_back.py", '"dW": lambda v: v.da.T @ v.h_prev,', '"dW": lambda v: v.da.T @ v.h,', unit("checks")),
    Edit("a random cut that cuts nothing", CUTS, "z = immediate[t] + flow[t] * factor[t] * z", "z = immediate[t] + factor[t] * z", (*STRICT, CUTS)),
    Edit("a window one step too wide", CUTS, "(i - t < k)", "(i - t <= k)", (*STRICT, CUTS)),
    Edit("a weight with one factor too few", CUTS, "weights[i, t] = np.prod(flow[t + 1 : i + 1])", "weights[i, t] = np.prod(flow[t:i])", (*STRICT, CUTS)),
    Edit("slopes at the columns", "rnnlib/checks/gradients.py", "return (1 - h_t**2)[:, None] * W", "return (1 - h_t**2) * W", unit("checks")),
    Edit("small gradients blown up", "rnnlib/checks/ways_clipped.py", "return max_norm / norm if norm > max_norm else 1.0", "return max_norm / norm", unit("checks")),
    Edit("a power too many in the shear", GRADIENTS, "corner = 5 * k * 0.9 ** (k - 1)", "corner = 5 * k * 0.9**k", (*STRICT, GRADIENTS)),
    Edit("a temperature that heats when it should cool", "rnnlib/sampling.py", "log_softmax(log_p / temperature)", "log_softmax(log_p * temperature)", (*STRICT, DRAWING)),
    Edit("a nucleus one token short", "rnnlib/sampling.py", "order[before < p]", "order[before + np.exp(log_p[order]) <= p]", (*STRICT, DRAWING)),
    Edit("a prompt read for ever", "rnnlib/sampling.py", "log_p, state = step(np.array([written[-1]]), state)", "log_p, state = step(np.array([prompt[-1]]), state)", (*STRICT, DRAWING)),
    Edit("a batch done twice after a stop", "rnnlib/train.py", "if n_seen <= done:", "if n_seen < done:", (*STRICT, TRAINING)),
    Edit("Adam without its correction", "rnnlib/optim.py", "m / (1 - decay_1**t), s", "m, s", (*STRICT, TRAINING)),
    Edit("patience one epoch too long", "rnnlib/checks/ways_to_train.py", "if epoch - best >= patience:", "if epoch - best > patience:", unit("checks")),
    Edit("a disguise that does not fit", FORCING, "b_h - W_o @ b_y", "b_h + W_o @ b_y", (*STRICT, FORCING)),
    Edit("a coin thrown the wrong way", "rnnlib/checks/forced_ways.py", "return p * P / P.sum(axis=1, keepdims=True) + (1 - p) * P.sum(axis=0)", "return p * P / P.sum(axis=1, keepdims=True) + p * P.sum(axis=0)", unit("checks")),
    Edit("a minus in the forced steps", "rnnlib/kin.py", "x_t @ params.U.T + o_prev @ params.W.T + params.b_h", "x_t @ params.U.T - o_prev @ params.W.T + params.b_h", (*STRICT, FORCING)),
    Edit("a ridge that is not a root", "rnnlib/esn.py", "np.sqrt(ridge) * np.eye(s.shape[1])", "ridge * np.eye(s.shape[1])", (*STRICT, LONG)),
    Edit("a leap that lands too early", "rnnlib/kin.py", "earlier[-1] += da_t @ W_d", "earlier[0] += da_t @ W_d", (*STRICT, LONG)),
    Edit("a decoder that does not ask", "rnnlib/seq2seq.py", "dh = dh + dq", "dh = dh + 0 * dq", (*STRICT, NEXT)),
    Edit("a walk back through a scan that shifts too far", "rnnlib/checks/attention.py", "[lam[shift:], 0 * lam[:shift]]", "[lam[1:], 0 * lam[:1]]", unit("checks")),
    Edit("a rewrite that pairs the wrong states", "rnnlib/rewrites.py", "da.T @ before", "da.T @ after", (*STRICT, FAST)),
    Edit("a slope taken one step early", "rnnlib/rewrites.py", '(1 - step["h"] ** 2)', '(1 - step["h_prev"] ** 2)', (*STRICT, FAST)),
    Edit("a column loop that pairs the wrong states", "rnnlib/rewrites.py", "dW += da @ hs[t - 1].T", "dW += da @ hs[t].T", (*STRICT, FAST)),
    Edit("a reset gate forgotten on the way back", "rnnlib/gru.py", "[da_r, da_z, da_n * r]", "[da_r, da_z, da_n]", (*STRICT, GATES)),
    Edit("a forget bias at the wrong gate", "rnnlib/lstm.py", "params.b_h[n_hidden : 2 * n_hidden] += forget_bias", "params.b_h[:n_hidden] += forget_bias", (*STRICT, GATES)),
    Edit("an encoder that reads on through the padding", "rnnlib/seq2seq.py", "layer.forward(x, state, params.encoder, source.mask)", "layer.forward(x, state, params.encoder)", (*STRICT, BRIDGE)),
    Edit("a second reader's states left in its own order", DEEP, "np.concatenate([h, g[::-1]], axis=2)", "np.concatenate([h, g], axis=2)", (*STRICT, DEEP)),
    Edit("a skip that is cut off from the output", "rnnlib/stacking/cells.py", "at_output = level == len(cells) - 1 or skip", "at_output = level == len(cells) - 1", (*STRICT, DEEP)),
    Edit("the backward summary from the end", "rnnlib/checks/ways_to_read.py", "output[0, :, H:]], axis=1)", "output[-1, :, H:]], axis=1)", checked("summary_of")),
    Edit("a grammar with a wrong arrow", "benchmarks/reproductions/grammar.py", '{"X": 2, "S": 5}', '{"X": 2, "S": 3}', unit("reproductions")),
    Edit("Elman's network paired with the wrong states", "benchmarks/reproductions/elman.py", "(one_hot(x, n_in), h[:-1], h[1:])", "(one_hot(x, n_in), h[1:], h[1:])", unit("reproductions")),
    Edit("a source that is not turned round", "rnnlib/checks/written_ways.py", "turned[:n, b] = ids[:n, b][::-1]", "turned[:n, b] = ids[:n, b]", unit("checks")),
    # homework
    Edit("an empty row that takes equal shares", "rnnlib/checks/homework/hw0.py", "whole = counts.sum(axis=0) / counts.sum()\n    return np.where", "whole = np.full(counts.shape[1], 1 / counts.shape[1])\n    return np.where", checked("outlook")),
    Edit("a bell that is asked too few times", "rnnlib/checks/homework/hw0.py", "_drawn(40, 10_000, 0.7)", "_drawn(40, 40, 0.7)", checked("fog_belief")),
    Edit("a first word that is like any other", "rnnlib/checks/homework/hw1.py", '"the first word": _case(_four, (BEGIN, BEGIN),', '"the first word": _case(_four, (3, 2),', checked("next_word_row")),
    Edit("a sentence without its end", "rnnlib/checks/homework/hw1.py", "for t in range(first, len(row)):", "for t in range(first, len(row) - 1):", checked("count_with_borders")),
    Edit("a cell that divides by too little", "rnnlib/checks/homework/hw2.py", "    return a_t / (1 + np.abs(a_t))", "    return a_t / (1 + a_t)", checked("softsign_step")),
    Edit("a reel that begins where the last began", "rnnlib/checks/homework/hw2.py", "first=_carried, last=lambda h: h[-1]", "first=_carried, last=lambda h: h[0]", checked("read_tapes")),
    Edit("a kept share that is not taken off", "rnnlib/checks/homework/hw3.py", '"c": lambda v: v.h - v.k * v.h_prev,', '"c": lambda v: v.h,', checked("kept_cell_backward")),
    Edit("a pause that no gradient crosses", "rnnlib/checks/homework/hw3.py", '"through": lambda v: v.da @ v.W + (1 - v.m) * v.dh,', '"through": lambda v: v.da @ v.W,', checked("paused_backward")),
    Edit("pages that are counted from one", "rnnlib/checks/homework/hw4.py", "since = since + 1 if pages[t] == pages[t - 1] else 0", "since = since + 1 if pages[t] == pages[t - 1] else 1", checked("page_flow")),
    Edit("a state that is carried when it should not be", "rnnlib/checks/homework/hw4.py", 'state = zero if fresh != "never" else state', 'state = zero if fresh == "never" else state', checked("train_sluice")),
    Edit("a decoder that is fed the future", "rnnlib/checks/homework/hw5.py", "return np.concatenate([np.full_like(ids[:1], begin), ids[:-1]])", "return np.concatenate([np.full_like(ids[:1], begin), ids[1:]])", checked("lesson")),
    Edit("a bridge with the wrong slope", "rnnlib/checks/homework/hw5.py", "da = dg_0 * (1 - g_0**2) if slope else dg_0", "da = dg_0 * (1 + g_0**2) if slope else dg_0", checked("bridge_gradients")),
    Edit("a peephole that pushes the wrong way", "rnnlib/checks/homework/hw6.py", '"before": lambda v: v.dc * v.f + v.da_f * v.p,', '"before": lambda v: v.dc * v.f - v.da_f * v.p,', checked("slate_step_back")),
    Edit("a washout that is fitted after all", "rnnlib/checks/homework/hw6.py", "last = (washout, known) if last is None", "last = (0, known) if last is None", checked("pond_readout")),
    Edit("a release that is not its master's", "book/homework/hw2.ipynb", "What the state must remember", "What the state may forget", RELEASED),
    Edit("negative points", "homework/score.py", "if not 0 <= points <= most + ROUNDING:", "if points > most + ROUNDING:", GRADER),
    Edit("a warning that costs a question", "homework/score.py", 'output.name = "stdout"', 'output.name = "stderr"', GRADER),
    Edit("hidden tests that are not run", "homework/repair.py", "if step is not ClearHiddenTests:", "if step is not None:", GRADER),
    Edit("equal stubs that change places", "homework/match.py", "for other in given) > 1:", "for other in given) > 99:", GRADER),
    Edit("a zip file that reaches out", "homework/collect.py", "if not member.is_absolute() and not any", "if not any", GRADER),
    Edit("a failure of the grader that is kept", "homework/batch.py", 'record["key"] = ""  # the next run tries again', "pass", GRADER),
    Edit("the slopes first, by W for its transpose", HALF_TRUE, "slopes_first = (dh * (1 - h**2)) @ params.W  #", "slopes_first = (dh * (1 - h**2)) @ params.W.T  #", (*STRICT, HALF_TRUE)),
    Edit("the state after in a sentence", HALF_TRUE, "held = slope * h[:-1]", "held = slope * h[1:]", (*STRICT, HALF_TRUE)),
    # the package
    Edit("a flipped sign in rollout", "rnnlib/autoregression.py", "model.intercept + model.lags @ path", "model.intercept - model.lags @ path", unit("autoregression")),
    Edit("a lag too many", "rnnlib/autoregression.py", "range(1, tau + 1)", "range(0, tau)", unit("autoregression")),
    Edit("a transposed chain", "rnnlib/markov.py", "rows[-1] @ P", "P @ rows[-1]", unit("markov")),
    Edit("rows that do not sum to one", "rnnlib/markov.py", "counts.sum(axis=1, keepdims=True)", "counts.sum(axis=0, keepdims=True)", unit("markov")),
    Edit("a token rule dropped", "rnnlib/text.py", "c.isalpha() or c in keep", "c.isalnum() or c in keep", unit("text")),
    Edit("unknown tokens let through", "rnnlib/text.py", "if None in ids:", "if False:", unit("text")),
    Edit("the reserved tokens last", "rnnlib/text.py", "tokens = (*reserved, *kept)", "tokens = (*kept, *reserved)", unit("text")),
    Edit("global randomness", "rnnlib/tasks/series.py", "rng.normal(size=n_steps - 1)", "np.random.normal(size=n_steps - 1)", unit("tasks")),
    Edit("a diagnosis that fits another mistake", "rnnlib/checks/text.py", "dict.fromkeys(ngrams(tokens, n))", "ngrams(tokens, n)[:-1]", unit("checks")),
    Edit("a check that raises for a wrong answer", "rnnlib/checks/sandbox.py", "except BaseException as error:", "except ValueError as error:", unit("checks_hostile")),
    Edit("a wrong download accepted", "rnnlib/corpora.py", "if found != item.sha256:", "if not found:", unit("downloads")),
    Edit("a heavy import in the core", "rnnlib/text.py", "import numpy as np", "import matplotlib\nimport numpy as np", unit("imports")),
    Edit("a shape that is not true", "rnnlib/autoregression.py", 'tau: int) -> Float[Array, "N tau"]', 'tau: int) -> Float[Array, "N"]', TYPED),
    Edit("a docstring example", "rnnlib/autoregression.py", "array([ 4.,  8., 16.])", "array([ 4.,  8., 15.])", DOCTESTS),
    Edit("an alt text not asked for", "rnnlib/viz.py", "if not alt.strip():", "if False:", unit("viz")),
    Edit("n-grams that lose the last one", "rnnlib/ngram/counts.py", "levels[-1].find(codes)[:-1]", "levels[-1].find(codes)[:-2]", unit("ngram")),
    Edit("right neighbours for left ones", "rnnlib/ngram/counts.py", "np.bincount(suffixes, minlength", "np.bincount(contexts, minlength", unit("ngram")),
    Edit("a context's total from its types", "rnnlib/ngram/model.py", "totals = np.bincount(contexts, level.counts, n_contexts + 1)", "totals = np.bincount(contexts, level.counts > 0, n_contexts + 1)", unit("ngram")),
    Edit("a lower order that is not weighted", "rnnlib/ngram/model.py", "alpha + gamma * below", "alpha + below", unit("ngram")),
    Edit("an unseen context left alone", "rnnlib/ngram/model.py", "np.where(np.isnan(gamma), below, alpha + gamma * below)", "np.where(np.isnan(gamma), 0, alpha + gamma * below)", unit("ngram")),
    Edit("an encoder that hears of one step only", "rnnlib/seq2seq.py", "dx[:, :, D:].sum(axis=0)", "dx[-1, :, D:]", unit("gradients")),
    Edit("a context taken from the padding", "rnnlib/seq2seq.py", "return lengths - 1, np.arange(len(lengths))", "return lengths * 0 - 1, np.arange(len(lengths))", unit("seq2seq")),
    Edit("a start token that is asked for", "rnnlib/seq2seq.py", "cross_entropy(o, target.ids[1:], target.mask[1:])", "cross_entropy(o, target.ids[:-1], target.mask[:-1])", unit("seq2seq")),
    Edit("attention to the padding", "rnnlib/attention.py", "np.where(mask.T[:, None, :], scores, -np.inf)", "np.where(mask.T[:, None, :], scores, 0)", unit("seq2seq")),
    Edit("a softmax that is not walked back", "rnnlib/attention.py", "weights * (dweights - mean)", "weights * dweights", unit("gradients")),
    Edit("a beam that forgets where it came from", "rnnlib/decoding.py", "going = parents[~stopped]", "going = np.zeros(len(alive), dtype=int)", unit("seq2seq")),
    Edit("a state that does not wait", "rnnlib/stacking/sequences.py", "after = tree_map(partial(np.where, mask[t]), after, state)", "after = after", unit("stacking")),
    Edit("a waiting gradient dropped", "rnnlib/stacking/sequences.py", "dstate = tree_map(np.add, dstate, waiting)", "dstate = dstate", unit("stacking")),
    Edit("one direction for both", "rnnlib/stacking/sequences.py", "_forward(cell, x[::-1], state[1], params[1], flipped)", "_forward(cell, x, state[1], params[1], mask)", unit("stacking")),
    Edit("a skip that reaches no output", "rnnlib/stacking/cells.py", "h_t = sum(outputs) if skip else outputs[-1]", "h_t = outputs[-1]", unit("stacking")),
    Edit("a decay that leaks", "rnnlib/esn.py", "(1 - leak * decay) * h_prev", "(1 - leak) * h_prev", unit("esn")),
    Edit("a day for a month", "rnnlib/tasks/rewriting.py", '"{d}.{m}.{y}"', '"{m}.{d}.{y}"', unit("tasks")),
    Edit("a delay that is too short", "rnnlib/tasks/series.py", "x[t - 1], x[t - 1 - lag]", "x[t - 1], x[t - lag]", unit("tasks")),
    Edit("padding in the mean", "rnnlib/losses.py", "dtype.type(mask.sum())", "dtype.type(mask.size)", unit("losses")),
    Edit("a gradient without its target", "rnnlib/losses.py", "y.ravel()] -= 1", "y.ravel()] -= 0", unit("losses")),
    Edit("perplexity in the wrong base", "rnnlib/losses.py", "return np.exp(nats)", "return np.exp2(nats)", unit("losses")),
    Edit("labels two steps ahead", "rnnlib/batches.py", "ids[offset + 1 : stop + 1]", "ids[offset + 2 : stop + 2]", unit("batches")),
    Edit("a window that comes twice", "rnnlib/batches.py", "rng.permutation(n_windows)", "rng.integers(n_windows, size=n_windows)", unit("batches")),
    Edit("padding that counts", "rnnlib/batches.py", "np.arange(len(ids))[:, None] < lengths", "np.arange(len(ids))[:, None] <= lengths", unit("batches")),
    Edit("a test tale among the training ones", "rnnlib/corpora.py", '"train": (0, -2 * tenth)', '"train": (0, -tenth)', unit("corpora")),
    Edit("a diagnosis of batches that fits another mistake", "rnnlib/checks/perplexity.py", "return sum(len(word) + 1 for word in words)", "return sum(len(word) for word in words)", unit("checks")),
    Edit("the state after instead of before", "rnnlib/rnn.py", "W=da_t.T @ h_prev", "W=da_t.T @ h_t", unit("gradients")),
    Edit("the slope of the wrong state", "rnnlib/rnn.py", "dh_t * (1 - h_t**2)", "dh_t * (1 - h_prev**2)", unit("gradients")),
    Edit("W for its transpose on the way back", "rnnlib/rnn.py", "da_t @ params.U, da_t @ params.W, grads", "da_t @ params.U, da_t @ params.W.T, grads", unit("gradients")),
    Edit("a memory that is not passed back", "rnnlib/lstm.py", "LSTMState(da_t @ params.W, dc_t * f)", "LSTMState(da_t @ params.W, dc_t * 0)", unit("gradients")),
    Edit("the reset before the product", "rnnlib/gru.py", "dm = np.concatenate([da_r, da_z, da_n * r], axis=1)", "dm = np.concatenate([da_r, da_z, da_n], axis=1)", unit("gradients")),
    Edit("gradients that are not added up over time", "rnnlib/bptt.py", "grads = grads_t if grads is None else tree_map(np.add, grads, grads_t)\n    return np.stack(dx), dstate, grads", "grads = grads_t\n    return np.stack(dx), dstate, grads", unit("bptt")),
    Edit("a cut at the first step", "rnnlib/bptt.py", "flow[k::k] = 0", "flow[::k] = 0", unit("bptt")),
    Edit("a flow without its weight", "rnnlib/bptt.py", "(rng.random(T) < keep) / keep", "(rng.random(T) < keep) / 1", unit("bptt")),
    Edit("a view of the workspace handed out", "rnnlib/fused/rnn.py", "return h, h[-1].copy()", "return h, h[-1]", unit("fused")),
    Edit("a mask that the fast path forgets", "rnnlib/fused/readout.py", "        o *= counted\n", "", unit("fused")),
    Edit("a gate's scale on the wrong gate", "rnnlib/fused/lstm.py", "[0.5, 0.5, 1, 0.5]", "[0.5, 0.5, 0.5, 1]", unit("fused")),
    Edit("a drawn token that is not read", "rnnlib/fused/sampling.py", "state = step(token, state)", "state = step(0, state)", unit("fused")),
    Edit("a learned state moved by every batch", "rnnlib/train.py", "spread_backward(dstate if fresh else zeros)", "spread_backward(dstate)", unit("initial")),
    Edit("a bias correction left out", "rnnlib/optim.py", "m / (1 - decay_1**t)", "m / 1", unit("optim")),
    Edit("a resumed run that draws anew", "rnnlib/train.py", "rng.bit_generator.state = now", "pass", unit("train")),
    Edit("a checkpoint written in place", "rnnlib/checkpoint.py", "os.replace(temporary, path)", "Path(path).write_bytes(Path(temporary).read_bytes())", unit("train")),
    # data and derived files
    Edit("a year of sunspots", "rnnlib/data/sunspots.csv", "1900,9.5", "1900,95", (*STRICT, SEQUENCES)),
    Edit("a test sentence near a training one", "rnnlib/data/pairs.tsv", "test\t", "train\t", unit("corpora")),
    Edit("a colour in one place only", "rnnlib/viz.py", '"blue": ("#1f5fa8"', '"blue": ("#1f5fa9"', DERIVED),
    Edit("a result without its command", "benchmarks/results/text-statistics.json", '"command"', '"how"', DERIVED),
    Edit("a loose pin", "requirements.txt", "numpy==", "numpy>=", DERIVED),
    # the site
    Edit("a dead link", "book/running.md", "[the data](data.ipynb)", "[the data](date.ipynb)", SITE),
    Edit("a source that is not in the bibliography", "book/references.bib", "yule1927", "yule1928", SITE),
    Edit("a page that is not in the contents", "_toc.yml", "      - file: book/notation\n", "", DERIVED),
    Edit("an explorer whose script fails", SEQUENCES, "frame.hidden = frame.dataset.key !== key", "frame.hidden = frame.dataset.key === key", BROWSER),
    Edit("a request to another host", "book/_static/course.css", "/* One palette", '@import "https://example.org/a.css";\n/* One palette', BROWSER),
    Edit("text too pale to read", "rnnlib/viz.py", '"muted": ("#5b6472"', '"muted": ("#c0c4ca"', unit("viz")),
)  # fmt: skip


def copy_tree(target: Path) -> None:
    """Copy what is under version control, or would be: the work as it stands."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).exists():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)


def passes(target: tuple[str, ...], tree: Path) -> bool:
    """Run a target in the copy; the copy's package comes first on the path."""
    environment = os.environ | {"PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    steps: list[Callable | tuple] = [SITE, target] if target == BROWSER else [target]
    return all(
        subprocess.run(
            step, cwd=tree, env=environment, capture_output=True, timeout=1200
        ).returncode
        == 0
        for step in steps
    )


def try_edit(edit: Edit, tree: Path) -> str | None:
    """Apply one edit, run its target, undo the edit; say what is wrong, if anything."""
    path = tree / edit.file
    before = path.read_text(encoding="utf-8")
    if edit.old not in before:
        return "the text to replace is not there any more"
    path.write_text(before.replace(edit.old, edit.new), encoding="utf-8")
    try:
        return "not noticed" if passes(edit.target, tree) else None
    finally:
        path.write_text(before, encoding="utf-8")


def main(words: list[str]) -> int:
    chosen = [
        edit for edit in EDITS if not words or any(word in edit.name for word in words)
    ]
    missed = 0
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder)
        copy_tree(tree)
        for target in dict.fromkeys(edit.target for edit in chosen):
            if not passes(target, tree):
                print(f"BROKEN  {' '.join(target[1:])} fails without any edit")
                return 1
        for edit in chosen:
            started = time.monotonic()
            trouble = try_edit(edit, tree)
            missed += trouble is not None
            print(
                f"{'MISSED' if trouble else 'caught'}  {time.monotonic() - started:5.1f} s  {edit.name}  {trouble or ''}",
                flush=True,
            )
    print(f"{len(chosen) - missed} of {len(chosen)} deliberate edits caught")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
