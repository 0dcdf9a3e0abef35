"""The pictures of every phase in docs/tour/phases: phone and desktop, light and dark. `make screenshots` runs this; the
tests of these pages are test_every_page.py and test_longer_words.py."""

import os
from pathlib import Path

from playwright.sync_api import Browser, expect

from apps.demo.content import LOGINS
from tests.journeys.settled import settled
from tests.journeys.stage import ROOT, Stage
from tests.journeys.test_every_page import sign_in

FOLDER = Path(os.environ.get("PICTURES", ROOT / "var" / "journey")) / "phases"
SIZES = {"desk": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}
PHASES = ("draft", "prepare", "recognize", "rationalize", "realign", "follow_through", "learned")


def test_pictures_of_every_phase(stage: Stage, chromium: Browser) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    stage.manage("demo", "--yes-really")
    rooms = dict(
        stage.query(
            "SELECT DISTINCT ON (d.phase) d.phase, d.id FROM debriefs_debrief d JOIN debriefs_participation p"  # noqa: S608
            " ON p.debrief_id = d.id JOIN accounts_user u ON u.id = p.person_id"
            f" WHERE u.email = '{LOGINS[0][1]}' ORDER BY d.phase, d.id"
        )
    )
    for size, viewport in SIZES.items():
        for scheme in ("light", "dark"):
            context = chromium.new_context(viewport=viewport, color_scheme=scheme, reduced_motion="reduce")
            page = context.new_page()
            sign_in(page, stage, "leader")
            for phase in (one for one in PHASES if one in rooms):
                page.goto(f"{stage.url}/debriefs/{rooms[phase]}/")
                settled(page)
                expect(page.locator("h1")).to_be_visible()
                page.screenshot(
                    path=FOLDER / f"{PHASES.index(phase) + 1}-{phase.replace('_', '-')}-{size}-{scheme}.png"
                )
            context.close()
    assert len(list(FOLDER.glob("*.png"))) >= 4 * len(rooms)
