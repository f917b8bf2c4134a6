"""Opens pages of the site in a headless Chromium, in two widths, light and dark, and looks for faults.

`python -m tests.docs.browse SITE` visits every page; with `--pictures FOLDER` it also keeps what was seen.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SIZES = {"desktop": (1280, 900), "phone": (390, 844)}
SCHEMES = ("light", "dark")
LOOK = """
for (const image of document.images) image.loading = "eager";
const wide = document.documentElement.scrollWidth - window.innerWidth;
const broken = [...document.images].filter(image => image.getAttribute("src") && image.complete && !image.naturalWidth);
const light = text => { const [r, g, b] = text.match(/[\\d.]+/g).map(Number); return (r + g + b) / 765; };
const body = getComputedStyle(document.body);
const grounds = [document.body, document.documentElement].map(part => getComputedStyle(part).backgroundColor);
const ground = grounds.find(colour => !colour.endsWith(", 0)")) || "rgb(255, 255, 255)";
return {
    wide, broken: broken.map(image => image.src), title: document.title,
    contrast: Math.abs(light(body.color) - light(ground)),
    dark: light(ground) < 0.5,
};
"""


def chromium() -> Any:
    """A headless browser that keeps its log; the caller quits it."""
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    for word in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--hide-scrollbars"):
        options.add_argument(word)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    # Named, so that selenium asks nothing of a network.
    browser = webdriver.Chrome(options=options, service=webdriver.ChromeService(shutil.which("chromedriver")))
    # A page stores the scheme of a visit, late where the machine is busy: it would be that of the next.
    forget = {"source": "try { localStorage.clear(); } catch (error) { /* about:blank has none */ }"}
    browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", forget)
    return browser


def faults(browser: Any, page: Path, size: str, scheme: str) -> Iterator[str]:
    """What is wrong with a page: errors on the console, sideways scrolling, images that do not load, pale text."""
    width, height = SIZES[size]
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": size == "phone"}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
    browser.get("about:blank")
    browser.get_log("browser")
    browser.get(page.as_uri())
    yield from (entry["message"] for entry in browser.get_log("browser") if entry["level"] in ("SEVERE", "WARNING"))
    seen = browser.execute_script(LOOK)
    if seen["wide"] > 0:
        yield f"scrolls sideways by {seen['wide']} px"
    yield from (f"does not show {name}" for name in seen["broken"])
    if not seen["title"]:
        yield "has no title"
    if seen["contrast"] < 0.4:
        yield f"has a contrast of {seen['contrast']:.2f}"
    if seen["dark"] != (scheme == "dark"):
        yield f"is {'dark' if seen['dark'] else 'light'}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("site", type=Path, metavar="SITE", help="folder that `make docs` wrote")
    parser.add_argument("--pictures", type=Path, metavar="FOLDER", help="keep a picture of each view of each page")
    parser.add_argument("--match", default="", help="only pages whose path has this in it")
    asked = parser.parse_args()
    pages = [page for page in sorted(asked.site.resolve().rglob("*.html")) if asked.match in str(page)]
    # The links of 404.html are from the top of a host.
    pages = [page for page in pages if page.name != "404.html"]
    pages.sort(key=lambda page: "decisions" in page.parts)  # many of one kind
    browser, count = chromium(), 0
    try:
        for page in pages:
            for size in SIZES:
                for scheme in SCHEMES:
                    name = page.relative_to(asked.site.resolve())
                    for fault in faults(browser, page, size, scheme):
                        count += 1
                        sys.stdout.write(f"{name}, {size}, {scheme}: {fault}\n")
                    if asked.pictures is not None:
                        asked.pictures.mkdir(parents=True, exist_ok=True)
                        browser.save_screenshot(f"{asked.pictures}/{str(name).replace('/', '_')}.{size}.{scheme}.png")
    finally:
        browser.quit()
    sys.stdout.write(f"{len(pages)} pages in {len(SIZES) * len(SCHEMES)} views: {count} faults\n")
    return int(count > 0)


if __name__ == "__main__":
    sys.exit(main())
