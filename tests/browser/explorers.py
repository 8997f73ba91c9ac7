"""What an explorer must do: follow keys, mouse and buttons, and move by itself only where it may."""

# Words at the edge of a drawing are cut off by it.
CUT_OFF = """root => {
  const drawings = [...(root || document).querySelectorAll("figure svg[role=img]")];
  return drawings.filter(svg => svg.checkVisibility()).flatMap(svg => {
    const paper = svg.getBoundingClientRect();
    return [...svg.querySelectorAll("text")].filter(text => {
      const box = text.getBoundingClientRect();
      const sideways = box.left < paper.left - 2 || box.right > paper.right + 2;
      return sideways || box.top < paper.top - 2 || box.bottom > paper.bottom + 2;
    }).map(text => text.textContent.trim());
  });
}"""

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


def check_explorers(page):
    """Nothing moves by itself for who asked for rest; then keys, mouse and buttons do."""
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


def check_movement(page, autoplay: bool):
    if not page.query_selector("figure.explorer"):
        return
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
