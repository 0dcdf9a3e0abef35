"""Every page of the demo, for whom it is: axe finds nothing, nothing overflows, no script or style is refused."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from apps.demo.content import LOGINS
from tests.journeys.settled import settled
from tests.journeys.stage import Stage

DESK = {"viewport": {"width": 1440, "height": 900}, "color_scheme": "light"}
PHONE = {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"}

EVERYONE = ("/", "/debriefs/", "/steps/", "/library/", "/teams/", "/reminders/", "/accounts/profile/",
            "/accounts/password/change/", "/accounts/email/", "/debriefs/no-such-page/")  # fmt: skip
VISITORS = ("/accounts/login/", "/accounts/signup/", "/accounts/password/reset/")
LEADERS = ("/debriefs/new/", "/debriefs/import/", "/teams/new/")


@pytest.fixture(scope="module")
def demo(stage: Stage) -> Stage:
    stage.manage("demo", "--yes-really")
    return stage


def paths_of(stage: Stage, role: str) -> list[str]:
    if role == "visitor":
        return list(VISITORS)
    team = stage.query("SELECT slug FROM teams_team ORDER BY id LIMIT 1")[0][0]
    if role == "manager":
        summary = stage.query("SELECT id FROM debriefs_debrief WHERE phase = 'learned' ORDER BY id LIMIT 1")[0][0]
        step = stage.query("SELECT id FROM actions_step ORDER BY due_on LIMIT 1")[0][0]
        return ["/", "/follow-through/", f"/debriefs/{summary}/summary/", f"/steps/{step}/", f"/steps/team/{team}/"]
    if role == "member":
        return ["/", "/steps/", *rooms(stage, "prepare"), *rooms(stage, "recognize"), *rooms(stage, "rationalize")]
    return [*EVERYONE, *LEADERS, f"/teams/{team}/", f"/debriefs/formats/{team}/", f"/steps/team/{team}/",
            f"/follow-through/{team}/", *leaders_rooms(stage)]  # fmt: skip


def rooms(stage: Stage, phase: str, more: tuple[str, ...] = ("", "tray/")) -> list[str]:
    """Those of the three logins: a person of them takes part in at least one debrief of each phase."""
    people = ", ".join(f"'{email}'" for role, email, _ in LOGINS if role == "member")
    found = stage.query(
        "SELECT d.id FROM debriefs_debrief d JOIN debriefs_participation p ON p.debrief_id = d.id"  # noqa: S608
        f" JOIN accounts_user u ON u.id = p.person_id WHERE d.phase = '{phase}' AND u.email IN ({people}) LIMIT 1"
    )
    return [f"/debriefs/{pk}/{path}" for (pk,) in found for path in more]


def leaders_rooms(stage: Stage) -> list[str]:
    email = LOGINS[0][1]
    led = stage.query(
        "SELECT DISTINCT ON (d.phase) d.phase, d.id FROM debriefs_debrief d JOIN teams_membership m"  # noqa: S608
        " ON m.team_id = d.team_id JOIN accounts_user u ON u.id = m.person_id"
        f" WHERE m.role = 'leader' AND u.email = '{email}' ORDER BY d.phase, d.id"
    )
    more = {
        "draft": ("",), "prepare": ("", "bar/", "setup/", "guests/", "move/", "worries/", "cancel/"), "recognize": ("", "tray/"),
        "rationalize": ("", "factors/new/", "strengths/new/", "questions/new/", "dates/"), "realign": ("", "bar/"),
        "follow_through": ("", "publish/"), "learned": ("", "summary/"),
    }  # fmt: skip
    return [f"/debriefs/{pk}/{path}" for phase, pk in led for path in more.get(phase, ("",))]


def sign_in(page: Page, stage: Stage, role: str) -> None:
    for known, email, password in LOGINS:
        if known == role:
            page.goto(f"{stage.url}/accounts/login/")
            page.fill("input[name=login]", email)
            page.fill("input[name=password]", password)
            page.locator("main form button.button").first.click()
            page.wait_for_url(re.compile(r".*/$"))


@pytest.mark.parametrize("view", [DESK, PHONE], ids=["desk-light", "phone-dark"])
@pytest.mark.parametrize("role", ["visitor", "leader", "member", "manager"])
def test_every_page_is_sound(demo: Stage, chromium: Browser, role: str, view: dict) -> None:
    context = chromium.new_context(reduced_motion="reduce", **view)
    page = context.new_page()
    refused: list[str] = []
    page.on("console", lambda said: refused.append(said.text) if "Content Security Policy" in said.text else None)
    page.on("pageerror", lambda error: refused.append(str(error)))
    sign_in(page, demo, role)
    found = {}
    for path in paths_of(demo, role):
        answer = page.goto(demo.url + path)
        settled(page)
        faults = [f"{one['id']}: {one['nodes'][0]['target']}" for one in Axe().run(page).response["violations"]]
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            faults.append("wider than the screen")
        if answer is None or answer.status not in ((404,) if "no-such" in path else (200,)):
            faults.append(f"status {answer and answer.status}")
        if faults := faults + refused[:2]:
            found[path] = faults
        refused.clear()
    context.close()
    assert found == {}


def test_keys_go_where_their_links_go_and_can_be_switched_off(demo: Stage, chromium: Browser) -> None:
    context = chromium.new_context(**DESK)
    page = context.new_page()
    sign_in(page, demo, "leader")
    [(room,)] = demo.query(
        "SELECT d.id FROM debriefs_debrief d JOIN debriefs_participation p ON p.debrief_id = d.id JOIN accounts_user u"  # noqa: S608
        f" ON u.id = p.person_id WHERE d.phase = 'recognize' AND u.email = '{LOGINS[0][1]}' LIMIT 1"
    )
    page.goto(f"{demo.url}/debriefs/{room}/")
    settled(page)
    page.keyboard.press("n")
    expect(page.locator("#add-card textarea")).to_be_focused()
    page.goto(demo.url + "/")
    settled(page)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("s")
    page.wait_for_url("**/steps/")
    page.keyboard.press("/")
    page.wait_for_url("**/library/")
    page.keyboard.press("/")
    expect(page.locator("input[type=search]")).to_be_focused()
    page.keyboard.type("n?gs")  # in a field a key is a letter
    expect(page.locator("input[type=search]")).to_have_value("n?gs")
    page.goto(demo.url + "/")
    settled(page)
    page.keyboard.press("?")
    page.get_by_label("Single keys are on").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("d")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_hidden()
    assert page.url == demo.url + "/"
    context.close()
