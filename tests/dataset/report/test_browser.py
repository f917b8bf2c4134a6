"""The page in a real browser: opens from disk, flips, slides, filters, shows values, asks nothing of a network."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

import numpy as np
import pytest

from dsia_gen.config.job import JobConfig, SceneGroup
from dsia_gen.config.scene_config import load_scene_config
from dsia_gen.dataset import DatasetLayout, open_dataset, write_job
from dsia_gen.dataset.report import ReportResult, findings_of, write_report
from dsia_gen.dataset.validate import validate
from dsia_gen.dataset.visual import depth_to_rgb, flow_to_rgb
from dsia_gen.sampling.seeds import scene_seed
from tests.dataset.report.conftest import BAD, edit_samples

pytestmark = pytest.mark.browser

PATIENCE = 120
"""Seconds that a page may take; it needs a fraction of one."""


class Page:
    """A report in a browser."""

    def __init__(self, browser: Any, index: Path) -> None:
        self.browser = browser
        self.index = index

    def run(self, script: str, *values: Any) -> Any:
        """The value of a JavaScript expression; `arguments` are the values. A promise is waited for."""
        return self.browser.execute_async_script(
            f"const done = arguments[arguments.length - 1];"
            f"Promise.resolve((function () {{ return ({script}); }}).apply(null, arguments)).then(done)",
            *values,
        )

    def wait(self, script: str) -> None:
        """Wait until an expression is true."""
        from selenium.webdriver.support.ui import WebDriverWait

        WebDriverWait(self.browser, PATIENCE, 0.05).until(
            lambda b: b.execute_script(f"return Boolean({script})"), script
        )

    def open(self, address: str = "") -> Page:
        """Load the page anew at `#address`."""
        self.browser.get("about:blank")
        self.browser.get(f"{self.index.as_uri()}{address}")
        self.wait("document.documentElement.dataset.ready")
        return self

    def pair(self, sample: str) -> Page:
        """Load the page at a pair."""
        self.open(f"#/pair/{sample}")
        self.wait(f"find('viewer').dataset.ready === '{sample}'")
        return self

    def all(self, selector: str) -> list[Any]:
        return self.browser.find_elements("css selector", selector)

    def one(self, selector: str) -> Any:
        return self.browser.find_element("css selector", selector)

    def press(self, keys: str) -> None:
        from selenium.webdriver import ActionChains

        ActionChains(self.browser).send_keys(keys).perform()

    def cards(self) -> list[str]:
        return [card.get_attribute("data-sample") for card in self.all(".card")]

    def shown(self, side: str = "a") -> str:
        """The image that a side of the stage shows."""
        (on,) = self.all(f".half-{side} > .on")
        return str(on.get_attribute("data-image"))

    def messages(self) -> list[str]:
        """What the console says."""
        return [f"{entry['level']}: {entry['message']}" for entry in self.browser.get_log("browser")]

    def requests(self) -> set[str]:
        """Schemes of everything that was asked for since the last call, apart from the browser's own pages."""
        entries = (json.loads(entry["message"])["message"] for entry in self.browser.get_log("performance"))
        urls = [e["params"]["request"]["url"] for e in entries if e["method"] == "Network.requestWillBeSent"]
        return {urlsplit(url).scheme for url in urls} - {"chrome", "chrome-untrusted", "devtools", "about"}


@pytest.fixture(params=["single", "parted"])
def page(request: pytest.FixtureRequest, browser: Any) -> Page:
    """The report of `varied` in both forms."""
    result: ReportResult = request.getfixturevalue(request.param)
    return Page(browser, result.index)


@pytest.fixture
def one_file(single: ReportResult, browser: Any) -> Page:
    return Page(browser, single.index)


def test_it_opens_from_disk_with_a_clean_console_and_no_network(page: Page) -> None:
    page.requests(), page.messages()
    page.open()
    page.pair("00000_0000")
    for kind in ("flow", "reason", "mask", "depth", "label", "vector"):
        page.run("setKind(arguments[0])", kind)
        page.wait("!stage.canvas('a').hidden && stage.canvas('a').dataset.layers")
    page.run("openPair('00001_0000')")
    assert page.messages() == []
    assert page.requests() <= {"file", "data"}


