"""F16: two people change the same thing at once. One wins; the other keeps their words and sees both.

PAIRS makes it longer: 1,000 of each kind take some minutes.
"""

import os
import uuid
from collections.abc import Callable
from datetime import timedelta
from itertools import cycle
from typing import Any

import pytest
from django.db.models import F
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from apps.accounts.models import User
from apps.actions.models import Step
from apps.debriefs.models import Debrief, Lesson, OpenQuestion, Theme
from apps.debriefs.models.timeline import write_entry
from apps.debriefs.phases import Phase
from apps.teams.models import Team
from tests import factories
from tests.at_once import at_once
from tests.people import Clients

DebriefIn = Callable[..., Debrief]
PAIRS = int(os.environ.get("PAIRS", "20"))
AT_ONCE = 10  # pairs that start in the same instant
HX = {"HX-Request": "true", "HX-Target": "modal-body"}


class Kind:
    """Something that people change together: where, and what its form says."""

    def __init__(self, make: Callable[[Debrief], Any], url: str, field: str, **form: Any) -> None:
        self.make, self.url, self.field, self.form = make, url, field, form

    def address(self, row: Any) -> str:
        return self.url.format(debrief=getattr(row, "debrief_id", row.pk), pk=row.pk)

    def words(self, row: Any) -> Any:
        row.refresh_from_db()
        return getattr(row, {"because": "accepted_because"}.get(self.field, self.field))

    def says(self, words: str, version: int) -> dict[str, Any]:
        return {**self.form, self.field: words, "version": version}


def a_question(debrief: Debrief) -> OpenQuestion:
    day = timezone.localdate() + timedelta(days=3)
    return OpenQuestion.write(debrief, uuid.uuid4(), text="Since when?", owner=debrief.facilitator, due_on=day)


def an_entry(debrief: Debrief) -> Any:
    said = {"happened_at": timezone.now(), "text": "The alarm rang.", "source": "", "is_event": False}
    return write_entry(debrief, key=uuid.uuid4(), **said)


def a_step(debrief: Debrief) -> Step:
    today = timezone.localdate()
    dates = {"due_on": today + timedelta(days=7), "look_again_on": today + timedelta(days=30)}
    # bob's, so that any step of these can be reworded by him and by the leader
    return factories.a_step(debrief, **dates)


KEY = {"key": "7f1b8c1e-6d0f-4c53-9c43-0c2ad7b0b9c4"}
KINDS = {
    "factor": (Phase.REALIGN, Kind(factories.a_factor, "/debriefs/{debrief}/factors/{pk}/", "title",
                                   kind="unspoken", **KEY)),
    "acceptance": (Phase.REALIGN, Kind(factories.a_factor, "/debriefs/{debrief}/factors/{pk}/accept/", "because")),
    "strength": (Phase.REALIGN, Kind(factories.a_strength, "/debriefs/{debrief}/strengths/{pk}/", "title", **KEY)),
    "question": (Phase.REALIGN, Kind(a_question, "/debriefs/{debrief}/questions/{pk}/", "text", **KEY)),
    "answer": (Phase.REALIGN, Kind(a_question, "/debriefs/{debrief}/questions/{pk}/answer/", "answer")),
    "lesson": (Phase.REALIGN, Kind(lambda debrief: Lesson.write(debrief, uuid.uuid4(), text="Old words"),
                                   "/debriefs/{debrief}/lessons/{pk}/", "text", **KEY)),
    "theme": (Phase.RECOGNIZE, Kind(lambda debrief: Theme.create(debrief, uuid.uuid4(), name="Tools"),
                                    "/debriefs/{debrief}/themes/{pk}/", "name")),
    "entry": (Phase.RECOGNIZE, Kind(an_entry, "/debriefs/{debrief}/timeline/{pk}/", "text", **KEY)),
    "step": (Phase.REALIGN, Kind(a_step, "/steps/{pk}/edit/", "title", kind="fix", success_signal="Two see it.", **KEY)),
}  # fmt: skip


def form_of(kind: Kind, row: Any) -> dict[str, Any]:
    """What else the form must say for it to be taken."""
    if isinstance(row, OpenQuestion) and kind.field == "text":
        return {"owner": row.owner_id, "due_on": row.due_on}
    if isinstance(row, Step):
        same = ("due_on", "look_again_on")
        return {name: getattr(row, name) for name in same} | {"owner": row.owner_id, "second": row.second_id}
    return {"happened_at": "2026-11-06T10:02"} if hasattr(row, "happened_at") else {}


