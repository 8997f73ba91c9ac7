"""An explorer without scripts, and from a file; the pages' own tests move each of them."""

import pytest
from explorers import alone, explorers


def test_one_frame_is_shown_before_any_script_runs(site, explorer_path):
    """The browser hides what the page's own markup hides; test_without_scripts looks at it."""
    page = (site / explorer_path).read_text(encoding="utf-8")
    for figure in page.split('<figure class="explorer"')[1:]:
        frames = [part.split(">")[0] for part in figure.split('class="frame"')[1:]]
        assert len(frames) > 1
        assert sum("hidden" not in frame for frame in frames) == 1


def test_without_scripts(visit, first_explorer_path):
    with visit(first_explorer_path, scripts=False) as page:
        for figure in page.locator("figure.explorer").all():
            assert (
                sum(frame.is_visible() for frame in figure.locator(".frame").all()) == 1
            )
            assert not figure.locator(".controls").is_visible(), (
                "dead sliders are shown"
            )


def test_from_a_file(visit, site):
    paths = [
        p
        for p in (site / "book").rglob("*.html")
        if '<figure class="explorer"' in p.read_text(encoding="utf-8")
    ]
    if not paths:
        pytest.skip("the site has no explorer")
    with visit(min(paths).relative_to(site).as_posix(), root=site.as_uri()) as page:
        figure, name = next(explorers(page))
        before = alone(page, figure, name)
        slider = figure.query_selector("[data-control]")
        slider.press("Home" if slider.input_value() != "0" else "End")
        assert alone(page, figure, name)["html"] != before["html"]
