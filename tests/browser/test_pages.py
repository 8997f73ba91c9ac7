"""Every page in the browser: quiet, typeset, wide and narrow, light and dark, moved by hand, seen or heard.

Opening a page costs more than looking at it, so what wants the same light, width and motion shares one visit.
"""

from conftest import PHONE
from explorers import CUT_OFF, check_explorers, check_movement
from quizzes import check_quizzes

MARKUP_LEFT = r"""() => {
  const raw = /\\\(|\\\[|\$\$|\$[A-Za-z\\][^$\n]{0,80}\$|\|\s*:?-{3,}|\{(?:cite|ref|numref|eq|doc|term)[:}]/;
  const walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) {
    const node = walker.currentNode;
    const unread = node.parentElement.closest("pre, code, script, style, mjx-container, #jb-print-docs-body");
    if (raw.test(node.data) && !unread) found.push(node.data.trim().slice(0, 100));
  }
  return found;
}"""

FORMULAS = """() => ({
  plain: [...document.querySelectorAll(".math")].filter(e => !e.querySelector("mjx-container")).map(e => e.textContent),
  wrong: [...document.querySelectorAll("mjx-merror, mjx-mtext[style*=red]")].map(e => e.closest(".math, p")?.innerText),
})"""

# The longest label of each slider is shown, then nothing may be outside its box or on another line than its slider.
CRAMPED = """() => [...document.querySelectorAll("figure.explorer")].flatMap(figure => {
  const controls = figure.querySelector(".controls"), wrong = [];
  for (const slider of controls.querySelectorAll("[data-control]")) {
    const label = controls.querySelector(`label[for="${slider.id}"]`);
    const output = controls.querySelector(`output[for="${slider.id}"]`);
    const longest = JSON.parse(slider.dataset.labels).reduce((a, b) => (b.length > a.length ? b : a));
    const before = output.textContent;
    output.textContent = longest;
    const track = slider.getBoundingClientRect();
    if (track.width < 60) wrong.push(`${slider.id}: only ${track.width} px wide`);
    for (const part of [label, output, controls.querySelector("button")]) {
      const box = part.getBoundingClientRect(), edge = figure.getBoundingClientRect();
      if (!box.height || box.left < edge.left || box.right > edge.right || part.scrollWidth > part.clientWidth + 1)
        wrong.push(`${slider.id}: ${part.textContent} is cut off`);
      if (part.tagName !== "BUTTON" && (box.bottom < track.top || box.top > track.bottom))
        wrong.push(`${slider.id}: ${part.textContent} is not beside its slider`);
    }
    output.textContent = before;
  }
  return wrong;
})"""

# What is wider than a box that hides the rest cannot be reached. (MathJax hides a text for screen readers on purpose.)
CLIPPED = """() => [...document.querySelectorAll("main *:not(svg *, mjx-container *)")].filter(box => {
  if (!["hidden", "clip"].includes(getComputedStyle(box).overflowX) || box.clientWidth < 20) return false;
  const formula = box.matches("span.math") && box.querySelector("mjx-math");
  if (formula) return formula.getBoundingClientRect().right > box.getBoundingClientRect().right + 2;
  return box.scrollWidth > box.clientWidth + 1;
}).map(box => `${box.tagName}.${box.className}: ${box.innerText.slice(0, 60)}`)"""

LIGHT_SHEETS = """() => {
  const light = colour => {
    const [r, g, b, a = 1] = (colour.match(/[\\d.]+/g) || [0, 0, 0, 0]).map(Number);
    return colour.startsWith("rgb") && a > 0.5 && 0.2126 * r + 0.7152 * g + 0.0722 * b > 140;
  };
  const found = [];
  if (light(getComputedStyle(document.body).backgroundColor)) found.push("body");
  for (const element of document.querySelectorAll("main *:not(svg *, mjx-container *, img, mark)")) {
    const box = element.getBoundingClientRect();
    if (box.width > 100 && box.height > 30 && light(getComputedStyle(element).backgroundColor))
      found.push(`${element.tagName}.${element.className}`);
  }
  for (const shape of document.querySelectorAll("main figure svg[role=img] :is(path, rect)")) {
    const box = shape.getBoundingClientRect(), paper = shape.ownerSVGElement.getBoundingClientRect();
    const look = getComputedStyle(shape), tint = look.fillOpacity * look.opacity < 0.5;
    if (box.width * box.height > 0.5 * paper.width * paper.height && !tint && light(look.fill))
      found.push(`paper of ${shape.ownerSVGElement.getAttribute("aria-label")}`);
  }
  return found;
}"""

