"""Every explorer: by key, by mouse, by itself, at rest, without scripts and from a file."""

import pytest
from test_pages import CUT_OFF

STATE = """figure => {
  const visible = frame => frame.checkVisibility() && frame.getBoundingClientRect().height > 10;
  const shown = [...figure.querySelectorAll(".frame")].filter(visible);
  return {
    shown: shown.map(frame => frame.dataset.key),
    html: shown.map(frame => frame.innerHTML.replace(/explorer-[\\w-]+/g, "")).join(),
    wanted: [...figure.querySelectorAll("[data-control]")].map(control => control.value).join(),
    button: figure.querySelector("button")?.textContent,
  };
}"""

# Puts the sliders on every choice in turn; returns the frames that were not shown alone or have words cut off.
SWEEP = f"""figure => {{
  const cutOff = {CUT_OFF};
  const controls = [...figure.querySelectorAll("[data-control]")], state = {STATE}, wrong = [], seen = [];
  const visit = left => {{
    if (left.length) {{
      for (let value = 0; value <= Number(left[0].max); value++) {{
        left[0].value = value;
        visit(left.slice(1));
      }}
      return;
    }}
    controls[0].dispatchEvent(new Event("input", {{ bubbles: true }}));
    const now = state(figure);
    if (now.shown.join("|") !== now.wanted) wrong.push(`${{now.wanted}} shows ${{now.shown.join("|") || "nothing"}}`);
    for (const words of cutOff(figure)) wrong.push(`${{now.wanted}} cuts off: ${{words}}`);
    seen.push(now.wanted);
  }};
  visit(controls);
  const unseen = [...figure.querySelectorAll(".frame")].map(f => f.dataset.key).filter(key => !seen.includes(key));
  return wrong.concat(unseen.map(key => `${{key}} is never shown`));
}}"""


def explorers(page):
    """Yield each explorer with its name, in the middle of the window (the theme's header covers the top)."""
    for figure in page.query_selector_all("figure.explorer"):
        page.evaluate(
            "figure => figure.querySelector('.controls').scrollIntoView({ block: 'center' })",
            figure,
        )
        yield figure, figure.get_attribute("id")


def alone(page, figure, name) -> dict:
    """Return the explorer's state; one frame is visible, the one that the sliders ask for."""
    state = page.evaluate(STATE, figure)
    assert state["shown"] == [state["wanted"]], name
    return state


def test_by_hand(visit, explorer_path):
    """Nothing moves by itself for who asked for rest; then keys, mouse and buttons do."""
    with visit(explorer_path) as page:
        check_movement(page, autoplay=False)
        for figure, name in explorers(page):
            alone(page, figure, name)
            assert not page.evaluate(SWEEP, figure), name
            for slider in figure.query_selector_all("[data-control]"):
                check_keys(page, figure, name, slider)
                check_mouse(page, figure, name, slider)
            check_button(page, figure, name)


def check_keys(page, figure, name, slider):
    label = page.evaluate("s => s.labels[0].textContent", slider)
    where = f"{name}, {label}"
    shown, said = [], []
    slider.focus()
    page.keyboard.press("Home")
    for step in range(int(slider.get_attribute("max")) + 1):
        if step:
            page.keyboard.press("ArrowRight")
        assert slider.input_value() == str(step), where
        shown.append(alone(page, figure, where)["html"])
        said.append(
            page.evaluate(
                "s => [s.nextElementSibling.value, s.getAttribute('aria-valuetext')]",
                slider,
            )
        )
    assert len(set(shown)) > 1, f"{where}: nothing changes"
    assert all(a == b for a, b in said), f"{where}: shown and read out differ: {said}"
    assert len({a for a, _ in said}) == len(said), (
        f"{where}: two positions with one label: {said}"
    )


def check_mouse(page, figure, name, slider):
    last = int(slider.get_attribute("max"))
    for share in (1, 0.5, 0):
        box = slider.bounding_box()
        page.mouse.click(
            box["x"] + 2 + share * (box["width"] - 4), box["y"] + box["height"] / 2
        )
        assert abs(int(slider.input_value()) - share * last) <= 0.5, (
            f"{name}: a click at {share:.0%}"
        )
        alone(page, figure, name)


def check_button(page, figure, name):
    page.evaluate("figure => { figure.dataset.pace = 60; }", figure)
    button = figure.query_selector("button")
    slider = figure.query_selector("[data-control]")
    start = alone(page, figure, name)["wanted"]
    for act in (button.click, lambda: button.press("Enter")):
        act()
        page.wait_for_function(
            f"([figure, start]) => ({STATE})(figure).shown[0] !== start",
            arg=[figure, start],
        )
        assert button.inner_text() == "Pause", name
        act()
        start = alone(page, figure, name)["wanted"]
        page.wait_for_timeout(150)
        assert alone(page, figure, name)["wanted"] == start, (
            f"{name}: moves after Pause"
        )
        assert button.inner_text() == "Play", name
    button.click()
    slider.press("ArrowRight")
    assert button.inner_text() == "Play", (
        f"{name}: a hand on the slider does not stop it"
    )


def test_moves_by_itself_where_it_may(visit, explorer_path):
    with visit(explorer_path, reduced_motion="no-preference") as page:
        check_movement(page, autoplay=True)


def check_movement(page, autoplay: bool):
    states = "figures => figures.map(STATE)".replace("STATE", STATE)
    before = page.eval_on_selector_all("figure.explorer", states)
    pace = page.eval_on_selector_all(
        "figure.explorer", "figures => Math.max(...figures.map(f => f.dataset.pace))"
    )
    page.wait_for_timeout(min(pace, 3000) + 300)
    after = page.eval_on_selector_all("figure.explorer", states)
    asked = page.eval_on_selector_all(
        "figure.explorer", "figures => figures.map(f => !!f.dataset.autoplay)"
    )
    for wants, old, new in zip(asked, before, after):
        moves = wants and autoplay
        assert new["button"] == ("Pause" if moves else "Play")
        assert (new["shown"] != old["shown"]) == moves


def test_without_scripts(visit, explorer_path):
    with visit(explorer_path, scripts=False) as page:
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
