"""A real browser's first visit: prints how many milliseconds pass until the page says that it is live.

A process of its own: Playwright's loop and Django's database do not go together in one.
"""

import json
import sys

from playwright.sync_api import sync_playwright

VISITS = 5
# Runs before the page's own scripts; performance.now() counts from the navigation.
WATCH = """
new MutationObserver(() => {
  if (window.liveAfter === undefined && document.querySelector("#live[data-state=live]")) liveAfter = performance.now();
}).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ["data-state"] });
"""


def visits(asked: dict[str, str]) -> list[float]:
    taken = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=asked["chromium"], args=["--no-sandbox"])
        for _ in range(VISITS):
            context = browser.new_context()  # an empty cache each time
            context.add_cookies([{"name": "sessionid", "value": asked["session"], "url": asked["origin"]}])
            context.add_init_script(WATCH)
            page = context.new_page()
            page.goto(asked["origin"] + asked["path"], wait_until="commit")
            page.wait_for_selector("#live[data-state=live]", state="attached", timeout=15_000)
            taken.append(float(page.evaluate("window.liveAfter")))
            context.close()
        browser.close()
    return taken


if __name__ == "__main__":
    print(json.dumps(visits(json.load(sys.stdin))))
