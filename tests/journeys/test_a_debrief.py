"""The main job, from a real failure to a kept promise, as people do it: in browsers, by letters, with real servers.

It leaves its pictures in the folder named by PICTURES (var/journey without it); `make screenshots` takes them
from a postmortem of our own, so that the tour ships nobody else's words.
"""

import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.settled import settled
from tests.journeys.stage import ROOT, Stage, links

SHARED = ROOT.parent / "shared" / "data" / "postmortems"
OURS = Path(__file__).parent / "our_postmortem.md"
# Long enough, with start and end, and it says what was done to recover: a debrief could really begin from it.
REAL = SHARED / "01494547-7ee9-4169-a0c0-d921fa309d83.md"
PASSWORD = "a-quiet-morning-41"
PICTURES = Path(os.environ.get("PICTURES", ROOT / "var" / "journey"))

LEADER, MANAGER = ("Ruth Adeyemi", "ruth@example.org"), ("Marcus Lindqvist", "marcus@example.org")
WRITERS = {
    "Oskar Niemi": ("oskar@example.org", True),
    "Leila Moradi": ("leila@example.org", True),
    "Jonas Berg": ("jonas@example.org", False),
}
CARDS = {
    "Ruth Adeyemi": ("I asked for the run to be finished before six and did not say why.", "We said sorry by noon."),
    "Oskar Niemi": ("The page said 0 sent for an hour, so I took it for stuck.", "Support rang us with the second call."),
    "Leila Moradi": ("I was not sure it was mine to say stop.", "Nobody asked who. We asked what."),
    "Jonas Berg": ("Starting it twice is one click, and looks like the first.", "The log told us who got two."),
}  # fmt: skip


def postmortem() -> Path:
    if os.environ.get("OUR_POSTMORTEM") or not REAL.is_file():
        print(f"journey: {'asked for our own text' if REAL.is_file() else f'no {REAL.parent}'}; using {OURS.name}")
        return OURS
    return REAL


class Person:
    """Somebody with a browser of their own."""

    def __init__(self, browser: Browser, stage: Stage, name: str, email: str) -> None:
        self.stage, self.name, self.email = stage, name, email
        self.context = browser.new_context(viewport={"width": 1280, "height": 900}, timezone_id="Europe/Helsinki")
        self.context.set_default_timeout(10_000)
        self.page: Page = self.context.new_page()
        self.faults: list[str] = []
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on(
            "console",
            lambda said: self.faults.append(said.text) if "Content Security Policy" in said.text else None,
        )

    def open(self, path: str) -> Page:
        self.page.goto(path if path.startswith("http") else self.stage.url + path)
        return self.page

    def press(self, name: str, *, exact: bool = True) -> None:
        self.page.get_by_role("button", name=name, exact=exact).first.click()

    def picture(self, name: str) -> None:
        settled(self.page)
        self.page.evaluate("window.scrollTo(0, 0)")
        self.page.screenshot(path=PICTURES / f"{name}.png")

    def works_every_day(self) -> None:
        """So that a letter need not wait for Monday."""
        page = self.open("/accounts/profile/")
        for box in page.locator("input[name=workdays]").all():
            box.check()
        page.fill("input[name=workday_start]", "00:00")
        page.fill("input[name=workday_end]", "23:59")
        page.locator("main form button.button").first.click()


