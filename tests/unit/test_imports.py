"""The core is light: NumPy is all it brings along, and importing it does nothing else."""

import subprocess
import sys

import pytest

HEAVY = (
    "jaxtyping",
    "matplotlib",
    "ipywidgets",
    "IPython",
    "pooch",
    "jupyterquiz",
    "tqdm",
    "requests",
    "scipy",
    "pandas",
)
MODULES = (
    "tree",
    "text",
    "autoregression",
    "markov",
    "tasks",
    "corpora",
    "ngram",
    "losses",
    "batches",
    "bptt",
    "rnn",
    "lstm",
    "gru",
    "kin",
    "layers",
    "stacking",
    "attention",
    "seq2seq",
    "decoding",
    "esn",
    "model",
    "rewrites",
    "fused",
    "optim",
    "initial",
    "train",
    "sampling",
    "checkpoint",
    "gradcheck",
    "autodiff",
    "interop",
    "checks",
    "quiz",
    "results",
)
LIGHT = ("rnnlib", *(f"rnnlib.{name}" for name in MODULES))
PROBE = """
import random, sys, numpy
random.seed(0), numpy.random.seed(0)
before = random.getstate(), numpy.random.get_state()[1].tobytes(), numpy.random.get_state()[2]
import {module}
after = random.getstate(), numpy.random.get_state()[1].tobytes(), numpy.random.get_state()[2]
assert before == after, "global random state was touched"
print(*[name for name in {heavy} if name in sys.modules])
"""


@pytest.mark.parametrize("module", LIGHT)
def test_light_modules_bring_nothing_heavy(module):
    probe = PROBE.format(module=module, heavy=HEAVY)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", probe], capture_output=True, text=True
    )
    assert (done.returncode, done.stdout.split(), done.stderr) == (0, [], "")
