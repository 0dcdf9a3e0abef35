"""Words a third longer, accented and in brackets, as another language would be, break no layout."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.journeys.settled import settled
from tests.journeys.stage import Stage
from tests.journeys.test_every_page import DESK, PHONE, paths_of, sign_in

# What is cut off: its own box is smaller than its words and shows no more of them. (The stepper folds to strokes and the
# name of the present phase on a phone: the others keep their names for screen readers.)
CUT_OFF = """() => [...document.querySelectorAll("main *, header *, footer *")].filter((one) => {
  if (!one.checkVisibility() || one.matches(".hidden-visually, .hidden-visually *, .stepper li:not([aria-current]) *, textarea, input, select, svg, svg *")) return false;
  const style = getComputedStyle(one);
  const hides = ["hidden", "clip"].includes(style.overflowX);
  return hides && one.scrollWidth > one.clientWidth + 1 && one.textContent.trim();
}).map((one) => one.outerHTML.slice(0, 90))"""
BESIDE = """() => {
  const wide = document.documentElement.clientWidth;
  return document.documentElement.scrollWidth <= wide ? [] :
    [...document.querySelectorAll("body *")].filter((one) => one.checkVisibility() && one.getBoundingClientRect().right > wide + 1
      && !one.closest(".scroll-x")).map((one) => one.outerHTML.slice(0, 90)).slice(0, 3);
}"""


class LongerWords(Stage):
    @property
    def environment(self) -> dict[str, str]:
        return super().environment | {"DJANGO_SETTINGS_MODULE": "tests.pseudo.settings"}


@pytest.fixture(scope="module")
def longer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with LongerWords(tmp_path_factory.mktemp("longer")) as stage:
        stage.manage("demo", "--yes-really")
        yield stage


@pytest.mark.parametrize("view", [DESK, PHONE], ids=["desk", "phone"])
def test_longer_words_break_no_layout(longer: Stage, chromium: Browser, view: dict) -> None:
    context = chromium.new_context(reduced_motion="reduce", **view)
    page = context.new_page()
    sign_in(page, longer, "leader")
    found = {}
    for path in paths_of(longer, "leader"):
        page.goto(longer.url + path)
        settled(page)
        assert "⟦" in page.content(), f"{path} does not speak the made-up language"
        if faults := page.evaluate(CUT_OFF) + page.evaluate(BESIDE):
            found[path] = faults[:3]
    context.close()
    assert found == {}
