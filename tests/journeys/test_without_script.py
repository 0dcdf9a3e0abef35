"""The same work in a browser without JavaScript: links and forms, nothing else."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from apps.demo.content import LOGINS
from tests.journeys.stage import Stage

PASSWORD = LOGINS[0][2]


@pytest.fixture(scope="module")
def demo(stage: Stage) -> Stage:
    stage.manage("demo", "--yes-really")
    return stage


def plain_browser(demo: Stage, chromium: Browser, email: str) -> Page:
    page = chromium.new_context(java_script_enabled=False).new_page()
    page.goto(f"{demo.url}/accounts/login/")
    page.fill("input[name=login]", email)
    page.fill("input[name=password]", PASSWORD)
    page.locator("main form button.button").first.click()
    page.wait_for_url(re.compile(r".*/$"))
    return page


def test_a_debrief_goes_from_writing_to_votes_by_links_and_forms(demo: Stage, chromium: Browser) -> None:
    email, number = demo.query(
        "SELECT u.email, d.id FROM debriefs_debrief d JOIN accounts_user u ON u.id = d.facilitator_id"
        " JOIN debriefs_participation p ON p.debrief_id = d.id AND p.person_id = u.id"
        " WHERE d.phase = 'prepare' ORDER BY d.id LIMIT 1"
    )[0]
    page = plain_browser(demo, chromium, email)
    room = f"{demo.url}/debriefs/{number}/"
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
    # This debrief is anonymous: a later card waits in its writer's tray for two others.
    expect(page.locator("#board")).not_to_contain_text("One more, later.")
    page.goto(f"{room}tray/")
    expect(page.locator("#my-cards")).to_contain_text("One more, later.")

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


def test_a_step_is_done_with_one_click_of_a_plain_button(demo: Stage, chromium: Browser) -> None:
    email, step = demo.query(
        "SELECT u.email, s.id FROM actions_step s JOIN accounts_user u ON u.id = s.owner_id"
        " WHERE s.state IN ('open', 'in_progress') ORDER BY s.due_on, s.id LIMIT 1"
    )[0]
    page = plain_browser(demo, chromium, email)
    page.goto(f"{demo.url}/steps/{step}/")
    page.get_by_role("button", name="Done", exact=True).click()
    expect(page.locator("main")).to_contain_text("It is not done yet")
    assert demo.query(f"SELECT state FROM actions_step WHERE id = '{step}'") == [("done",)]  # noqa: S608