def two_say(kind: Kind, rows: list[Any], writers: list[User]) -> list[list[tuple[str, HttpResponse]]]:
    """For each row the two answers to two people who saved other words over the same version in the same instant."""
    browsers = [(writer, Client(raise_request_exception=False)) for _n in range(AT_ONCE) for writer in writers]
    for writer, browser in browsers:
        browser.force_login(writer)

    def save(given: tuple[Any, tuple[User, Client]]) -> tuple[str, HttpResponse]:
        row, (writer, browser) = given
        words = f"{writer.first_name} says so"
        sent = {**kind.says(words, row.version), **form_of(kind, row)}
        return words, browser.post(kind.address(row), sent)

    jobs = list(zip([row for row in rows for _writer in writers], cycle(browsers), strict=False))
    answers: list[tuple[str, HttpResponse]] = []
    for start in range(0, len(jobs), 2 * AT_ONCE):
        answers += at_once(save, jobs[start : start + 2 * AT_ONCE])
    return [answers[n : n + 2] for n in range(0, len(answers), 2)]


def silently_lost(kind: Kind, rows: list[Any], said: list[list[tuple[str, HttpResponse]]]) -> list[Any]:
    """Whatever is not: one was taken, the other was told and reads both."""
    wrong = []
    for row, pair in zip(rows, said, strict=True):
        pair.sort(key=lambda one: one[1].status_code)
        (first, taken), (second, told) = pair
        page = told.content.decode()
        sound = (taken.status_code, told.status_code) == (302, 409) and kind.words(row) == first
        if not sound or first not in page or second not in page:
            wrong.append((taken.status_code, told.status_code, kind.words(row)))
    return wrong


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", KINDS)
def test_of_two_at_once_one_wins_and_the_other_sees_both(team: Team, room: Any, name: str) -> None:
    phase, kind = KINDS[name]
    debrief = factories.debrief_in(phase, team=team, at=timezone.now() - timedelta(days=1))
    rows = [kind.make(debrief) for _n in range(PAIRS)]
    alice, bob = room[:2]
    assert silently_lost(kind, rows, two_say(kind, rows, [alice, bob])) == []


