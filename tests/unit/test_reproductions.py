"""The pieces behind the table of published results, at toy size."""

import json
from collections import Counter
from importlib import import_module
from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks.reproductions import (
    __main__ as command,
)
from benchmarks.reproductions import (
    clipping,
    embedded_reber,
    influence,
    letters,
    reber,
    row,
)
from benchmarks.reproductions.elman import one_step_back
from benchmarks.reproductions.grammar import (
    ARCS,
    embedded,
    encode,
    follow_embedded,
    follow_reber,
    is_legal,
)
from benchmarks.reproductions.grammar import reber as draw_reber
from rnnlib.bptt import truncated_flow
from rnnlib.lstm import LSTM
from rnnlib.model import lm_backward, lm_init, lm_loss
from rnnlib.rnn import RNN
from rnnlib.tree import tree_leaves


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def test_strings_of_the_grammar_are_legal(rng):
    strings = [draw_reber(rng) for _ in range(500)]
    assert all(map(is_legal, strings))
    assert min(map(len, strings)) == 5 and len(set(strings)) > 80
    used = {(a, b) for s in strings for a, b in zip(s, s[1:])}
    assert {"BT", "BP", "XX", "SE", "VE", "TT"} <= {"".join(pair) for pair in used}


@pytest.mark.parametrize(
    "string", ["", "B", "BTXS", "BTXSEE", "BTE", "BPVVP", "BTXSEB", "TXSE"]
)
def test_other_strings_are_not(string):
    assert not is_legal(string)


def test_one_changed_symbol_is_mostly_found(rng):
    """A string with a symbol replaced is legal only if the grammar could have drawn it: checked by walking."""

    def walk(string):
        state = 0
        for symbol in string[1:]:
            state = ARCS[state].get(symbol, -1)
            if state < 0:
                return False
        return string[0] == "B" and state == 6

    for _ in range(300):
        string = list(draw_reber(rng))
        string[rng.integers(len(string))] = "BTSXPVE"[rng.integers(7)]
        assert is_legal("".join(string)) == walk("".join(string))


def test_known_strings():
    """By hand from the drawing of the grammar."""
    for string in ("BTXSE", "BTSSXXVVE", "BPTTVPXVPSE", "BPVVE", "BTXXTTVVE"):
        assert is_legal(string), string
    for string in ("BTXXSE", "BPTSE", "BTSSSVE", "BPVPVE", "BTXTE"):
        assert not is_legal(string), string


def test_what_may_follow():
    assert follow_reber("BTXSE") == [{"T", "P"}, {"S", "X"}, {"X", "S"}, {"E"}]
    assert follow_reber("BTV")[-1] == set()
    assert follow_embedded("BPBTXSEPE") == [
        {"T", "P"},
        {"B"},
        {"T", "P"},
        {"S", "X"},
        {"X", "S"},
        {"E"},
        {"P"},
        {"E"},
    ]


def test_embedded_strings_repeat_their_mark(rng):
    strings = [embedded(rng) for _ in range(200)]
    assert {s[1] for s in strings} == {"T", "P"}
    assert all(s[1] == s[-2] and is_legal(s[2:-2]) for s in strings)
    assert all(len(follow_embedded(s)) == len(s) - 1 for s in strings)


def test_training_and_test_strings_differ(rng):
    train, test = embedded_reber.draw_sets(rng, 50)
    assert len(train) == len(test) == 50 and not set(train) & set(test)


def test_the_judge_of_the_embedded_grammar(rng):
    rows = [embedded(rng) for _ in range(20)]
    marks = embedded_reber.allowed(rows)
    perfect = np.where(marks, 1.0, 0.0)
    assert embedded_reber.all_right(perfect, marks).all()
    blind = perfect.copy()  # T and P always alike where the mark comes back
    for b, string in enumerate(rows):
        blind[len(string) - 3, b, encode("TP")] = 1.0
    assert not embedded_reber.all_right(blind, marks).any()
    assert embedded_reber.mark_right(perfect, rows) == 1.0
    assert embedded_reber.mark_right(1 - perfect, rows) == 0.0