@pytest.fixture
def pictures(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[None]:
    """The folder for them; where the journey fails, every browser's last page is there too."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    yield
    if request.session.testsfailed:
        for n, context in enumerate(chromium.contexts):
            context.pages[0].screenshot(path=PICTURES / f"failed-{n}.png", full_page=True)


def test_from_a_failure_to_a_kept_promise(stage: Stage, chromium: Browser, pictures: None) -> None:
    ruth = Person(chromium, stage, *LEADER)
    signs_up(ruth)
    starts_a_team(ruth)
    debrief = imports(ruth, postmortem())
    team = invites(ruth)
    people = [ruth, *(joins(Person(chromium, stage, name, email)) for name, (email, _) in WRITERS.items())]
    marcus = joins(Person(chromium, stage, *MANAGER))
    for person in people:
        person.works_every_day()

    sets_up(ruth, debrief)
    for person in people:
        stage.mailbox.letter(person.email, "perspective") if person is not ruth else None
        writes(person, debrief)
    assert marcus.context.request.get(stage.url + debrief).status == 404
    no_person_stands_beside_an_anonymous_draft(stage)

    reveals(ruth, debrief)
    groups(ruth, debrief)
    votes(people, ruth, debrief)
    analyses(ruth, debrief)
    agrees_steps(ruth, debrief, people)

    keeps_the_promise(stage, people, team)
    both_say_it_worked(stage, people)
    publishes(ruth, debrief)
    the_manager_sees_promises_and_no_cards(marcus, stage, debrief)
    assert {person.name: person.faults for person in [*people, marcus] if person.faults} == {}


def signs_up(person: Person) -> None:
    page = person.open("/accounts/signup/")
    page.get_by_label("Name").fill(person.name)
    page.fill("input[name=email]", person.email)
    page.locator("input[type=password]").first.fill(PASSWORD)
    person.press("Make my account")
    words = person.stage.mailbox.letter(person.email, "code")
    code = next(line.strip() for line in words.splitlines()[1:] if line.strip().replace("-", "").isalnum()
                and line.strip().upper() == line.strip() and 6 <= len(line.strip()) <= 9)  # fmt: skip
    page.locator("input[name=code]").fill(code)
    page.locator("main form button.button").first.click()
    page.wait_for_url(person.stage.url + "/")


def starts_a_team(ruth: Person) -> None:
    page = ruth.open("/teams/new/")
    for box in page.locator("main input[type=text]:visible").all():
        box.fill("Alderby Billing" if "organization" in (box.get_attribute("name") or "") else "Invoices")
    ruth.press("Start the team")
    expect(page.locator("h1")).to_contain_text("Invoices")


def imports(ruth: Person, file: Path) -> str:
    """The path of the debrief that the postmortem became."""
    page = ruth.open("/debriefs/import/")
    page.set_input_files("input[type=file]", file)
    page.locator("main form button.button").first.click()
    hrefs = page.locator("main a").evaluate_all("links => links.map(link => link.getAttribute('href'))")
    path: str = next(href for href in hrefs if re.fullmatch(r"/debriefs/\d+/", href or ""))
    ruth.picture("01-import")
    page = ruth.open(path)
    expect(page.locator("#id_happened")).not_to_be_empty()
    expect(page.locator("#id_started_at")).not_to_be_empty()
    return path


def invites(ruth: Person) -> str:
    page = ruth.open("/teams/")
    page.get_by_role("link", name="Invoices").first.click()
    team = page.url
    addresses = [email for email, _ in WRITERS.values()]
    page.locator("textarea").fill(", ".join(addresses) + ", nobody at nowhere")
    ruth.press("Send the invitations")
    expect(page.locator("main")).to_contain_text("nobody at nowhere")
    ruth.open(team)
    if not page.locator("textarea[name=addresses]").is_visible():
        page.locator("summary", has_text="nvite").first.click()
    page.locator("textarea[name=addresses]").fill(MANAGER[1])
    page.locator("main form [name=role][value=manager]").first.check()
    ruth.press("Send the invitations")
    ruth.picture("02-team")
    return team


def joins(person: Person) -> Person:
    """Signs up from the letter; no code is asked for, because the letter has proved the address."""
    invitation = next(
        link for link in links(person.stage.mailbox.letter(person.email, "Invoices")) if "invitation" in link
    )
    page = person.open(invitation)
    person.press("Make an account and join")
    page.get_by_label("Name").fill(person.name)
    page.locator("input[type=password]").first.fill(PASSWORD)
    person.press("Make my account")
    person.press("Join the team")
    expect(page.locator("h1")).to_contain_text("Invoices")
    assert page.url.endswith("/teams/invoices/")
    return person


def sets_up(ruth: Person, debrief: str) -> None:
    page = ruth.open(debrief)
    for box in page.locator("input[name=people]").all():
        box.check()
    page.locator("input[name=anonymity][value=choice]").check()
    page.get_by_label("Your opening statement").fill(
        "I got this wrong, and here is what I have learned: I set a time and never said what it was for."
    )
    ruth.picture("03-draft")
    ruth.press("Save and invite them to write", exact=False)
    expect(page.locator(".stepper [aria-current=step]")).to_contain_text("Prepare")


def writes(person: Person, debrief: str) -> None:
    page = person.open(debrief)
    anonymous = WRITERS.get(person.name, ("", False))[1]
    for side, words in zip(("wrong", "right"), CARDS[person.name], strict=True):
        form = page.locator(f"form.half[data-side={side}]")
        form.locator("textarea").press_sequentially(words, delay=1)
        expect(form.locator(".saved")).to_contain_text("Draft saved")
        if anonymous:
            form.get_by_label("Without my name").check()
        form.get_by_role("button", name="Put it with my cards").click()
        expect(page.locator("#my-cards")).to_contain_text(words)
    if person.name == "Leila Moradi":
        person.picture("04-prepare")
    page.get_by_label("What worries me about this meeting").fill("That it becomes a search for someone.")
    page.get_by_role("button", name="Tell Ruth").click()
    expect(page.locator("#worry")).to_contain_text("Told")
    person.press("I am ready")
    expect(page.locator("#ready")).to_contain_text("You said that you are ready")


def no_person_stands_beside_an_anonymous_draft(stage: Stage) -> None:
    rows = stage.query(
        "SELECT is_anonymous, author_id IS NULL, written_at IS NULL, is_kept FROM debriefs_draft ORDER BY 1"
    )
    assert rows == [(False, False, False, True)] * 4 + [(True, True, True, True)] * 4


def reveals(ruth: Person, debrief: str) -> None:
    page = ruth.open(debrief)
    page.get_by_role("link", name="Reveal the cards").click()
    ruth.picture("05-reveal")
    page.get_by_role("button", name="Reveal", exact=True).click()
    expect(page.locator(".stepper [aria-current=step]")).to_contain_text("Recognize")
    for cards in CARDS.values():
        for words in cards:
            expect(page.locator("#board")).to_contain_text(words)
    assert ruth.stage.query("SELECT count(*) FROM debriefs_perspective WHERE author_id IS NOT NULL") == [(4,)]


def groups(ruth: Person, debrief: str) -> None:
    page = ruth.page
    for name in ("What the page told us", "Who can say stop"):
        page.get_by_label("Name a new theme").fill(name)
        page.locator("#theme-form button").click()
        expect(page.locator("#themes")).to_contain_text(name)
    for name, words in zip(CARDS, ("What the page told us", "Who can say stop") * 2, strict=True):
        for text in CARDS[name]:
            card = page.locator("li.card").filter(has_text=text)
            card.locator("a.move").click()
            dialog = page.locator("dialog#modal")
            dialog.get_by_text(words, exact=True).click()
            dialog.get_by_role("button", name="Move the card").click()
            expect(page.locator("li.card").filter(has_text=text).locator("a.move")).to_contain_text(words)
    page.locator("summary", has_text="Add to the timeline").click()
    form = page.locator("#entry-form")
    form.locator("input[name=happened_at]").fill("2026-10-01T03:05")
    form.locator("textarea").fill("The progress page says 0 sent.")
    form.locator("input[name=source]").fill("The page’s own log")
    form.get_by_role("button", name="Add to the timeline").click()
    expect(page.locator("#timeline")).to_contain_text("The progress page says 0 sent.")
    page.get_by_label("Park an idea").fill("Count single letters, not batches.")
    page.get_by_role("button", name="Park it").click()
    expect(page.locator("#parking")).to_contain_text("Count single letters")
    ruth.open(debrief)
    ruth.picture("06-recognize")


def votes(people: list[Person], ruth: Person, debrief: str) -> None:
    page = ruth.open(debrief)
    ruth.press("On to Rationalize", exact=False)
    page.get_by_role("button", name="Open the voting").click()
    for person in people:
        room = person.open(debrief)
        for dots in (1, 2, 3):
            room.locator("#tray").get_by_role("button", name="One dot more for What the page told us").click()
            expect(room.locator("#tray output").first).to_have_text(str(dots))
        expect(room.locator("#dots-left")).to_contain_text("no dots left")
    expect(ruth.page.locator("#themes")).not_to_contain_text("12")
    ruth.open(debrief)
    ruth.picture("07-votes")
    ruth.press("Close the voting")
    expect(page.locator("#themes .theme").first).to_contain_text("12")


def analyses(ruth: Person, debrief: str) -> None:
    page = ruth.page
    factors = {
        "tactical_misstep": "The page counted whole batches only",
        "unspoken": "Nobody felt it was theirs to say stop",
        "unforeseeable": "The night’s backup made the run three times slower",
    }
    for kind, title in factors.items():
        page = ruth.open(f"{debrief}factors/new/")
        page.get_by_label("What contributed?").fill(title)
        page.locator(f"input[name=kind][value={kind}]").check()
        page.locator("textarea[name=chain]").first.fill("For years a zero after an hour meant that it was stuck.")
        page.locator("textarea[name=assumption]").fill("What the page says is what happens.")
        page.locator("main form button.button").first.click()
        expect(page.locator("#factors")).to_contain_text(title)
    for title, answer in (("Support rang at the second call", "amplify"), ("The log knows who got two", "spread")):
        page = ruth.open(f"{debrief}strengths/new/")
        page.locator("input[name=title]").fill(title)
        page.locator("textarea[name=why]").fill("They know us by name, and ring instead of writing.")
        page.locator("input[name=reliability][value=dependable]").check()
        page.locator(f"input[name=answer][value={answer}]").check()
        page.locator("main form button.button").first.click()
        expect(page.locator("#strengths")).to_contain_text(title)
    ruth.picture("08-rationalize")


STEPS = {
    "Show single letters on the progress page": ("factor", "fix", "Oskar Niemi", "Leila Moradi"),
    "Give support a line that rings in our room": ("strength", "amplify", "Leila Moradi", "Jonas Berg"),
    "Show the payroll team how our log answers": ("strength", "spread", "Jonas Berg", "Oskar Niemi"),
}


def agrees_steps(ruth: Person, debrief: str, people: list[Person]) -> None:
    page = ruth.open(debrief)
    ruth.press("On to Realign", exact=False)
    number = debrief.strip("/").split("/")[-1]
    due = (datetime.now(UTC) + timedelta(days=5)).date()
    for n, (title, (side, kind, owner, second)) in enumerate(STEPS.items()):
        table = f"debriefs_{side}"
        rows = ruth.stage.query(f"SELECT id FROM {table} WHERE debrief_id = {int(number)} ORDER BY written_at, id")  # noqa: S608
        answered = rows[max(0, n - 1) if side == "strength" else 0][0]
        page = ruth.open(f"/steps/debrief/{number}/new/?{side}={answered}")
        page.locator("[name=title]").fill(title)
        if side == "strength":
            page.locator(f"input[name=kind][value={kind}]").check()
        page.locator("select[name=owner]").select_option(label=owner)
        page.locator("select[name=second]").select_option(label=second)
        page.locator("[name=success_signal]").fill("The next run shows it, and nobody starts a second one.")
        page.locator("input[name=due_on]").fill(due.isoformat())
        page.locator("input[name=look_again_on]").fill((due + timedelta(days=14)).isoformat())
        page.locator("main form button.button").first.click()
        expect(page.locator("main")).to_contain_text(title)
    ruth.open(debrief)
    ruth.picture("09-realign")
    ruth.press("On to Follow through", exact=False)
    expect(page.locator(".stepper [aria-current=step]")).to_contain_text("Follow through")


def keeps_the_promise(stage: Stage, people: list[Person], team: str) -> None:
    """The letter that a step was agreed leads to it, and its owner says that it is done."""
    for title, (_side, _kind, owner, _second) in STEPS.items():
        person = next(one for one in people if one.name == owner)
        words = stage.mailbox.letter(person.email, title)
        page = person.open(next(link for link in links(words) if "/steps/" in link))
        expect(page.locator("h1")).to_have_text(title)
        if kind_is_first(title):
            person.picture("10-step")
        person.press("Done")
        expect(page.locator("main")).to_contain_text("done")


def kind_is_first(title: str) -> bool:
    return title == next(iter(STEPS))


def both_say_it_worked(stage: Stage, people: list[Person]) -> None:
    stage.days_pass(20)
    by_name = {person.name: person for person in people}
    for title, (_side, _kind, owner, second) in STEPS.items():
        for name in (owner, second):
            person = by_name[name]
            assert title in stage.mailbox.letter(person.email, "Say whether it worked")
            page = person.open("/steps/")
            page.get_by_role("link", name=title).first.click()
            page.locator("#did-it-work").get_by_role("button", name="Worked", exact=True).click()
        expect(page.locator("main")).to_contain_text("worked")


def publishes(ruth: Person, debrief: str) -> None:
    page = ruth.open(debrief)
    page.locator("#lesson-form textarea").fill(
        "A page that counts too coarsely makes people help where no help is needed."
    )
    page.get_by_role("button", name="Add the lesson").click()
    expect(page.locator("#lessons")).to_contain_text("counts too coarsely")
    ruth.picture("11-follow-through")
    page = ruth.open(f"{debrief}publish/")
    page.locator("textarea[name=closing_statement]").fill("Thank you. Four of you wrote what I could not see.")
    ruth.press("Close the debrief and publish")
    expect(page.locator("main")).to_contain_text("Four of you wrote what I could not see.")
    assert ruth.stage.query("SELECT phase FROM debriefs_debrief") == [("learned",)]
    ruth.open(f"{debrief}summary/")
    ruth.picture("12-summary")


def the_manager_sees_promises_and_no_cards(marcus: Person, stage: Stage, debrief: str) -> None:
    page = marcus.open("/follow-through/")
    for title in STEPS:
        expect(page.locator("main")).to_contain_text(title)
    marcus.picture("13-manager")
    summary = marcus.open(f"{debrief}summary/")
    expect(summary.locator("main")).to_contain_text("counts too coarsely")
    for path in ("", "tray/", "bar/", "live/", "worries/"):
        assert marcus.context.request.get(f"{stage.url}{debrief}{path}").status == 404
    pages = [
        page.content(),
        summary.content(),
        *(marcus.open(path).content() for path in ("/", "/steps/", "/library/")),
    ]
    leaked = [words for html in pages for cards in CARDS.values() for words in cards if words in html]
    assert leaked == []
