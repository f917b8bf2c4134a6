"""The page in a real browser: opens from disk with a quiet console, asks nothing of a network, flips pictures."""

from __future__ import annotations

from typing import Any

import pytest

from dsia_gen.evaluate.evaluation_report import WrittenReport
from tests.dataset.report.conftest import browser  # noqa: F401  (a fixture)
from tests.dataset.report.test_browser import Page

pytestmark = [pytest.mark.browser, pytest.mark.torch]


@pytest.fixture
def page(written: WrittenReport, browser: Any) -> Page:  # noqa: F811
    opened = Page(browser, written.folder / "index.html")
    opened.requests(), opened.messages()
    return opened.open()


def test_it_opens_from_disk_with_a_clean_console_and_no_network(page: Page) -> None:
    page.run("document.querySelectorAll('details').forEach((d) => (d.open = true))")
    page.run("document.querySelectorAll('img').forEach((i) => (i.loading = 'eager'))")
    page.wait("[...document.querySelectorAll('main img')].every((i) => i.complete && i.naturalWidth > 0)")
    assert page.messages() == []
    assert page.requests() <= {"file", "data"}


def test_every_method_is_in_the_table(page: Page, written: WrittenReport) -> None:
    rows = page.all(".region:not([hidden]) tbody tr")
    assert [row.find_element("css selector", "code").text for row in rows] == [
        entry.name for entry in written.summary.results.entries
    ]


def test_kinds_of_pixels_are_chosen_by_buttons(page: Page) -> None:
    page.one(".chips [data-region='foreground']").click()
    shown = [panel.get_attribute("data-region") for panel in page.all(".region") if panel.is_displayed()]
    assert shown == ["foreground"]


def test_pictures_flip_at_one_place(page: Page) -> None:
    page.run("document.querySelector('.strip img[data-title=answer]').click()")
    page.wait("!document.getElementById('stage').hidden")
    assert page.one("#stage-title").text == "answer"
    page.press("3")
    assert page.one("#stage-title").text == "Igt"
    source = page.run("document.getElementById('stage-picture').src")
    assert source == page.run("document.querySelector('.strip img[data-title=Igt]').src")
    from selenium.webdriver import Keys

    page.press(Keys.ARROW_RIGHT)
    assert page.one("#stage-title").text == "answer"
    page.press(Keys.ESCAPE)
    assert page.run("document.getElementById('stage').hidden")


def test_samples_are_sorted_by_a_click(page: Page) -> None:
    column = page.run("data.columns.indexOf('identity')")
    read = f"[...document.querySelectorAll('#every tbody tr')].map((r) => Number(r.children[{column}].textContent))"
    page.run(f"document.querySelectorAll('#every th')[{column}].click()")
    first = page.run(read)
    assert first == sorted(first) and len(first) == 4
    page.run(f"document.querySelectorAll('#every th')[{column}].click()")
    assert page.run(read) == first[::-1]


def test_errors_of_flows_are_in_sight_with_what_they_are(page: Page) -> None:
    for key in ("flow_gt_to_2", "flow_1_to_2"):
        section = page.one(f"#{key}")
        assert section.is_displayed()
        assert section.find_element("css selector", "h2").text.endswith(": EPE, 1 px, 3 px and Fl-all")
        heads = [head.text for head in section.find_elements("css selector", "th")]
        assert {"EPE", "above 1 px", "above 3 px", "Fl-all"} <= set(heads)


@pytest.mark.parametrize("width", [360, 390])
def test_a_phone_scrolls_down_and_not_sideways(page: Page, width: int) -> None:
    metrics = {"width": width, "height": 844, "deviceScaleFactor": 2, "mobile": True}
    page.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    try:
        page.open()
        page.run("document.querySelectorAll('details').forEach((d) => (d.open = true))")
        assert page.run("document.documentElement.scrollWidth") <= width
        table = "document.querySelector('.region:not([hidden]) .table')"
        assert page.run(f"{table}.scrollWidth > {table}.clientWidth"), "the numbers are wider than the screen"
        page.run(f"{table}.scrollTo(200, 0)")
        left = page.run(f"{table}.querySelector('tbody td').getBoundingClientRect().left")
        assert left == pytest.approx(page.run(f"{table}.getBoundingClientRect().left"), abs=2), "methods stay in sight"
        page.run("document.querySelector('.strip img').click()")
        names = page.all("#stage-names button")
        assert all(name.rect["x"] >= 0 and name.rect["x"] + name.rect["width"] <= width for name in names)
    finally:
        page.browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