def test_the_page_may_not_use_the_network_even_if_it_wanted(one_file: Page) -> None:
    one_file.open()
    assert one_file.run("fetch('http://127.0.0.1:9/').then(() => 'open', () => 'closed')") == "closed"
    assert any("Content Security Policy" in message for message in one_file.messages())


def test_the_overview_counts_and_lists(page: Page, varied: DatasetLayout) -> None:
    page.open()
    assert page.one("#name").text == "rectangles"
    assert "4 pairs from 2 scenes" in page.one("#summary").text
    assert page.cards() == list(open_dataset(varied.root).ids)
    assert len(page.all("#charts .chart")) >= 6
    page.run("document.querySelectorAll('details').forEach((d) => (d.open = true))")
    assert "nobody, really" in " ".join(page.one("#made").text.split())


def test_example_images_are_there(page: Page) -> None:
    page.open()
    page.wait("[...document.querySelectorAll('#hero img')].filter((image) => image.naturalWidth).length === 3")
    assert page.run("[...document.querySelectorAll('#hero img')].map((image) => image.naturalWidth)") == [128] * 3


def test_keys_flip_the_images(page: Page) -> None:
    page.pair("00000_0000")
    assert page.shown() == "1"
    for key, image in (("2", "2"), ("3", "gt"), ("4", "warp"), ("1", "1")):
        page.press(key)
        assert page.shown() == image
    page.press(" ")
    assert page.shown() == "warp", "space goes to the image that was there before"
    page.press(" ")
    assert page.shown() == "1"


def test_space_flips_after_a_click_on_a_button(one_file: Page) -> None:
    one_file.pair("00000_0000").one("#images [data-role='gt']").click()
    assert one_file.shown() == "gt"
    one_file.press(" ")
    assert one_file.shown() == "1"


def test_the_keyboard_keeps_its_place(one_file: Page) -> None:
    from selenium.webdriver.common.keys import Keys

    one_file.pair("00000_0000").run("find('next').focus()")
    one_file.press(Keys.TAB + Keys.TAB + Keys.ENTER)
    assert one_file.run("[view.mode, document.activeElement.textContent]") == ["slider", "Slider"]
    one_file.press(Keys.TAB + Keys.TAB + " ")
    assert one_file.run("[view.mode, document.activeElement.textContent]") == ["loop", "Loop"]


def test_keys_go_to_other_pairs_and_back(page: Page) -> None:
    from selenium.webdriver.common.keys import Keys

    page.pair("00000_0000").press(Keys.ARROW_RIGHT)
    page.wait("find('viewer').dataset.ready === '00000_0001'")
    page.press(Keys.ARROW_LEFT)
    page.wait("find('viewer').dataset.ready === '00000_0000'")
    page.press(Keys.ESCAPE)
    page.wait("find('viewer').hidden && !find('overview').hidden")


