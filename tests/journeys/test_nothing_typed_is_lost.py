"""What somebody is typing stays theirs: through a reload, a phase that moves on, a lost session, a lost network, and
over the limit. Seen in a browser, against the app as it runs in production."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.journeys.stage import Stage, wait_for

PASSWORD = "long enough, is it"
ROOMS = """
from tests import factories
from apps.debriefs.models import Debrief
from apps.teams.models import Organization
from django.utils import timezone
from datetime import timedelta
at = timezone.now() - timedelta(days=1)
people = [factories.a_person(name) for name in ("Alice", "Bob", "Dana", "Eli", "Farah")]
team = Organization.found(name="Brightwater", team_name="Payments", by=people[0], at=at)
for person in people[1:]:
    factories.join(team, person, at=at)
for person in people:
    person.set_password("{password}"); person.save()
    person.emailaddress_set.create(email=person.email, verified=True, primary=True)
for phase, anonymity in (("prepare", "choice"), ("recognize", "named"), ("rationalize", "named")):
    factories.debrief_in(phase, team=team, at=at, anonymity=anonymity, title=phase)
"""
MOVE = """
from apps.debriefs.models import Debrief
from django.utils import timezone
debrief = Debrief.objects.get(title="{title}")
if debrief.phase == "prepare":
    debrief.reveal(by=debrief.facilitator, at=timezone.now())
else:
    debrief.move("rationalize", by=debrief.facilitator, at=timezone.now())