# What costs axe most of its time and tells it nothing: hidden frames, the lines inside a drawing (it has one name), and
# the second, third and hundredth word of one colour and size on one ground in one kind of place.
TRIM = """() => {
  for (const element of document.querySelectorAll(".frame[hidden], figure svg[role=img]")) element.replaceChildren();
  const ground = element => {
    for (; element; element = element.parentElement) {
      const { backgroundColor: colour, backgroundImage: image } = getComputedStyle(element);
      if (image !== "none" || !/, 0\\)|transparent/.test(colour)) return colour + image;
    }
  };
  const seen = new Set(), repeated = [];
  for (const element of document.querySelectorAll("main :is(p, li, td, dd, span, code, em, strong, mjx-container)")) {
    if (element.closest("a, button, label, summary")) continue;
    const { color, fontSize, fontWeight, opacity } = getComputedStyle(element);
    const place = [element.tagName, element.className, element.parentElement.className, !!element.querySelector("a")];
    const kind = [color, fontSize, fontWeight, opacity, ground(element), ...place].join();
    if (seen.has(kind)) repeated.push(element);
    seen.add(kind);
  }
  for (const element of repeated) {
    if (element.matches("mjx-container, span:not(:has(*)), code, em, strong")) element.remove();
    else [...element.childNodes].filter(node => node.nodeType === Node.TEXT_NODE).forEach(node => node.remove());
  }
}"""

# Each fold is shut and clicked where it stands; returns those that do not open or have something lying over them.
FOLDS = """() => [...document.querySelectorAll("main details")].map(fold => {
  fold.open = false;
  const summary = fold.querySelector("summary");
  summary.scrollIntoView({ block: "center", behavior: "instant" });
  const box = summary.getBoundingClientRect();
  const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  if (summary.contains(top)) top.click();
  return fold.open && fold.offsetHeight > summary.offsetHeight ? "" : `${summary.innerText} does not open`;
}).filter(Boolean)"""

ONE_OF_EACH = """() => {
  const kinds = new Map([...document.querySelectorAll("main details")].map(fold => [fold.className, fold]));
  return [...kinds.values()].map(fold => fold.querySelector("summary"));
}"""

ANSWER = """right => document.querySelectorAll(".Quiz").forEach((quiz, number) => {
  const wanted = (number % 2 === 0) === right;
  [...quiz.querySelectorAll(".MCButton")].find(answer => (answer.dataset.correct === "true") === wanted)?.click();
})"""


FITS = "() => document.scrollingElement.scrollWidth <= document.scrollingElement.clientWidth"


def settle(page) -> None:
    """Let all fonts come to rest, and the half second after which a quiz sets its formulas."""
    page.wait_for_timeout(650 if page.query_selector(".Quiz") else 150)
    page.evaluate("() => document.fonts.ready.then(() => true)")


def test_quiet_typeset_and_whole(visit, open_all, path):
    with visit(path, reduced_motion="no-preference") as page:
        if page.query_selector("figure.explorer[data-autoplay]"):
            check_movement(page, autoplay=True)
        settle(page)
        formulas = page.evaluate(FORMULAS)
        assert not formulas["plain"], "formulas left as they were typed"
        assert not formulas["wrong"], "formulas that MathJax could not read"
        assert not page.evaluate(MARKUP_LEFT), "markup left in the text"
        open_all(page)
        assert page.evaluate(FITS), "scrolls sideways"
        assert not page.evaluate(CUT_OFF), "words cut off at the edge of a drawing"
        assert not page.evaluate(CRAMPED)


