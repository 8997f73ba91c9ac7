"""What belongs to the site as a whole: the way in and the search."""


def test_index_leads_to_the_book(visit, base):
    with visit("index.html", scripts=False) as page:
        page.wait_for_url(f"{base}/book/index.html")


def test_search_finds_a_word(visit, base, site):
    with visit("search.html?q=sunspot") as page:
        page.wait_for_selector("#search-results li a")
        links = page.eval_on_selector_all(
            "#search-results li a", "links => links.map(link => link.href)"
        )
        for link in links:
            assert (
                site / link.removeprefix(f"{base}/").split("?")[0].split("#")[0]
            ).is_file(), link


def test_theme_is_remembered(visit):
    with visit("book/index.html") as page:
        theme = "() => document.documentElement.dataset.theme"
        while page.evaluate(theme) != "dark":
            page.locator(".theme-switch-button:visible").first.click()
        page.reload()
        assert page.evaluate(theme) == "dark"
