"""Questions answered in the page, drawn by jupyterquiz in the book's colours."""

import random
from collections.abc import Mapping

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


def quiz(questions: Mapping[str, Mapping[str, str]]) -> None:
    """Show questions with buttons for answers; each answer replies at once.

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
    from jupyterquiz import display_quiz

    before = random.getstate()
    random.seed(
        "".join(questions)
    )  # jupyterquiz draws the ids in its HTML; the saved page must not change
    try:
        display_quiz(
            [
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
            ],
            shuffle_answers=False,
            max_width=720,
            colors=COLOURS,
        )
    finally:
        random.setstate(before)