@pytest.mark.parametrize("cell", [RNN, LSTM])
def test_prediction_is_that_of_the_slow_path(cell, rng):
    rows = [embedded(rng) for _ in range(3)]
    params = lm_init(cell, embedded_reber.V, 4, rng=rng)
    logits = embedded_reber.predict(cell, params, rows)
    for b, string in enumerate(rows):
        alone = embedded_reber.predict(cell, params, [string])
        np.testing.assert_allclose(
            logits[: len(string) - 1, b], alone[:, 0], rtol=1e-12, atol=1e-12
        )


def test_a_short_run_of_the_embedded_grammar():
    found = embedded_reber.learn("LSTM, 7 units", 0, most=64)
    assert found["learned"] is None and 0 <= found["mark"] <= 1


def test_one_step_back_is_truncation_to_segments_of_one(rng):
    params = lm_init(RNN, 5, 4, rng=rng)
    x, y = rng.integers(5, size=(2, 6, 3))
    mask, state = rng.random((6, 3)) < 0.7, rng.normal(size=(3, 4))
    loss, last, grads = one_step_back(params, x, y, state, mask)
    slow, slow_last, cache = lm_loss(RNN, params, x, y, state, mask)
    assert np.isclose(loss, slow) and np.allclose(last, slow_last)
    wanted = lm_backward(cache, truncated_flow(6, 1))
    for (_, one), (_, other) in zip(tree_leaves(grads), tree_leaves(wanted)):
        np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-13)


def test_a_recogniser_is_judged_by_each_symbol(monkeypatch):
    legal, wrong = "BTXSE", "BTTSE"

    def table(cell, params, rows):
        logits = np.full((4, len(rows), reber.V), -9.0)
        for b, string in enumerate(rows):
            for t, symbols in enumerate(follow_reber(string)[:4]):
                logits[t, b, encode("".join(symbols))] = 0.0
        return logits

    monkeypatch.setattr(reber, "predict", table)
    assert reber.accepted(None, [legal, wrong]).tolist() == [True, False]
    monkeypatch.setattr(reber, "THRESHOLD", 0.6)  # two may follow, each has half
    assert reber.accepted(None, [legal, wrong]).tolist() == [False, False]


def test_mistakes_are_counted_as_often_as_the_string_came(monkeypatch):
    said = {"BTXSE": False, "BPVVE": True, "BTTSE": True, "BE": False}
    monkeypatch.setattr(
        reber, "accepted", lambda params, rows: np.array([said[r] for r in rows])
    )
    random = Counter({"BTXSE": 3, "BPVVE": 2, "BTTSE": 5, "BE": 7})
    found = reber.judge(None, random, Counter({"BTXSE": 11, "BPVVE": 1}))
    assert list(found.values()) == [5, 3, 5, 11]


def test_random_strings_end_with_their_first_e(rng):
    rows = reber.random_strings(200, rng)
    assert len(rows) == 200
    assert all(r[0] == "B" and r.index("E") == len(r) - 1 for r in rows)


def test_clipping_begins_orthogonal_and_judges_broken_networks(rng):
    params = clipping.first_params(rng)
    W = params.cell.W
    assert np.allclose(W @ W.T, np.eye(len(W)), atol=1e-12)
    wrong = clipping.share_wrong(params, 10, rng)
    assert 0.5 < wrong < 1
    broken = params._replace(cell=params.cell._replace(W=W * np.nan))
    assert clipping.share_wrong(broken, 10, rng) == 1.0


def test_a_short_run_with_and_without_clipping():
    clipped, free = (clipping.attempt(way, 1.0, 10, 0, 30) for way in clipping.WAYS)
    assert clipped["updates"] is None and clipped["norm"] != free["norm"]
    assert clipping.attempt("clipped", 0.3, 10, 0, 600)["updates"] is not None


def test_influence_is_balanced_the_wrong_way():
    exact = influence.slopes(np.ones((400, 1)))[:, 0]
    cut = influence.slopes(influence.segments(10)(None)[:, None])[:, 0]
    assert exact[9] > 0 > exact[-1] and cut.mean() > 0
    assert np.isclose(exact[-1], 2 * (influence.N_UP - influence.N_DOWN))