def test_narrow(visit, open_all, path):
    with visit(path, viewport=PHONE) as page:
        assert page.evaluate(FITS), "scrolls sideways"
        open_all(page)
        assert page.evaluate(FITS), "scrolls sideways when everything is open"
        assert not page.evaluate(CLIPPED), "cut off at the right"
        assert not page.evaluate(CRAMPED)


def test_by_hand_and_readable_by_all(visit, open_all, distinct_path):
    with visit(distinct_path) as page:
        check_explorers(page)
        check_quizzes(page)
        check_folds(page)
        check_theme_button(page)
        open_all(page)
        turn(page, "dark")
        assert not page.evaluate(LIGHT_SHEETS), "light sheets in the dark"
        turn(page, "light")
        page.evaluate(TRIM)
        settle(page)
        check_readable(page, "light")
        turn(page, "dark")
        check_readable(page, "dark")


def test_a_page_may_begin_in_the_dark(visit, first_explorer_path):
    with visit(first_explorer_path, color_scheme="dark") as page:
        assert page.evaluate("() => document.documentElement.dataset.theme") == "dark"
        assert not page.evaluate(LIGHT_SHEETS), "light sheets in the dark"


def turn(page, scheme) -> None:
    """Let the reader's system turn light or dark, and wait until the page has followed."""
    page.emulate_media(color_scheme=scheme)
    page.wait_for_function(
        "scheme => document.documentElement.dataset.theme === scheme", arg=scheme
    )
    page.wait_for_timeout(150)  # colours fade


def check_readable(page, scheme):
    from axe_playwright_python.base import AXE_SCRIPT

    def violations(page, where: str) -> list[str]:
        # preload would fetch the theme's style sheets from wrong addresses
        options = {
            "preload": False,
            "resultTypes": ["violations"],
            "rules": {"label-content-name-mismatch": {"enabled": True}},
        }
        if scheme == "dark":  # what is not a colour is the same as in the light
            options |= {"runOnly": ["color-contrast", "link-in-text-block"]}
        found = page.evaluate(
            "([where, options]) => axe.run(where, options)", [where, options]
        )["violations"]
        return [
            f"{v['id']} ({v['impact']}): {node['target']} {node['html'][:120]} {node['failureSummary'][:240]}"
            for v in found
            if v["impact"] in ("serious", "critical")
            for node in v["nodes"][:5]
        ]

    page.evaluate(ANSWER, True)
    if not page.evaluate("() => window.axe"):
        page.evaluate(AXE_SCRIPT)
    assert not violations(page, "html")
    if page.evaluate("() => !!document.querySelector('.Quiz')"):
        page.evaluate(ANSWER, False)
        page.wait_for_timeout(100)
        assert not violations(page, ".Quiz")


def check_folds(page):
    """Dropdowns and hidden code open by a click and by Enter."""
    assert not page.evaluate(FOLDS)
    is_open = "summary => summary.parentElement.open"
    kinds = page.evaluate_handle(ONE_OF_EACH).get_properties().values()
    for summary in [kind.as_element() for kind in kinds]:
        name = summary.inner_text()
        summary.click()
        assert not page.evaluate(is_open, summary), f"{name}: a click: still open"
        page.keyboard.press("Enter")
        assert page.evaluate(is_open, summary), f"{name}: Enter does not open it"
        page.keyboard.press("Enter")
        assert not page.evaluate(is_open, summary), f"{name}: Enter: still open"


def check_theme_button(page):
    """Three presses go through all choices and change the colours."""
    seen = set()
    for _ in range(3):
        page.locator(".theme-switch-button:visible").first.click()
        colour = "() => [document.documentElement.dataset.theme, getComputedStyle(document.body).backgroundColor]"
        seen.add(tuple(page.evaluate(colour)))
    assert len(seen) == 2, seen