"""


@dataclass
class Bob:
    """Somebody who takes part, in a browser."""

    stage: Stage
    browser: BrowserContext
    page: Page

    def room(self, title: str) -> str:
        [(number,)] = self.stage.query(f"SELECT id FROM debriefs_debrief WHERE title = '{title}'")  # noqa: S608
        return f"{self.stage.url}/debriefs/{number}/"

    def enter(self, title: str) -> None:
        self.page.goto(self.room(title))
        self.page.wait_for_selector("#live[data-state=live]", state="attached")

    def sign_in(self, page: Page) -> None:
        page.goto(f"{self.stage.url}/accounts/login/")
        page.fill("input[name=login]", "bob@example.org")
        page.fill("input[name=password]", PASSWORD)
        page.locator("main form button.button").first.click()
        page.wait_for_url(f"{self.stage.url}/")

    def said(self, words: str) -> None:
        expect(self.page.locator("#messages")).to_contain_text(words)


@pytest.fixture(scope="module")
def rooms(stage: Stage) -> Stage:
    stage.manage("shell", "--no-imports", "--verbosity", "0", "--command", ROOMS.replace("{password}", PASSWORD))
    return stage


@pytest.fixture(scope="module")
def signed_in(rooms: Stage, chromium: Browser) -> Iterator[Bob]:
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    context.set_default_timeout(20_000)
    expect.set_options(timeout=20_000)
    one = Bob(rooms, context, context.new_page())
    one.sign_in(one.page)
    yield one
    context.close()


@pytest.fixture
def bob(signed_in: Bob) -> Bob:
    return signed_in


def composer(page: Page) -> Page:
    return page.locator("form.half textarea").first


def test_a_reload_keeps_it_and_then_it_is_saved_without_a_name(bob: Bob) -> None:
    bob.enter("prepare")
    composer(bob.page).press_sequentially("I was asleep", delay=5)
    bob.page.reload()  # before it could be saved
    expect(composer(bob.page)).to_have_value("I was asleep")
    bob.said("We kept what you had begun to write.")
    expect(bob.page.locator(".saved").first).to_contain_text("Draft saved")
    drafts = bob.stage.query(
        "SELECT text, is_anonymous, author_id IS NULL FROM debriefs_draft WHERE text = 'I was asleep'"
    )
    assert drafts == [("I was asleep", True, True)]
    kept_here = bob.page.evaluate("Object.keys(sessionStorage).filter((key) => key.startsWith('realign-'))")
    assert kept_here == []  # the server has it; nothing lingers here


def test_a_phase_that_moves_on_takes_nobody_away_from_what_they_type(bob: Bob) -> None:
    bob.enter("prepare")
    composer(bob.page).fill("I was asleep at the desk")
    # Begun without a name, it goes on without one unless its writer says otherwise.
    assert bob.page.locator("form.half input[name=without_name]").first.is_checked()
    bob.page.locator("form.half input[name=without_name]").first.uncheck()
    bob.stage.manage("shell", "--no-imports", "--verbosity", "0", "--command", MOVE.format(title="prepare"))
    expect(bob.page.locator("[data-when=moved]")).to_be_visible()
    expect(composer(bob.page)).to_have_value("I was asleep at the desk")
    bob.page.locator("form.half button", has_text="Put it with my cards").first.click()
    expect(bob.page.locator("#board")).to_contain_text("I was asleep at the desk")


def test_a_late_card_is_refused_in_a_sentence_and_stays_in_its_box(bob: Bob) -> None:
    bob.enter("recognize")
    card = bob.page.locator("#add-card textarea")
    card.fill("The list was from last year")
    bob.stage.manage("shell", "--no-imports", "--verbosity", "0", "--command", MOVE.format(title="recognize"))
    expect(bob.page.locator("[data-when=moved]")).to_be_visible()
    bob.page.locator("#add-card button").click()
    bob.said("What you typed is still here.")
    expect(card).to_have_value("The list was from last year")


def test_without_a_network_it_stays_and_is_sent_again(bob: Bob) -> None:
    bob.enter("rationalize")
    idea = bob.page.locator("#park-form input[name=text]")
    bob.browser.set_offline(True)
    idea.fill("Two calendars")
    bob.page.locator("#park-form button").click()
    bob.said("We cannot reach Realign at the moment.")
    expect(idea).to_have_value("Two calendars")
    bob.browser.set_offline(False)
    bob.page.locator("#park-form button").click()
    expect(bob.page.locator("#parking")).to_contain_text("Two calendars")
    assert len(bob.stage.query("SELECT 1 FROM debriefs_parkedidea WHERE text = 'Two calendars'")) == 1


def test_signed_out_it_stays_and_is_sent_after_signing_in_beside_it(bob: Bob) -> None:
    bob.enter("rationalize")
    idea = bob.page.locator("#park-form input[name=text]")
    idea.fill("A second pair of eyes")
    bob.browser.clear_cookies(name="sessionid")
    bob.page.locator("#park-form button").click()
    bob.said("You are signed out, so this was not saved.")
    expect(idea).to_have_value("A second pair of eyes")
    beside = bob.browser.new_page()
    bob.sign_in(beside)
    beside.close()
    bob.page.evaluate("dispatchEvent(new Event('focus'))")
    expect(bob.page.locator("[data-signed-out]")).to_have_count(0)
    bob.page.locator("#park-form button").click()
    expect(bob.page.locator("#parking")).to_contain_text("A second pair of eyes")


def test_what_stands_in_the_dialog_survives_a_reload(bob: Bob) -> None:
    bob.enter("rationalize")
    bob.page.locator("a[data-modal][href*='factors/new']").first.click()
    bob.page.locator("#modal-body input[name=title]").fill("Nobody owned the list")
    bob.page.locator("#modal-body textarea[name=chain]").first.fill("It had always renewed itself.")
    bob.page.reload()
    bob.page.locator("a[data-modal][href*='factors/new']").first.click()
    expect(bob.page.locator("#modal-body input[name=title]")).to_have_value("Nobody owned the list")
    expect(bob.page.locator("#modal-body textarea[name=chain]").first).to_have_value("It had always renewed itself.")


def test_words_kept_in_the_tab_do_not_cover_newer_ones_in_silence(bob: Bob) -> None:
    """They come back with the version over which they were typed."""
    [(pk,)] = bob.stage.query(
        "SELECT t.id FROM debriefs_theme t JOIN debriefs_debrief d ON d.id = t.debrief_id"
        " WHERE d.title = 'rationalize' ORDER BY t.position LIMIT 1"
    )
    url = f"{bob.room('rationalize')}themes/{pk}/"
    bob.page.goto(url)
    rename = bob.page.locator("form:has(input[name=version])")
    bob.page.locator("input[name=name]").first.fill("Bob’s word for it")
    bob.stage.manage(
        "shell", "--no-imports", "--verbosity", "0", "--command",
        f"from apps.debriefs.models import Theme; Theme.objects.get(pk='{pk}').rename('Dana’s word for it')",
    )  # fmt: skip
    bob.page.reload()
    expect(bob.page.locator("input[name=name]").first).to_have_value("Bob’s word for it")
    rename.locator("button").first.click()
    expect(bob.page.locator(".theirs")).to_contain_text("Dana’s word for it")
    expect(bob.page.locator("input[name=name]").first).to_have_value("Bob’s word for it")
    rename.locator("button").first.click()
    expect(bob.page.locator("#themes")).to_contain_text("Bob’s word for it")


# Over the limit


@pytest.mark.parametrize("where", ["composer", "edit", "add"])
def test_over_the_limit_it_is_kept_and_the_limit_is_shown_while_typing(
    bob: Bob, rooms: Stage, chromium: Browser, where: str
) -> None:
    title = "recognize 2" if where == "add" else "prepare 2"
    if not rooms.query(f"SELECT 1 FROM debriefs_debrief WHERE title = '{title}'"):  # noqa: S608
        more = (
            "from tests import factories; from apps.teams.models import Team; from django.utils import timezone;"
            f"factories.debrief_in('{title[:-2]}', team=Team.objects.get(), title='{title}', at=timezone.now())"
        )
        rooms.manage("shell", "--no-imports", "--verbosity", "0", "--command", more)
    bob.enter(title)
    form = {"composer": "form.half >> nth=0", "edit": "#my-cards details form >> nth=0", "add": "#add-card"}[where]
    if where == "edit":
        bob.page.locator("#my-cards summary").first.click()
    box = bob.page.locator(form).locator("textarea")
    long = "word " * 402
    box.fill(long)
    counter = bob.page.locator(form).locator(".counter")
    expect(counter).to_contain_text(re.compile(r"^\d+ characters too many$"))
    bob.page.locator(form).locator("button").click()
    expect(bob.page.locator(form)).to_contain_text("All of it is still here.")
    expect(bob.page.locator(form).locator("textarea")).to_have_value(long)
    wait_for(lambda: not bob.stage.query("SELECT 1 FROM debriefs_draft WHERE length(text) > 2000"), lambda: "too long")
