"""What a quiz must do: reply to every answer of every question, by mouse and by key."""

STATE = """quiz => ({
  right: quiz.querySelectorAll(".correctButton").length,
  wrong: quiz.querySelectorAll(".incorrectButton").length,
  chosen: [...quiz.querySelectorAll("input")].findIndex(input => input.checked),
  marked: [...quiz.querySelectorAll(".MCButton")].findIndex(a => a.matches(".correctButton, .incorrectButton")),
  reply: quiz.querySelector(".Feedback").textContent.trim(),
})"""


def questions(page):
    for container in page.query_selector_all("[data-numquestions]"):
        found = container.query_selector_all(".Quiz")
        assert found, "a quiz without questions"
        for quiz in found:
            yield quiz, quiz.inner_text().split("\n")[0]


def check(page, quiz, question: str, answer: int) -> int:
    """Return 1 when the answer just chosen is the right one; it must be the only one marked, and have a reply."""
    state = page.evaluate(STATE, quiz)
    assert state["reply"], f"{question}: no reply to answer {answer}"
    assert "\\(" not in state["reply"], (
        f"{question}: a formula in the reply to answer {answer} is left as it was typed"
    )
    assert state["right"] + state["wrong"] == 1 and state["marked"] == answer, (
        f"{question}: answer {answer}: {state}"
    )
    assert state["chosen"] == answer, (
        f"{question}: answer {answer} is not the chosen one"
    )
    return state["right"]


def check_quizzes(page):
    for quiz, question in questions(page):
        check_mouse(page, quiz, question)
        check_keys(page, quiz, question)
    for container in page.query_selector_all("[data-numquestions]"):
        container.query_selector("input:checked").focus()
        for number in range(len(container.query_selector_all(".Quiz"))):
            inside = "([container, n]) => container.querySelectorAll('.Quiz')[n].contains(document.activeElement)"
            assert page.evaluate(inside, [container, number]), "Tab skips a question"
            page.keyboard.press("Tab")


def check_mouse(page, quiz, question):
    right = 0
    for number, answer in enumerate(quiz.query_selector_all(".MCButton")):
        answer.click()
        right += check(page, quiz, question, number)
    assert right == 1, f"{question}: {right} right answers"


def check_keys(page, quiz, question):
    radios = quiz.query_selector_all("input[type=radio]")
    assert len(radios) > 1, question
    radios[0].focus()
    page.keyboard.press("Space")
    check(page, quiz, question, 0)
    for number in range(1, len(radios)):
        page.keyboard.press("ArrowDown")
        check(page, quiz, question, number)
        outline = page.evaluate(
            "() => { const look = getComputedStyle(document.activeElement.closest('label'));"
            " return [look.outlineStyle, parseFloat(look.outlineWidth)]; }"
        )
        assert outline[0] != "none" and outline[1] >= 2, (
            f"{question}: the focus is not visible"
        )