@pytest.mark.django_db(transaction=True)
def test_without_the_condition_words_are_lost(team: Team, room: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: what the test above would say, were the UPDATE not conditional."""

    def write_over(one: Any, _seen: Any, **fields: Any) -> None:
        type(one).objects.filter(pk=one.pk).update(version=F("version") + 1, **fields)

    monkeypatch.setattr("apps.debriefs.models.analysis.write_over", write_over)
    phase, kind = KINDS["lesson"]
    debrief = factories.debrief_in(phase, team=team)
    rows = [kind.make(debrief) for _n in range(AT_ONCE)]
    assert len(silently_lost(kind, rows, two_say(kind, rows, list(room[:2])))) == AT_ONCE


@pytest.mark.django_db(transaction=True)
def test_of_two_set_ups_at_once_one_wins(team: Team, room: Any) -> None:
    alice, bob = room[:2]
    debriefs = [factories.a_draft(team, facilitator=bob) for _n in range(PAIRS // 4)]
    team.memberships.filter(person=bob).update(role="leader")
    everyone = [person.pk for person in room]
    form = {"happened": "It rained.", "anonymity": "named", "format_key": "three_rs", "facilitator": bob.pk}
    kind = Kind(lambda debrief: debrief, "/debriefs/{debrief}/setup/", "title", people=everyone, **form)
    assert silently_lost(kind, debriefs, two_say(kind, debriefs, [alice, bob])) == []


# What the one who was later gets


@pytest.fixture
def lesson(debrief_in: DebriefIn) -> Lesson:
    return Lesson.write(debrief_in(Phase.REALIGN), uuid.uuid4(), text="Old words")


def save(clients: Clients, who: str, lesson: Lesson, text: str, version: Any, **headers: str) -> HttpResponse:
    form = {"key": str(lesson.pk), "text": text, "version": version}
    return clients[who].post(f"/debriefs/{lesson.debrief_id}/lessons/{lesson.pk}/", form, headers=headers)


def test_the_form_carries_the_version_that_was_seen(clients: Clients, lesson: Lesson) -> None:
    page = clients["bob"].get(f"/debriefs/{lesson.debrief_id}/lessons/{lesson.pk}/").content.decode()
    assert '<input type="hidden" name="version" value="1" id="id_version">' in page


def test_saving_again_is_a_choice_one_makes_knowing(clients: Clients, lesson: Lesson) -> None:
    assert save(clients, "bob", lesson, "Ask early.", 1).status_code == 302
    late = save(clients, "dana", lesson, "Ask <twice>.", 1)
    page = late.content.decode()
    assert late.status_code == 409
    assert "Ask &lt;twice&gt;.</textarea>" in page
    assert "What somebody else has saved meanwhile:</p><p>Ask early.</p>" in page
    assert '<li><a href="#id_text">Write a lesson</a></li>' in page
    assert '<input type="hidden" name="version" value="2" id="id_version">' in page
    assert "Bob" not in page.partition("<main")[2]  # nobody keeps who wrote a lesson
    assert save(clients, "dana", lesson, "Ask <twice>.", 2).status_code == 302
    lesson.refresh_from_db()
    assert (lesson.text, lesson.version) == ("Ask <twice>.", 3)


def test_it_comes_back_into_the_dialog(clients: Clients, lesson: Lesson) -> None:
    save(clients, "bob", lesson, "Ask early.", 1)
    late = save(clients, "dana", lesson, "Ask twice.", 1, **HX)
    html = late.content.decode()
    assert (late.status_code, html.lstrip().startswith('<div id="modal-body"')) == (409, True)
    assert ("Ask early." in html, "Ask twice." in html, "<main" in html) == (True, True, False)


def test_the_same_words_are_no_collision(clients: Clients, lesson: Lesson) -> None:
    for who in ("bob", "dana", "bob"):
        assert save(clients, who, lesson, "Ask early.", 1).status_code == 302
    lesson.refresh_from_db()
    assert (lesson.text, lesson.version) == ("Ask early.", 2)


@pytest.mark.parametrize("version", ["", "none", "-1", "9" * 400, "1.0"])
def test_who_says_nothing_about_what_they_saw_has_seen_nothing(clients: Clients, lesson: Lesson, version: str) -> None:
    """A page from before, or a form without the field, overwrites nobody."""
    answer = save(clients, "bob", lesson, "Ask early.", version)
    lesson.refresh_from_db()
    assert (answer.status_code, lesson.text) == (409, "Old words")


def test_only_what_differs_is_shown_twice(clients: Clients, debrief_in: DebriefIn) -> None:
    debrief = debrief_in(Phase.REALIGN)
    factor = factories.a_factor(debrief, title="Old", assumption="It renews itself.", theme=None)
    factor.rewrite(kind="unspoken", chain=["One.", "Two."], is_calculated_risk=True)
    sent = {
        "key": factor.pk, "title": "Old", "kind": "unforeseeable", "chain": ["One."], "theme": "", "version": 1,
        "assumption": "It renews itself.", "is_calculated_risk": "",
    }  # fmt: skip
    answer = clients["bob"].post(f"/debriefs/{debrief.pk}/factors/{factor.pk}/", sent)
    assert answer.status_code == 409
    assert answer.context["form"].theirs == {
        "kind": "Unspoken feeling or wish", "chain": "One.\nTwo.", "is_calculated_risk": "Yes, taken with open eyes",
    }  # fmt: skip


def test_who_reworded_a_step_is_known(clients: Clients, debrief_in: DebriefIn) -> None:
    """Its history says so anyway."""
    step = a_step(debrief_in(Phase.REALIGN, at=timezone.now() - timedelta(days=1)))
    same = {**form_of(KINDS["step"][1], step), "key": step.pk, "kind": "fix", "success_signal": step.success_signal}
    url = f"/steps/{step.pk}/edit/"
    assert clients["alice"].post(url, {**same, "title": "Alice’s words", "version": 1}).status_code == 302
    late = clients["bob"].post(url, {**same, "title": "Bob’s words", "version": 1})
    page = late.content.decode()
    assert late.status_code == 409
    assert "Alice has saved other words since you opened this." in page
    assert "What Alice has saved meanwhile:</p><p>Alice’s words</p>" in page
    assert 'value="Bob’s words"' in page


def test_people_left_out_meanwhile_do_not_come_back_unseen(clients: Clients, team: Team, room: Any) -> None:
    draft = factories.a_draft(team)
    form = {
        "title": draft.title, "happened": draft.happened, "anonymity": "named", "format_key": "three_rs", "version": 1,
        "facilitator": draft.facilitator_id, "people": [person.pk for person in room],
    }  # fmt: skip
    fewer = {**form, "people": form["people"][:4], "tags": "night"}
    assert clients["alice"].post(f"/debriefs/{draft.pk}/setup/", fewer).status_code == 302
    late = clients["alice"].post(f"/debriefs/{draft.pk}/setup/", {**form, "tags": "night"})
    assert (late.status_code, draft.participations.count()) == (409, 4)
    assert late.context["form"].theirs["people"] == ", ".join(str(one.person) for one in draft.participations.all())
