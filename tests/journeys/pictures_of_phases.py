"""The pictures of every phase in docs/tour/phases: phone and desktop, light and dark. `make screenshots` runs this; the
tests of these pages are test_every_page.py and test_longer_words.py."""

import os
from pathlib import Path

from playwright.sync_api import Browser, expect

from apps.demo.content import PASSWORD
from tests.journeys.settled import settled
from tests.journeys.stage import ROOT, Stage

FOLDER = Path(os.environ.get("PICTURES", ROOT / "var" / "journey")) / "phases"
SIZES = {"desk": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}
PEOPLE = ("mira@example.com", "noor@example.com")
PHASES = ("draft", "prepare", "recognize", "rationalize", "realign", "follow_through", "learned")


def test_pictures_of_every_phase(stage: Stage, chromium: Browser) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    stage.manage("demo", "--yes-really")
    rooms = rooms_of(stage)
    for size, viewport in SIZES.items():
        for scheme in ("light", "dark"):
            for email in PEOPLE:
                context = chromium.new_context(viewport=viewport, color_scheme=scheme, reduced_motion="reduce")
                page = context.new_page()
                page.goto(f"{stage.url}/accounts/login/")
                page.fill("input[name=login]", email)
                page.fill("input[name=password]", PASSWORD)
                page.locator("main form button.button").first.click()
                for phase in (one for one in PHASES if rooms[one][0] == email):
                    page.goto(f"{stage.url}/debriefs/{rooms[phase][1]}/")
                    settled(page)
                    expect(page.locator("h1")).to_be_visible()
                    name = f"{PHASES.index(phase) + 1}-{phase.replace('_', '-')}-{size}-{scheme}"
                    page.screenshot(path=FOLDER / f"{name}.png")
                context.close()


def rooms_of(stage: Stage) -> dict[str, tuple[str, int]]:
    """phase → (who takes part in it, the leader of the tour if possible; the debrief)."""
    found: dict[str, tuple[str, int]] = {}
    for email in PEOPLE:
        for phase, pk in stage.query(
            "SELECT d.phase, d.id FROM debriefs_debrief d JOIN debriefs_participation p ON p.debrief_id = d.id"  # noqa: S608
            f" JOIN accounts_user u ON u.id = p.person_id WHERE u.email = '{email}' ORDER BY d.id"
        ):
            found.setdefault(phase, (email, pk))
    assert set(PHASES) <= set(found)
    return found