def test_letters_know_their_places(rng):
    words = letters.lexicon()
    assert len(words) == len(set(words)) == 15 and min(map(len, words)) >= 3
    ids, places = letters.stream(["abc", "de"], rng)
    assert len(ids) == len(places)
    assert set(zip(ids.tolist(), places.tolist())) == {
        (0, 0),
        (1, 1),
        (2, 2),
        (3, 0),
        (4, 1),
    }
    losses = np.array([4.0, 2.0, 1.0, 3.0, 6.0])
    assert letters.by_place(losses, np.array([0, 1, 2, 3, 0])) == [5.0, 2.0, 1.0, 3.0]


def test_values_of_seeds_are_written_out():
    assert row.each([1.0, 2.5], 1) == "1.0, 2.5"
    assert row.each([1, 2, 3, 4, 5, 6], 0) == "4 (1 to 6, 6 seeds)"


def test_missing_results_are_named():
    with pytest.raises(row.NotMeasured, match="no-such-file.json has no part 'x'"):
        row.measured("no-such-file", "x")


def test_every_row_has_a_module_that_says_what_it_does():
    for name in command.ROWS:
        module = import_module(f"benchmarks.reproductions.{name}")
        assert callable(module.run)
        for word in ("Claim:", "Protocol:"):
            assert word in module.__doc__, name


def test_the_command_merges_rows(tmp_path, monkeypatch, capsys):
    written = {}
    path = tmp_path / "reproductions.json"
    kept = {"data": {"names": "a hash"}, "results": {"reber": {"kept": 1}}}
    path.write_text(json.dumps(kept))
    monkeypatch.setattr(command, "PATH", path)
    monkeypatch.setattr(command, "load_text", None)  # this row needs no text

    def remember(name, rows, data, kept, **_):
        assert data == {} and kept == {"names": "a hash"}
        written.update(rows)

    monkeypatch.setattr(command, "record", remember)
    made = row.Row("key", "", "claim", [("a", "1", "2")], "", "", "reached")
    monkeypatch.setattr(
        command, "import_module", lambda name: SimpleNamespace(run=lambda: made)
    )
    command.main(["yule"])
    assert list(written) == ["yule", "reber"]
    assert written["yule"]["seconds"] is not None
    with pytest.raises(SystemExit, match="no row"):
        command.main(["nothing"])


def test_a_row_without_its_results_is_left_out(monkeypatch, capsys):
    def run():
        raise row.NotMeasured("x.json has no part 'y' yet")

    monkeypatch.setattr(command, "import_module", lambda name: SimpleNamespace(run=run))
    command.main(["adding"])
    assert "left out: x.json" in capsys.readouterr().out


def test_the_embedded_grammar_is_judged_by_its_counts():
    names = list(embedded_reber.NETWORKS)
    n = len(embedded_reber.SEEDS)
    found = {name: [8000] * n for name in names}
    found[names[-1]] = [None] * n
    assert "not stand out" in embedded_reber.summary(found).verdict
    found[names[1]] = [8000, *[None] * (n - 1)]
    assert embedded_reber.summary(found).verdict.startswith("reached in part: ")
    found[names[3]] = [8000] * (n - 1) + [None]
    assert embedded_reber.summary(found).verdict == "reached"
    found[names[0]] = [None] * n
    row = embedded_reber.summary(found)
    assert row.verdict.startswith("not reached")
    assert row.lines[0][2] == f"0 of {n}" and f"1 of {n}, median 8,000" in row.lines[1]


def test_every_row_of_the_file_is_whole():
    rows = json.loads(command.PATH.read_text(encoding="utf-8"))["results"]
    assert list(rows) == [name for name in command.ROWS if name in rows]
    for name, found in rows.items():
        assert set(found) == set(row.Row._fields), name
        assert found["verdict"].startswith(
            ("reached", "same shape", "not reached, because ")
        )
        assert all(len(line) == 3 for line in found["lines"])
