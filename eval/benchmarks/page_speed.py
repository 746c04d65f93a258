"""How long a visitor waits: for the page, and for the first result of a comparison.

    python -m inpaint_bench app --port 7860 &
    python eval/benchmarks/page_speed.py [--visits 5] [--address http://127.0.0.1:7860]

Visits the running app once to warm it up, and prints the median and the best of further visits,
each of a browser that has nothing in its cache. Says how busy the machine is: on a loaded one the
numbers say more of its load than of the app.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
import time

from playwright.sync_api import Browser, Error, Page, sync_playwright

_ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
_SIZE = {"width": 1280, "height": 900}
_SETTLES = 4000  # milliseconds in which the canvas uploads the hole that it was sent


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--visits", type=int, default=5)
    parser.add_argument("--address", default="http://127.0.0.1:7860", help="of the app")
    chosen = parser.parse_args()
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        print("error: expected chromium on this machine, got none: install it", file=sys.stderr)
        return 2
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=_ARGUMENTS)
        try:
            rows = [visit(browser, chosen.address) for _ in range(chosen.visits + 1)][1:]
        except Error as error:
            why = str(error).splitlines()[0]
            print(f"error: expected the app at {chosen.address}: {why}", file=sys.stderr)
            return 2
        finally:
            browser.close()
    load = os.getloadavg()[0]
    print(f"{len(rows)} visits, load of the machine {load:.1f} on {os.cpu_count()} cores")
    for name in rows[0]:
        found = [row[name] for row in rows]
        print(f"{name:<46} median {statistics.median(found):5.2f} s   best {min(found):5.2f} s")
    return 0


def visit(browser: Browser, address: str) -> dict[str, float]:
    """Open the page, draw a hole, compare what is ticked; return seconds by what was waited for."""
    page = browser.new_context(viewport=_SIZE).new_page()
    page.set_default_timeout(120_000)
    row = _open(page, address)
    page.click("#draw-hole")
    page.wait_for_function("document.querySelector('#ratio').innerText.includes('20-30 %')")
    page.wait_for_timeout(_SETTLES)
    for title in ("first comparison", "second comparison"):
        start = time.perf_counter()
        page.click("#run")
        page.wait_for_selector(".ib-state.is-running, .ib-state.is-waiting", state="attached")
        page.wait_for_selector(".ib-state.is-done")
        row[f"click to first result, {title}"] = time.perf_counter() - start
        page.wait_for_function(
            "document.querySelector('#status h2')?.innerText.match(/^\\d+ results?/)"
        )
        row[f"click to all results, {title}"] = time.perf_counter() - start
        page.wait_for_timeout(1000)
    page.context.close()
    return row


def _open(page: Page, address: str) -> dict[str, float]:
    start = time.perf_counter()
    page.goto(address, wait_until="commit")
    page.wait_for_selector("#run")
    usable = time.perf_counter() - start
    page.wait_for_selector("#canvas canvas")
    page.wait_for_function("document.querySelector('#ratio')?.innerText.includes('No hole')")
    opened = time.perf_counter() - start
    painted = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    return {
        "first contentful paint": painted / 1000.0,
        "photographs, models and Compare are there": usable,
        "photograph on the canvas": opened,
    }


if __name__ == "__main__":
    sys.exit(main())
