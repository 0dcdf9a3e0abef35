"""When a page has come to rest. A live room never falls silent, so waiting for a quiet network would wait for ever."""

from playwright.sync_api import Page

AT_REST = """() => {
  const live = document.querySelector("#live[data-live]");
  return document.readyState === "complete" && !document.querySelector(".htmx-request")
    && (!live || live.dataset.state === "live" || document.hidden);
}"""


def settled(page: Page, timeout: float = 10_000) -> None:
    """Loaded, what loads itself is there (my tray, the bar), and the stream is open."""
    page.wait_for_load_state("load")
    for _ in range(2):  # what has just loaded may load something in its turn
        page.wait_for_function(AT_REST, timeout=timeout)
        page.wait_for_timeout(100)
