"""A quiz shows its questions, the same every time."""

import json
import random
import re

import pytest

from rnnlib.quiz import COLOURS, quiz
from rnnlib.viz import PALETTE

QUESTIONS = {
    "2 + 2?": {"4": "Yes: two and two.", "5": "No, count again."},
    "A letter?": {"7": "No.", "?": "No: Yes stands elsewhere.", "e": "Yes!"},
}


def test_questions_answers_and_replies_are_on_the_page():
    page = quiz(QUESTIONS)._repr_html_()
    asked, _ = json.JSONDecoder().raw_decode(page, page.index('[{"question"'))
    assert [item["question"] for item in asked] == list(QUESTIONS)
    for item, answers in zip(asked, QUESTIONS.values()):
        assert item["type"] == "multiple_choice"
        assert {
            answer["answer"]: answer["feedback"] for answer in item["answers"]
        } == answers
        assert [answer["answer"] for answer in item["answers"]] == list(answers)
        right = [answer["answer"] for answer in item["answers"] if answer["correct"]]
        assert right == [
            answer for answer, reply in answers.items() if reply.startswith("Yes")
        ]
    assert all(colour in page for colour in COLOURS.values())
    assert 'data-shuffleanswers="False"' in page


def test_the_page_does_not_change_and_leaves_no_trace():
    random.seed(1)
    before = random.getstate()
    first = quiz(QUESTIONS)
    assert random.getstate() == before
    random.seed(2)
    assert quiz(QUESTIONS) == first
    other = quiz({"Another?": {"a": "Yes.", "b": "No."}})
    names = [re.search(r'id="([A-Za-z]+)"', each.page)[1] for each in (first, other)]
    assert names[0] != names[1]
    assert repr(other) == "Quiz: Another?"


def test_the_script_does_not_see_mathjax():
    page = quiz(QUESTIONS).page
    assert "<script>((MathJax) => {" in page and page.endswith("})();</script>")


@pytest.mark.parametrize(
    "answers",
    [
        {},
        {"a": "Yes."},
        {"a": "No.", "b": "no"},
        {"a": "Yes.", "b": "Yes, too."},
        {"a": "yes.", "b": "No: Yes"},
    ],
)
def test_one_right_answer_among_two_or_more(answers):
    with pytest.raises(ValueError, match=r"'Why\?'.*Yes"):
        quiz(QUESTIONS | {"Why?": answers})


def test_colours_are_those_of_the_palette():
    for value in COLOURS.values():
        name, fallback = re.fullmatch(r"var\(--c-(\w+),(#\w+)\)", value).groups()
        assert fallback == PALETTE[name][0]
