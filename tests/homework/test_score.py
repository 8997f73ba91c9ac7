"""Points are read by nbgrader's rule, and whatever is not a number of points earns nothing and is told."""

import pytest
from classroom import MOST, cell_of, master
from nbformat.v4 import new_output

from homework.repair import fresh
from homework.score import error, scores, settle


def after(*outputs):
    """Return points and trouble of the first question, worth 2, after these outputs of its test."""
    notebook = fresh(master())
    cell_of(notebook, "double-tests").outputs = list(outputs)
    wrong = settle(notebook)
    return scores(notebook)["double-tests"][0], wrong.get("double-tests")


def result(text):
    return new_output("execute_result", data={"text/plain": text}, execution_count=1)


def stderr(text="RuntimeWarning: overflow"):
    return new_output("stream", name="stderr", text=text)


@pytest.mark.parametrize(
    "text, points",
    [
        ("2.0", 2),
        ("0", 0),
        ("1", 1),
        ("0.25", 0.25),
        ("1e-3", 0.001),
        ("2.0000000000000004", 2),
        ("-0.0", 0),
    ]
    + [("np.float64(1.5)", 1.5), ("np.float32(0.5)", 0.5), ("np.int64(1)", 1)],
)
def test_numbers_count(text, points):
    assert after(result(text)) == (points, None)


@pytest.mark.parametrize(
    "text",
    [
        "nan",
        "inf",
        "-1.0",
        "2.1",
        "1e9",
        "True",
        "'2.0'",
        "[2.0]",
        "(2.0,)",
        "array([2.])",
        "2.0 ",
        "None",
        "1_0",
        "2+0j",
    ]
    + [
        "np.float64(nan)",
        "np.True_",
        "<Score>",
        "",
        "2.0\n2.0",
        "Fraction(1, 2)",
        "9" * 400,
    ],
)
def test_anything_else_earns_nothing_and_is_told(text):
    points, trouble = after(result(text))
    if text == "2.0 ":
        assert (points, trouble) == (2, None)
    else:
        assert points == 0
        assert trouble.startswith("wanted a number from 0 to 2; got")


def test_no_result_earns_nothing():
    assert after() == (0, "wanted one result, the points; got none")
    assert after(new_output("stream", name="stdout", text="2.0"))[0] == 0
    assert after(new_output("display_data", data={"text/plain": "2.0"}))[0] == 0


def test_two_results_earn_nothing():
    assert after(result("2.0"), result("0.0")) == (
        0,
        "wanted one result, the points; got 2",
    )


def test_an_error_earns_nothing_even_behind_a_result():
    assert after(error("AssertionError", "")) == (0, None)
    assert after(result("2.0"), error("AssertionError", "")) == (0, None)


def test_a_warning_costs_nothing():
    assert after(stderr(), result("2.0"), stderr()) == (2, None)


def test_an_answer_in_words_is_for_a_person_unless_nothing_was_written():
    notebook = fresh(master())
    settle(notebook)
    assert scores(notebook)["why"] == (0, 3)
    cell_of(notebook, "why").source = "Because."
    assert scores(notebook)["why"] == (None, 3)
    assert {name: most for name, (_, most) in scores(notebook).items()} == MOST
