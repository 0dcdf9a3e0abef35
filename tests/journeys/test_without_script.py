"""The same work in a browser without JavaScript: links and forms, nothing else."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from apps.demo.content import LOGINS
from tests.journeys.stage import Stage

EMAIL = LOGINS[0][1]


@pytest.fixture
def page(stage: Stage, chromium: Browser) -> Page:
    stage.manage("demo", "--yes-really")
    page = chromium.new_context(java_script_enabled=False).new_page()
    page.goto(f"{stage.url}/accounts/login/")
    page.fill("input[name=login]", EMAIL)
    page.fill("input[name=password]", LOGINS[0][2])
    page.locator("main form button.button").first.click()
    page.wait_for_url(re.compile(r".*/$"))
    return page


def led(stage: Stage, phase: str) -> str:
    """A debrief that the first login leads and takes part in."""
    rows = stage.query(
        "SELECT d.id FROM debriefs_debrief d JOIN teams_membership m ON m.team_id = d.team_id"  # noqa: S608
        " JOIN accounts_user u ON u.id = m.person_id"
        " JOIN debriefs_participation p ON p.debrief_id = d.id AND p.person_id = u.id"
        f" WHERE m.role = 'leader' AND u.email = '{EMAIL}' AND d.phase = '{phase}' ORDER BY d.id LIMIT 1"
    )
    if not rows:
        pytest.fail(f"the demo has no debrief in {phase} that {EMAIL} leads and takes part in")
    return f"{stage.url}/debriefs/{rows[0][0]}/"


def test_a_debrief_goes_from_writing_to_votes_by_links_and_forms(stage: Stage, page: Page) -> None:
    room = led(stage, "prepare")
    page.goto(room)
    half = page.locator("form.half[data-side=right]")
    half.locator("textarea").fill("Written by hand, so to speak.")
    half.get_by_role("button", name="Put it with my cards").click()
    expect(page.locator("#my-cards")).to_contain_text("Written by hand, so to speak.")
    if page.get_by_role("button", name="I am ready").count():
        page.get_by_role("button", name="I am ready").click()
    expect(page.locator("#ready")).to_contain_text("You said that you are ready")
    page.get_by_role("link", name="For the facilitator").click()
    expect(page.locator("h1")).to_have_text("Facilitator’s bar")
    page.get_by_role("link", name="Reveal the cards").click()
    page.get_by_role("button", name="Reveal", exact=True).click()
    expect(page.locator("#board")).to_contain_text("Written by hand, so to speak.")

    page.get_by_label("Name a new theme").fill("By hand")
    page.locator("#theme-form button").click()
    expect(page.locator("#themes")).to_contain_text("By hand")
    page.locator("li.card").filter(has_text="Written by hand").locator("a.move").click()
    page.get_by_label("By hand").check()
    page.get_by_role("button", name="Move the card").click()
    expect(page.locator("li.card").filter(has_text="Written by hand")).to_contain_text("By hand")
    page.get_by_role("link", name="Open my tray").click()
    page.get_by_label("Add a card").fill("One more, later.")
    page.get_by_role("button", name="Add to the board").click()
    expect(page.locator("#board")).to_contain_text("One more, later.")

    page.goto(f"{room}bar/")
    page.get_by_role("button", name="On to Rationalize").click()
    page.goto(f"{room}bar/")
    page.get_by_role("button", name="Open the voting").click()
    page.goto(f"{room}tray/")
    page.get_by_role("button", name="One dot more for By hand").click()
    expect(page.locator("#tray output").first).to_have_text("1")
    page.goto(f"{room}bar/")
    page.get_by_role("button", name="Close the voting").click()
    expect(page.locator("#themes")).to_contain_text("By hand")


def test_a_step_is_done_with_one_click_of_a_plain_button(stage: Stage, page: Page) -> None:
    mine = stage.query(
        "SELECT s.id FROM actions_step s JOIN accounts_user u ON u.id = s.owner_id"  # noqa: S608
        f" WHERE u.email = '{EMAIL}' AND s.state IN ('open', 'in_progress') ORDER BY s.due_on LIMIT 1"
    )
    page.goto(f"{stage.url}/steps/{mine[0][0]}/")
    page.get_by_role("button", name="Done", exact=True).click()
    expect(page.locator("main")).to_contain_text("It is not done yet")
    assert stage.query(f"SELECT state FROM actions_step WHERE id = '{mine[0][0]}'") == [("done",)]  # noqa: S608
