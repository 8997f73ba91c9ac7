"""Take the picture that the README shows: python -m tools.picture (needs Chromium and a built site)."""

import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def main() -> None:
    from playwright.sync_api import sync_playwright

    chromium = (
        shutil.which("chromium")
        or shutil.which("chromium-browser")
        or shutil.which("google-chrome")
    )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--headless", "--no-sandbox"]
        )
        page = browser.new_page(
            viewport={"width": 1180, "height": 760},
            color_scheme="light",
            reduced_motion="reduce",
        )
        page.goto((ROOT / "_build/html/book/index.html").as_uri())
        slider = page.locator("figure.explorer input[type=range]").first
        slider.fill("14")
        slider.blur()
        page.screenshot(path=ROOT / ".github" / "page.png")
        browser.close()


if __name__ == "__main__":
    main()
