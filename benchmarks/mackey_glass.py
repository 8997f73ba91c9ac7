"""Foretell a chaotic series with a reservoir, for chapter 18: python -m benchmarks.mackey_glass

Set-up of Jaeger (2001), GMD report 148, section 6: 400 units, spectral radius 0.79, C = 0.44 and a = 0.9, a constant
input of 0.2, feedback of the output, a training series tanh(y - 1) of 3,000 steps of which the first 1,000 are washout.
Each of 50 trials is forced for 1,000 steps and then free for 84; NRMSE84 is the root of the mean squared error of the
last step, after undoing tanh(y - 1), divided by the series' standard deviation.

The noise stands inside the tanh, at each step of the training run, as in the report. It used none for a delay of 17 and
1e-5 for a delay of 30 (1e-8 on the longer series of 21,000 steps). Beside these all levels are run, and each is also
judged without the trials: fitted on the training series up to step 2,400, free runs of 84 steps from 12 places after.
And, since noise acts like a ridge, ridges are run in its place.
"""

import time

import numpy as np

from benchmarks.record import record
from rnnlib.esn import esn_generate, esn_init, esn_states, ridge_fit
from rnnlib.tasks import mackey_glass

H, WASHOUT, TRAINED, HORIZON, N_TRIALS, SEEDS = 400, 1000, 3000, 84, 50, range(5)
NOISES = (0.0, 1e-10, 1e-8, 1e-6, 1e-5, 1e-4, 1e-3)
RIDGES = (1e-9, 1e-8, 1e-7, 1e-6, 1e-5)
LONG = {17.0: 0.0, 30.0: 1e-8}  # 21,000 steps


def draw(n_steps, delay, rng):
    """A stretch of the series as the network sees it, (n_steps, 1)."""
    return np.tanh(mackey_glass(n_steps, rng=rng, delay=delay) - 1)[:, None]


def undo(y):
    """Back to the series; an output that has run away counts as one at the edge."""
    return np.arctanh(np.clip(y, -0.999, 0.999)) + 1


def reservoir(rng):
    params = esn_init(
        1,
        H,
        rng=rng,
        spectral_radius=0.79,
        leak=0.44,
        decay=0.9,
        density=0.0125,
        n_out=1,
        feedback_scale=0.56,
    )
    U = rng.choice([0, 0.14, -0.14], p=[0.5, 0.25, 0.25], size=(H, 1))
    return params._replace(U=U)


def steady(n_steps):
    return np.full((n_steps, 1), 0.2)


def forced(params, series, noise, rng):
    """The states of the training run; the noise is one more input for each unit, so that it stands inside the tanh."""
    x = steady(len(series))
    if noise:
        params = params._replace(U=np.concatenate([params.U, np.eye(H)], axis=1))
        shaken = rng.uniform(-noise, noise, (len(series), H))
        x = np.concatenate([x, shaken], axis=1)
    return esn_states(params, x, y=series)


def fit(states, series, ridge=0.0):
    beside = np.concatenate([states, steady(len(series))], axis=1)
    return ridge_fit(beside, series, washout=WASHOUT, ridge=ridge)


def free_errors(params, V, states, series, starts):
    """Run free from each start; return the errors of the last step, and how many runs had left (-1, 1)."""
    errors, lost = [], 0
    for start in starts:
        h, y = states[start - 1], series[start - 1]
        y = esn_generate(params, V, steady(HORIZON), h, y)
        truth = series[start + HORIZON - 1]
        errors.append(float((undo(y[-1]) - undo(truth))[0]))
        lost += bool(np.abs(y).max() >= 0.999)
    return errors, lost


def tried(params, V, trials, scale):
    """NRMSE84 over the trials, and how many of them were lost."""
    ends = [
        free_errors(params, V, states, series, [WASHOUT]) for series, states in trials
    ]
    errors = np.concatenate([errors for errors, _ in ends])
    return root_mean_square(errors, scale), sum(lost for _, lost in ends)


def root_mean_square(errors, scale):
    return float(f"{np.sqrt(np.mean(np.square(errors))) / scale:.2g}")


def main() -> None:
    began, found = time.process_time(), {"noises": [str(n) for n in NOISES]}
    for delay, noise_long in LONG.items():
        whole = draw(N_TRIALS * (WASHOUT + HORIZON), delay, np.random.default_rng(99))
        pieces, scale = np.split(whole, N_TRIALS), undo(whole).std()
        stands = [undo(p[-1]) - undo(p[WASHOUT - 1]) for p in pieces]
        row = {"last value again": round(root_mean_square(stands, scale), 2)}
        row |= {str(n): {"validation": [], "test": [], "lost": []} for n in NOISES}
        row["ridge"] = {str(ridge): [] for ridge in RIDGES}
        row["long"] = {"noise": noise_long, "test": []}
        for seed in SEEDS:
            rng = np.random.default_rng(seed)
            params = reservoir(rng)
            series = draw(7 * TRAINED, delay, rng)
            trials = [
                (p, esn_states(params, steady(WASHOUT), y=p[:WASHOUT])) for p in pieces
            ]
            short = series[:TRAINED]
            quiet = forced(params, short, 0.0, None)
            for noise in NOISES:
                states = forced(params, short, noise, np.random.default_rng([seed, 1]))
                V = fit(states[:2400], short[:2400])
                starts = range(2400, TRAINED - HORIZON, 43)
                errors, _ = free_errors(params, V, quiet, short, starts)
                test, lost = tried(params, fit(states, short), trials, scale)
                row[str(noise)]["validation"].append(root_mean_square(errors, scale))
                row[str(noise)]["test"].append(test)
                row[str(noise)]["lost"].append(lost)
            for ridge in RIDGES:
                test, _ = tried(params, fit(quiet, short, ridge), trials, scale)
                row["ridge"][str(ridge)].append(test)
            states = forced(
                params, series, noise_long, np.random.default_rng([seed, 1])
            )
            test, _ = tried(params, fit(states, series), trials, scale)
            row["long"]["test"].append(test)
            print(delay, seed, round(time.process_time() - began), "s", flush=True)
        for name, values in row.items():
            print(delay, name, values, flush=True)
        found[str(int(delay))] = row
    found["seconds"] = round(time.process_time() - began)
    record("mackey-glass", found, command="python -m benchmarks.mackey_glass")


if __name__ == "__main__":
    main()