def test_the_slider_follows_the_pointer_and_the_keys(page: Page) -> None:
    from selenium.webdriver import ActionChains
    from selenium.webdriver.common.keys import Keys

    page.pair("00000_0000").press("s")
    handle, width = page.one("#handle"), page.one("#stage").size["width"]
    edge = "getComputedStyle(document.querySelector('.half-b')).clipPath"
    assert (page.shown("a"), page.shown("b"), page.run(edge)) == ("1", "2", "inset(0px 0px 0px 50%)")
    ActionChains(page.browser).drag_and_drop_by_offset(handle, width // 4, 0).perform()
    assert page.run("stage.split") == pytest.approx(75, abs=1)
    assert page.run(edge) == f"inset(0px 0px 0px {page.run('stage.split'):g}%)"
    before = page.run("stage.split")
    page.press(Keys.ARROW_LEFT)
    assert page.run("stage.split") == pytest.approx(before - 2)
    assert handle.get_attribute("aria-valuenow") == str(round(before - 2))


def test_any_two_images_can_be_compared(one_file: Page) -> None:
    one_file.pair("00000_0000").press("s")
    one_file.run("setImage('warp')")
    one_file.run("(find('second').value = 'gt', find('second').dispatchEvent(new Event('change')))")
    assert (one_file.shown("a"), one_file.shown("b")) == ("warp", "gt")
    one_file.press("d")
    assert one_file.run("getComputedStyle(document.querySelector('.half-b')).mixBlendMode") == "difference"


def test_the_loop_plays_and_stops(page: Page) -> None:
    page.pair("00000_0000")
    page.run("(find('speed').value = 8)")
    page.press("l")
    seen = []
    for _ in range(3):
        last = page.shown()
        seen.append(last)
        page.wait(f"document.querySelector('.half-a > .on').dataset.image !== '{last}'")
    assert set(seen) <= {"1", "gt", "2"}
    assert len(set(seen)) >= 2
    page.press("f")
    assert page.run("view.timer") is None


def test_a_histogram_is_read_by_keys(one_file: Page) -> None:
    from selenium.webdriver.common.keys import Keys

    one_file.open()
    figure = "document.querySelector('[data-measure=camera_motion_px]')"
    labels = [span.text for span in one_file.all("[data-measure=camera_motion_px] .x-axis span")]
    assert labels == ["0", "2", "4", "6", "8", "10 px"]
    said = one_file.one("[data-measure=camera_motion_px] .said")
    assert said.text.startswith("median 2.5 ")
    one_file.run(f"{figure}.querySelector('svg').focus()")
    one_file.press(Keys.END)
    assert said.text == "9.6 to 10 px: 1 pair, 25 %"
    one_file.press(Keys.ARROW_LEFT)
    assert said.text == "9.2 to 9.6 px: 0 pairs, 0 %"
    assert one_file.run(f"{figure}.querySelector('svg').getAttribute('aria-valuetext')") == said.text


def test_the_random_sheet_opens_pairs(page: Page) -> None:
    page.open()
    triplets = page.all("#sheet .triplet")
    assert sorted(entry.get_attribute("data-triplet") for entry in triplets) == [
        "00000_0000", "00000_0001", "00000_0002", "00001_0000"
    ]  # fmt: skip
    assert [label.text for label in triplets[0].find_elements("css selector", ".frame b")] == ["I1", "I2", "Igt"]
    covered = """[...document.querySelectorAll('#sheet .frame b')].filter((label) => {
      const frame = label.parentNode;
      return label.getBoundingClientRect().bottom > frame.getBoundingClientRect().top + frame.clientTop + 0.5;
    }).length"""
    assert page.run(covered) == 0, "names lie above the images"
    name = triplets[0].get_attribute("data-triplet")
    page.run("document.querySelector('#sheet .triplet').click()")
    page.wait(f"find('viewer').dataset.ready === '{name}'")


def test_the_most_used_asset_of_a_kind_is_named(one_file: Page) -> None:
    one_file.open()
    text = one_file.one("[data-kind='foreground object']").text
    assert "6 placements of 1 asset" in text
    assert "largest share rectangle 100 %" in text


def chip(page: Page, key: str, value: str) -> None:
    page.one(f"[data-filter='{key}'][data-value='{value}']").click()


@pytest.mark.parametrize(
    ("act", "left"),
    [
        (lambda p: chip(p, "setting", "indoor"), ["00001_0000"]),
        (lambda p: chip(p, "subset", "ScLf"), ["00000_0000", "00000_0001", "00000_0002"]),
        (lambda p: p.one("#search").send_keys("_0002"), ["00000_0002"]),
        (lambda p: p.one("#only-bad").click(), [BAD]),
        (lambda p: p.run("showSubset('LcSf')"), ["00001_0000"]),
    ],
)
def test_filters_filter(one_file: Page, act: Callable[[Page], Any], left: list[str]) -> None:
    act(one_file.open())
    assert one_file.cards() == left
    assert f"{len(left)} of 4 pairs" in one_file.one("#shown").text
    one_file.one("#reset").click()
    assert len(one_file.cards()) == 4


def test_who_asks_for_less_motion_is_not_scrolled_smoothly(one_file: Page) -> None:
    one_file.open().run("Element.prototype.scrollIntoView = function (how) { window.scrolled = how.behavior; }")
    for wish, behavior in (("reduce", "auto"), ("no-preference", "smooth")):
        features = [{"name": "prefers-reduced-motion", "value": wish}]
        one_file.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
        for call in ("showSubset('LcSf')", "showOnlyBad()"):
            one_file.run(f"({call}, 0)")
            assert one_file.run("window.scrolled") == behavior
    one_file.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def test_a_range_of_motion_filters(one_file: Page) -> None:
    set_range = "((input) => { input.value = arguments[1]; input.dispatchEvent(new Event('input')); })"
    one_file.open().run(
        set_range + "(document.querySelector(arguments[0]))", "[data-range='camera_motion_px-from']", 1.5
    )
    one_file.run(set_range + "(document.querySelector(arguments[0]))", "[data-range='camera_motion_px-to']", 5)
    assert one_file.cards() == ["00000_0001", "00000_0002"]


def test_sorting_puts_the_fastest_first(one_file: Page) -> None:
    one_file.open().run("(find('sort').value = 'camera_motion_px', find('sort').dispatchEvent(new Event('change')))")
    assert one_file.cards() == ["00001_0000", "00000_0002", "00000_0001", "00000_0000"]


def test_the_viewer_walks_through_what_the_filter_left(one_file: Page) -> None:
    one_file.open()
    chip(one_file, "setting", "indoor")
    one_file.one(".card").click()
    one_file.wait("find('viewer').dataset.ready === '00001_0000'")
    assert one_file.one("#viewer-place").text == "1 of 1"
    assert one_file.one("#next").get_attribute("href") is None


def test_nothing_that_matches_is_said(one_file: Page) -> None:
    one_file.open().one("#search").send_keys("no such pair")
    assert one_file.one("#gallery").text == "No pair is like that."


def test_a_bad_sample_shows_as_such(page: Page) -> None:
    page.open()
    assert [card.get_attribute("data-sample") for card in page.all(".card[data-bad='error']")] == [BAD]
    assert page.one(".card[data-bad] .badge.error").text == "bad sample"
    assert "1 bad sample" in page.one("#callouts").text
    page.pair(BAD)
    assert "truncated" in page.one("#banner").text
    page.press("2")
    assert page.one(".half-a > .on").text == ""
    page.press("3")
    assert page.one(".half-a > .on").text == "Igt cannot be read"


def test_a_good_sample_does_not(page: Page) -> None:
    assert page.pair("00000_0000").one("#banner").text == ""


@pytest.mark.parametrize("name", ["00099_0000", "00000_00", "../x", "<b>", "%E0%A4%A"])
def test_an_unknown_pair_is_answered_with_pairs_near_to_it(one_file: Page, name: str) -> None:
    one_file.messages()
    one_file.pair(BAD)
    one_file.run("(location.hash = `#/pair/${arguments[0]}`)", name)
    one_file.wait("find('viewer').dataset.missing === 'true'")
    assert f"has no pair {name}" in one_file.one("#stage").text
    assert one_file.one("#banner").text == one_file.one("#viewer-badges").text == ""
    assert one_file.one("#next").get_attribute("href") is None
    assert [message for message in one_file.messages() if "SEVERE" in message] == []
    one_file.one("#stage a").click()
    one_file.wait("find('viewer').dataset.missing === 'false'")


def test_a_pair_that_the_page_leaves_out_is_answered_so(varied: DatasetLayout, browser: Any, work: Path) -> None:
    page = Page(browser, write_report(varied.root, work, max_pairs=1).index)
    page.pair("00001_0000")
    assert "shows 1 of the 4 pairs" in page.one("#stage").text


def test_zoom_shows_single_pixels_with_a_grid(one_file: Page) -> None:
    one_file.pair("00000_0000").run("zoom.to(16 * zoom.scale / zoom.pixel(), 40, 30)")
    assert one_file.run("zoom.pixel()") == pytest.approx(16)
    assert one_file.run("[stage.grid.hidden, stage.root.dataset.crisp]") == [False, "true"]
    before = one_file.run("stage.pixel({clientX: stage.root.getBoundingClientRect().left + 40, "
                          "clientY: stage.root.getBoundingClientRect().top + 30})")  # fmt: skip
    assert before["x"] == pytest.approx(40 * 128 / one_file.run("stage.root.clientWidth"), abs=0.01)
    lines = one_file.run("""(() => {
      const data = stage.grid.getContext("2d").getImageData(0, 3, stage.grid.width, 1).data;
      return [...Array(stage.grid.width).keys()].filter((x) => data[4 * x + 3] && data[4 * x] < 100);
    })()""")
    apart = np.diff([x for x in lines if x - 1 not in lines])
    assert len(apart) > 10 and (np.abs(apart - 16) <= 1).all(), "a line between every two pixels"
    one_file.run("panBy(-3, -2)")
    assert one_file.run("zoom.x") < 0
    one_file.run("panBy(1000, 1000)")
    assert one_file.run("[zoom.x, zoom.y]") == [0, 0], "the image stays in the stage"
    one_file.press("0")
    assert one_file.run("[zoom.scale, stage.grid.hidden]") == [1, True]


def test_the_wheel_zooms_about_the_pointer_and_a_drag_pans(one_file: Page) -> None:
    from selenium.webdriver import ActionChains

    one_file.pair("00000_0000")
    wheel = """((box) => stage.root.dispatchEvent(new WheelEvent("wheel", { deltaY: -240, ctrlKey: arguments[0],
      cancelable: true, clientX: box.left + 50, clientY: box.top + 40 })))(stage.root.getBoundingClientRect())"""
    assert one_file.run(wheel, False), "the page scrolls"
    assert one_file.run("zoom.scale") == 1
    assert not one_file.run(wheel, True)
    assert one_file.run("zoom.scale") > 1.5
    assert one_file.run("(50 - zoom.x) / zoom.scale") == pytest.approx(50)
    before = one_file.run("[zoom.x, zoom.y]")
    ActionChains(one_file.browser).move_to_element(one_file.one("#stage")).click_and_hold().move_by_offset(
        -30, -20
    ).release().perform()
    assert one_file.run("[zoom.x, zoom.y]") == pytest.approx([before[0] - 30, before[1] - 20], abs=1.5)
    assert one_file.run("zoom.fingers.size") == 0


def test_a_short_flow_is_drawn_longer_and_says_so(one_file: Page) -> None:
    one_file.pair("00000_0000")
    for flow, times in (([100.0, 0.0], 1), ([0.0, -100.0], 1), ([6.0, 8.0], 5), ([0.3, 0.0], 100)):
        one_file.run("fill(stage.arrow, ...arrowShapes([200, 100], arguments[0], 'long'))", flow)
        tip = one_file.one("#stage .tip")
        assert float(tip.get_attribute("data-times")) == times
        end = [float(tip.get_attribute(name)) for name in ("data-x", "data-y")]
        assert end == pytest.approx([200 + times * flow[0], 100 + times * flow[1]])
        assert ("drawn" in one_file.one("#stage .arrow-text").text) == (times > 1)
    one_file.run("fill(stage.arrow, ...arrowShapes([200, 100], [0, 0], '0 px'))")
    assert one_file.all("#stage .tip") == [], "what does not move has no direction"


def test_the_gain_of_a_difference_is_chosen_and_told(one_file: Page) -> None:
    one_file.pair("00000_0000").press("d")
    seen = []
    for _ in range(7):
        one_file.press("g")
        seen.append(one_file.run("Number(getComputedStyle(stage.root).getPropertyValue('--gain'))"))
        assert f"difference × {seen[-1]}" in one_file.one("#hint").text
    assert sorted(seen) == [1, 2, 3, 5, 10, 20, 50]


def test_the_wheel_and_the_ramp_have_marks(one_file: Page, varied: DatasetLayout) -> None:
    sample = open_dataset(varied.root)["00000_0000"]
    one_file.pair("00000_0000").run("setKind('flow')")
    scale = one_file.run("activeLayers()[0].scale")
    texts = [mark.text for mark in one_file.all(".wheel-marks text")]
    assert {"left", "right", "up", "down"} <= set(texts)
    assert [float(text) for text in texts[-2:]] == pytest.approx([scale / 2, scale], rel=0.06)
    counts = one_file.run("activeLayers()[0].lengths.counts")
    assert sum(counts) == np.isfinite(sample.flow("1_to_2")).all(axis=-1).sum()
    one_file.run("setKind('depth')")
    ticks = [float(tick.text) for tick in one_file.all(".ramp-box .x-axis span")]
    depth = sample.depth("1")
    near, far = depth[np.isfinite(depth)].min(), depth[np.isfinite(depth)].max()
    assert ticks == sorted(ticks)
    assert [ticks[0], ticks[-1]] == pytest.approx([near, far], rel=0.01)


def test_the_snippet_loads_what_is_shown(varied: DatasetLayout, browser: Any, tmp_path: Path) -> None:
    copy = DatasetLayout(shutil.copytree(varied.root, tmp_path / 'a "b" ünd'))
    page = Page(browser, write_report(copy.root).index)
    page.pair("00000_0000").run("setKind('depth')")
    names: dict[str, Any] = {}
    exec(page.run("find('snippet').textContent"), names)
    sample = open_dataset(copy.root)["00000_0000"]
    assert np.array_equal(names["depth_1"], sample.depth("1"))
    assert np.array_equal(names["image_gt"], sample.image("gt"))
    links = page.run("[...document.querySelectorAll('.file-list a')].map((link) => link.href)")
    files = [Path(url2pathname(urlsplit(link).path)) for link in links]
    assert all(file.is_file() and file.is_relative_to(copy.root) for file in files)
    assert len(set(files)) >= 20


def test_the_snippet_is_copied(one_file: Page) -> None:
    from selenium.webdriver import ActionChains
    from selenium.webdriver.common.keys import Keys

    one_file.pair("00000_0000").one("#copy").click()
    one_file.wait("find('copy').textContent === 'Copied'")
    one_file.run("(document.body.append(h('textarea', { id: 'paste' })), find('paste').focus())")
    ActionChains(one_file.browser).key_down(Keys.CONTROL).send_keys("v").key_up(Keys.CONTROL).perform()
    assert one_file.run("find('paste').value") == one_file.run("find('snippet').textContent")


def test_a_page_outside_its_data_set_names_files_and_no_folder(one_file: Page) -> None:
    one_file.pair("00000_0000")
    assert one_file.all(".file-list a") == []
    assert 'open_dataset("rectangles")  # the folder of the data set' in one_file.run("find('snippet').textContent")


def test_a_name_is_a_literal_of_python_whatever_it_says(one_file: Page) -> None:
    import ast

    one_file.open()
    for name in ('"+__import__("os")+"', "a\\", "\u202eevil", "line\nbreak", "\U0001f600", "ünd", "`${1}`"):
        assert ast.literal_eval(one_file.run("pythonText(arguments[0])", name)) == name
        assert one_file.run("pythonText(arguments[0])", name).isascii()


def test_what_was_asked_stands_beside_what_was_measured(varied: DatasetLayout, browser: Any, work: Path) -> None:
    copy = DatasetLayout(shutil.copytree(varied.root, work / "data"))
    config = load_scene_config("outdoor", ["motion.camera_px=[1.5, 3.5]"])
    groups = [SceneGroup(config="rectangles", count=2)]
    made_by = JobConfig(name="asked", resolution=(128, 72), scenes=groups, configurations={"rectangles": config})
    write_job(copy, made_by)
    edit_samples(copy, lambda row: row.update(seed=str(scene_seed(made_by.seed, int(row["scene"])))))
    page = Page(browser, write_report(copy.root, work / "page").index)
    text = page.open().one("[data-asked='rectangles camera_motion_px']").text
    assert "50 % of 4 pairs as asked" in text and "asked 1.5 to 3.5 px" in text, "motions are 1, 2, 3 and 10 px"
    page.pair("00000_0001")
    facts = {fact.text.split("\n")[0]: fact.text.split("\n")[1] for fact in page.all("#facts div")}
    assert facts["Camera motion"] == "2 px · asked 1.5 to 3.5 · large from 2"
    page.pair("00001_0000")
    assert "10 px · asked 1.5 to 3.5, outside" in page.one("#facts").text


def test_nothing_lies_over_the_images(one_file: Page) -> None:
    one_file.pair("00000_0000").run("setMode('difference')")
    over = one_file.run("""(() => {
      const box = stage.root.getBoundingClientRect();
      return [".tag", "#hint", "#zoom-box", ".inset"].flatMap((name) => [...document.querySelectorAll(name)])
        .filter((node) => { const r = node.getBoundingClientRect();
          return r.width && r.left < box.right && r.right > box.left && r.top < box.bottom && r.bottom > box.top; })
        .map((node) => node.className);
    })()""")
    assert over == []
    assert one_file.all("#above svg svg") == [], "the enlarged cameras lie below the plan"


def test_checks_that_passed_are_listed(varied: DatasetLayout, browser: Any, work: Path) -> None:
    report = validate(varied.root)
    page = Page(browser, write_report(varied.root, work, findings=findings_of(report)).index)
    page.open().run("document.querySelectorAll('details').forEach((d) => (d.open = true))")
    failed = {problem.check for problem in report.problems}
    assert {line.get_attribute("data-check") for line in page.all("#checks-made .failed")} == failed
    names = {line.get_attribute("data-check") for line in page.all("#checks-made .passed")}
    assert names == {entry.name for entry in report.checks} - failed
    assert "flow_px" in page.one("#checks-made .facts").text
    page.pair("00001_0000")
    count = sum(entry.scope != "dataset" for entry in report.checks)
    assert f"All {count} checks" in page.one("#checks").text
    assert "of this pair" in page.pair(BAD).one("#checks").text
    assert not page.one("#checks").text.startswith("All")


UNPACKED = """loadPart(arguments[0]).then(async (part) => {
  const layer = part.layers.find((candidate) => candidate.name === arguments[1]);
  return (await planesOf(layer)).map((plane) => [...plane]);
})"""


def test_layers_arrive_as_they_are_on_disk(page: Page, varied: DatasetLayout) -> None:
    sample = open_dataset(varied.root)["00000_0000"]
    page.open()
    view = f"00000/view/{sample.pair.view('gt').key}"
    assert page.run(UNPACKED, view, "instances")[0] == sample.instances("gt").ravel().tolist()
    assert page.run(UNPACKED, "00000/pair/0000", "occlusion_gt_to_2")[0] == sample.occlusion("gt_to_2").ravel().tolist()
    assert (
        page.run(UNPACKED, "00000/pair/0000", "dynamic_union")[0]
        == sample["dynamic_union"].ravel().astype(int).tolist()
    )


def test_values_under_the_pointer_are_those_of_the_data_set(page: Page, varied: DatasetLayout) -> None:
    from selenium.webdriver import ActionChains

    sample = open_dataset(varied.root)["00000_0000"]
    page.pair("00000_0000").run("setKind('flow')")
    ActionChains(page.browser).move_to_element_with_offset(page.one("#stage"), 12, 9).perform()
    page.wait("document.querySelector('[data-value=flow_1_to_2]') && document.querySelector('[data-value=depth]')")
    x, y = page.run("[Math.floor(view.pointer.x), Math.floor(view.pointer.y)]")
    u, v = sample.flow("1_to_2")[y, x]
    said = page.one("[data-value='flow_1_to_2']").text.replace("−", "-")
    told = [float(word) for word in said.replace("u ", "").replace("v ", "").split()[2:4]]
    assert told == pytest.approx([u, v], abs=1 / 64 + 0.005)
    depth = float(page.one("[data-value='depth']").text.split()[1])
    assert depth == pytest.approx(sample.depth("1")[y, x], rel=0.01)
    tip, end = page.one("#stage .tip"), page.run("stage.place([view.pointer.x, view.pointer.y])")
    times, pixel = float(tip.get_attribute("data-times")), page.run("zoom.pixel()")
    pointed = [float(tip.get_attribute(name)) for name in ("data-x", "data-y")]
    assert pointed == pytest.approx([end[0] + times * u * pixel, end[1] + times * v * pixel], abs=0.1 * times * pixel)
    length = np.hypot(u, v)
    told = float(page.one("#stage .arrow-text").text.split(" px")[0])
    assert told == pytest.approx(length, abs=1 / 32, rel=0.01)


def test_colours_are_those_of_the_library(one_file: Page) -> None:
    one_file.open()
    vectors = np.array([[[3, 0], [0, 3], [-2, 1], [0.5, -0.25], [5, 5]]], np.float32)
    painted = one_file.run("arguments[0].map(([u, v]) => flowColour(u, v, 4))", vectors[0].tolist())
    assert np.abs(np.array(painted) - flow_to_rgb(vectors, 4)[0]).max() < 1.01
    depths = np.array([[1, 2, 7, 40, 90]], np.float32)
    painted = one_file.run("arguments[0].map((z) => depthColour(z, {near: 1, far: 90}))", depths[0].tolist())
    assert np.abs(np.array(painted) - depth_to_rgb(depths, 1, 90)[0]).max() <= 3


def test_a_layer_is_drawn_in_its_own_view_only(one_file: Page) -> None:
    one_file.pair("00000_0000").run("setKind('reason')")
    one_file.wait("!stage.canvas('a').hidden")
    one_file.press("2")
    one_file.wait("stage.canvas('a').hidden")
    assert one_file.one("#hint").text == "this layer lies in I1"
    one_file.one("[data-layer='occlusion_2_to_1']").click()
    one_file.wait("!stage.canvas('a').hidden")


def test_opacity_is_kept_for_the_next_pair(one_file: Page) -> None:
    one_file.pair("00000_0000").run("setKind('mask')")
    one_file.run("(find('opacity').value = 0.3, find('opacity').dispatchEvent(new Event('input')))")
    one_file.run("openPair('00000_0002')")
    assert float(one_file.run("stage.canvas('a').style.opacity")) == pytest.approx(0.3)


def test_layers_that_a_job_did_not_write_are_not_offered(images_only: ReportResult, browser: Any) -> None:
    page = Page(browser, images_only.index)
    page.messages()
    page.pair("00000_0000")
    assert [button.text for button in page.all("#kinds button")] == ["None"]
    assert [button.text for button in page.all("#images button")] == ["I1", "I2", "Igt"]
    assert page.messages() == []


def test_the_plan_shows_both_cameras(page: Page) -> None:
    page.pair("00000_0000")
    assert len(page.all("#above .wedge")) >= 2
    assert len(page.all("#above .object")) >= 2


@pytest.mark.parametrize("address", ["", "#/pair/00000_0000"])
def test_a_phone_scrolls_down_and_not_sideways(page: Page, address: str) -> None:
    metrics = {"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": True}
    page.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    try:
        page.open(address)
        page.wait("!document.querySelector('#viewer:not([hidden])') || find('viewer').dataset.ready")
        assert page.run("document.documentElement.scrollWidth") <= 390
    finally:
        page.browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_two_fingers_zoom_and_one_pans(one_file: Page) -> None:
    """One finger scrolls the page while the whole image is there."""
    metrics = {"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": True}
    command = one_file.browser.execute_cdp_cmd
    command("Emulation.setDeviceMetricsOverride", metrics)
    command("Emulation.setTouchEmulationEnabled", {"enabled": True, "maxTouchPoints": 2})
    try:
        one_file.pair("00000_0000")
        left, top = one_file.run("((box) => [box.left, box.top])(stage.root.getBoundingClientRect())")

        def touch(kind: str, *places: tuple[float, float]) -> None:
            points = [{"x": left + x, "y": top + y, "id": k} for k, (x, y) in enumerate(places)]
            command("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

        touch("touchStart", (150, 60), (200, 60))
        for apart in (70, 100, 130, 150):
            touch("touchMove", (175 - apart / 2, 60), (175 + apart / 2, 60))
        touch("touchEnd")
        assert one_file.run("zoom.scale") == pytest.approx(3, rel=0.15)
        assert one_file.run("(175 - zoom.x) / zoom.scale") == pytest.approx(175, abs=15), "about the fingers' middle"
        before = one_file.run("[zoom.x, zoom.y]")
        touch("touchStart", (200, 80))
        for way in (10, 25, 40):
            touch("touchMove", (200 - way, 80 - way / 2))
        touch("touchEnd")
        assert one_file.run("[zoom.x, zoom.y]") == pytest.approx([before[0] - 40, before[1] - 20], abs=12)
        assert one_file.run("zoom.fingers.size") == 0
    finally:
        command("Emulation.setTouchEmulationEnabled", {"enabled": False})
        command("Emulation.clearDeviceMetricsOverride", {})
