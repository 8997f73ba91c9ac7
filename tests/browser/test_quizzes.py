"""A quiz on a slow line; the pages' own tests answer every question."""


def test_formulas_may_come_late(visit, first_quiz_path):
    with visit(first_quiz_path, late="/mathjax/tex-") as page:
        page.wait_for_timeout(200)
        formulas = page.locator(".math").count()
        assert page.locator(".math:has(mjx-container)").count() == formulas
