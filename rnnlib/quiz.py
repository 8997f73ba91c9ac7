"""Questions answered in the page, drawn by jupyterquiz in the book's colours."""

import random
import string
from collections.abc import Mapping
from importlib.resources import files
from typing import NamedTuple

COLOURS = {
    "--jq-multiple-choice-bg": "var(--c-grid,#e3e7ee)",
    "--jq-mc-button-bg": "var(--c-paper,#fffffe)",
    "--jq-mc-button-border": "var(--c-muted,#5b6472)",
    "--jq-mc-button-inset-shadow": "var(--c-muted,#5b6472)",
    "--jq-incorrect-color": "var(--c-rose,#b1275a)",
    "--jq-correct-color": "var(--c-green,#0f766a)",
    "--jq-text-color": "var(--c-ink,#1f2937)",
    "--jq-link-color": "var(--c-blue,#1f5fa8)",
}


class Quiz(NamedTuple):
    """Questions with buttons for answers, ready to be shown by a notebook."""

    page: str
    questions: tuple[str, ...]

    def _repr_html_(self) -> str:
        return self.page

    def __repr__(self) -> str:
        return "Quiz: " + " ".join(self.questions)


def quiz(questions: Mapping[str, Mapping[str, str]]) -> Quiz:
    """Ask questions with buttons for answers; each answer replies at once.

    Parameters
    ----------
    questions : question to its answers; answer to the reply it gets. The reply to the one right answer begins "Yes"

    Raises
    ------
    ValueError
        If a question has fewer than two answers, or not exactly one reply that begins with "Yes".

    Examples
    --------
    >>> quiz({"1 + 1?": {"2": "Well done."}})
    Traceback (most recent call last):
    ...
    ValueError: '1 + 1?' must have two answers or more, one of them with a reply beginning 'Yes'; got ['Well done.']
    """
    for question, answers in questions.items():
        right = [reply for reply in answers.values() if reply.startswith("Yes")]
        if len(answers) < 2 or len(right) != 1:
            raise ValueError(
                f"{question!r} must have two answers or more, one of them with a reply beginning 'Yes'; "
                f"got {list(answers.values())}"
            )
    from jupyterquiz.dynamic.loader import load_questions_script
    from jupyterquiz.dynamic.renderer import build_script, build_styles, render_div

    items = [
        {
            "question": question,
            "type": "multiple_choice",
            "answer_cols": 1,
            "answers": [
                {
                    "answer": answer,
                    "correct": reply.startswith("Yes"),
                    "feedback": reply,
                }
                for answer, reply in answers.items()
            ],
        }
        for question, answers in questions.items()
    ]
    # The id is drawn from the questions, so that the saved page does not change.
    name = "".join(
        random.Random("".join(questions)).choices(string.ascii_letters, k=12)
    )
    frame = render_div(name, False, False, False, len(items), 720, 10, "left")
    script = build_script(*load_questions_script(items, name), name, True)
    for kind in ("numeric", "string"):  # no question is of these kinds
        unused = files("jupyterquiz") / "js" / f"{kind}.js"
        script = script.replace(unused.read_text(encoding="utf-8"), "")
    # No question holds a formula. With MathJax in sight, jupyterquiz asks another host for it on a slow page.
    script = f"((MathJax) => {{\n{script}\n}})();"
    page = f"{frame}{build_styles(name, COLOURS)}</div><script>{script}</script>"
    return Quiz(page, tuple(questions))
