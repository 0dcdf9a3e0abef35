"""Agreeing on a step and changing what was agreed; what is said about a form that cannot be taken."""

import uuid
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils.html import escape

from apps.accounts.models import User
from apps.actions import stronger
from apps.actions.models import Step
from apps.debriefs.models import Debrief, ParkedIdea
from apps.teams.models import Team
from tests.factories import AT, DUE_ON, LOOK_AGAIN_ON, a_person, a_strength, debrief_in, worked
from tests.people import Clients

TODAY = AT.date()
DAY = timedelta(days=1)


@pytest.fixture
def said(bob: User, alice: User) -> dict[str, Any]:
    return {
        "key": str(uuid.uuid4()),
        "title": "Renew by a job that tells us",
        "kind": "fix",
        "owner": bob.pk,
        "second": alice.pk,
        "success_signal": "Two people see the next renewal",
        "due_on": "2026-11-23",
        "look_again_on": "",
    }


@pytest.fixture
def url(realign: Debrief) -> str:
    return f"/steps/debrief/{realign.pk}/new/?factor={realign.factors.get().pk}"


def test_a_step_for_a_factor(clients: Clients, realign: Debrief, url: str, said: dict[str, Any], dana: User) -> None:
    response = clients["dana"].post(url, said)
    step = realign.steps.get()
    assert response["Location"] == f"/debriefs/{realign.pk}/#factors"
    assert (step.title, step.kind, step.factor, step.strength) == (
        "Renew by a job that tells us", "fix", realign.factors.get(), None,
    )  # fmt: skip
    assert (step.owner_id, step.second_id) == (said["owner"], said["second"])
    assert (step.due_on, step.look_again_on) == (date(2026, 11, 23), date(2026, 12, 21))
    assert (step.agreed_by, step.agreed_at, step.state) == (dana, AT, "open")


@pytest.mark.parametrize(("kind", "status"), [("amplify", 302), ("spread", 302), ("fix", 422), ("", 422)])
def test_a_strength_is_amplified_or_spread(
    clients: Clients, realign: Debrief, said: dict[str, Any], kind: str, status: int
) -> None:
    strength = realign.strengths.get()
    url = f"/steps/debrief/{realign.pk}/new/?strength={strength.pk}"
    assert clients["bob"].post(url, {**said, "kind": kind}).status_code == status
    assert list(realign.steps.values_list("strength", "kind")) == ([(strength.pk, kind)] if status == 302 else [])


def test_the_same_form_sent_twice_makes_one_step(
    clients: Clients, realign: Debrief, url: str, said: dict[str, Any]
) -> None:
    answers = [clients["bob"].post(url, said)["Location"] for _ in range(2)]
    assert answers == [f"/debriefs/{realign.pk}/#factors"] * 2
    assert realign.steps.count() == 1


NOT_IN_TEAM = "This person is no longer in the team. Choose someone who is."
BAD = [
    ({"title": " "}, "title", "Please fill this in."),
    ({"title": "x" * 201}, "title", "Ensure this value has at most 200 characters (it has 201)."),
    ({"success_signal": ""}, "success_signal", "Please fill this in."),
    ({"owner": "EVE"}, "owner", NOT_IN_TEAM),
    ({"owner": "MIA"}, "owner", NOT_IN_TEAM),
    ({"second": "CHARLIE"}, "second", NOT_IN_TEAM),
    ({"owner": ""}, "owner", "Please choose one."),
    ({"second": "BOB"}, "second", "The second person is someone other than the owner: four eyes see whether it worked."),
    ({"due_on": "2026-11-08"}, "due_on", "This day has passed. Choose today or a day to come."),
    ({"due_on": "2099-12-31"}, "due_on", "This is very far away. Choose a day within the next three years."),
    ({"due_on": "soon"}, "due_on", "Enter a valid date."),
    ({"look_again_on": "2026-11-22"}, "look_again_on", "Look again on the day it is due, or later: it must be done first."),
    ({"look_again_on": "2099-01-01"}, "look_again_on", "This is very far away. Choose a day within the next three years."),
]  # fmt: skip


@pytest.mark.parametrize(("wrong", "field", "sentence"), BAD)
def test_what_cannot_be_taken_is_said_at_the_field_and_kept(
    clients: Clients, realign: Debrief, url: str, said: dict[str, Any], people: dict[str, User],
    wrong: dict[str, str], field: str, sentence: str,
) -> None:  # fmt: skip
    named = {name: getattr(people.get(value.lower()), "pk", value) for name, value in wrong.items()}
    response = clients["bob"].post(url, {**said, **named})
    form = response.context["form"]
    assert (response.status_code, dict(form.errors)) == (422, {field: [sentence]})
    page = response.content.decode()
    assert escape(sentence) in page
    assert "Two people see the next renewal" in page or field == "success_signal"
    assert realign.steps.count() == 0


@pytest.mark.parametrize("key", ["", "no-key"])
def test_a_form_without_its_key_is_opened_again(
    clients: Clients, realign: Debrief, url: str, said: dict[str, Any], key: str
) -> None:
    response = clients["bob"].post(url, {**said, "key": key})
    assert "Please open the page again and send the step once more." in response.content.decode()
    assert realign.steps.count() == 0


def test_the_key_of_a_step_elsewhere_is_refused(
    clients: Clients, step: Step, said: dict[str, Any], team: Team, room: Any
) -> None:
    other = debrief_in("realign", team=team)
    url = f"/steps/debrief/{other.pk}/new/?factor={other.factors.get().pk}"
    response = clients["bob"].post(url, {**said, "key": str(step.pk)})
    assert (response.status_code, other.steps.count()) == (409, 0)
    assert said["title"] in response.content.decode()


@pytest.mark.parametrize("kind", ["factor", "strength", "from"])
def test_what_it_answers_is_found_in_this_debrief_only(
    clients: Clients, realign: Debrief, step: Step, said: dict[str, Any], team: Team, room: Any, kind: str
) -> None:
    other = debrief_in("realign", team=team)
    found = {"factor": realign.factors.get().pk, "strength": a_strength(realign).pk, "from": step.pk}[kind]
    for value in (found, uuid.uuid4(), "nonsense"):
        assert clients["bob"].post(f"/steps/debrief/{other.pk}/new/?{kind}={value}", said).status_code == 404
    assert other.steps.count() == 0


@pytest.mark.parametrize(
    ("phase", "status"), [("rationalize", 403), ("realign", 200), ("follow_through", 200), ("learned", 403)]
)
def test_steps_are_agreed_from_realign_until_the_debrief_closes(
    clients: Clients, debrief_in: Callable[..., Debrief], phase: str, status: int
) -> None:
    debrief = debrief_in(phase, voting="closed")
    strength = debrief.strengths.first()
    query = f"?strength={strength.pk}" if strength else ""
    assert clients["bob"].get(f"/steps/debrief/{debrief.pk}/new/{query}").status_code == status


def test_without_what_it_answers_one_chooses_first(clients: Clients, realign: Debrief) -> None:
    response = clients["bob"].get(f"/steps/debrief/{realign.pk}/new/")
    assert response["Location"] == f"/steps/debrief/{realign.pk}/"


# Changing it


@pytest.fixture
def agreed(step: Step) -> dict[str, Any]:
    """What the form of the step holds as it opens."""
    return {
        "key": str(step.pk), "title": step.title, "kind": "fix", "owner": step.owner_id, "second": step.second_id,
        "success_signal": step.success_signal, "due_on": DUE_ON.isoformat(), "look_again_on": LOOK_AGAIN_ON.isoformat(),
        "version": step.version,
    }  # fmt: skip


def test_a_new_date_stays_in_the_history(clients: Clients, step: Step, agreed: dict[str, Any], bob: User) -> None:
    day = DUE_ON + DAY
    response = clients["bob"].post(f"/steps/{step.pk}/edit/", {**agreed, "due_on": day.isoformat()})
    step.refresh_from_db()
    last = step.history.last()
    assert (response["Location"], step.due_on) == (f"/steps/{step.pk}/", day)
    assert (last.what, last.was_on, last.now_on, last.by) == ("moved", DUE_ON, day, bob)


def test_nothing_changed_is_no_line_of_history(clients: Clients, step: Step, agreed: dict[str, Any]) -> None:
    assert clients["bob"].post(f"/steps/{step.pk}/edit/", agreed).status_code == 302
    assert step.history.count() == 1


def test_an_overdue_step_can_be_reworded_with_its_date(
    clients: Clients, step: Step, agreed: dict[str, Any], on: Callable[..., None]
) -> None:
    on(AT + timedelta(days=30))
    url = f"/steps/{step.pk}/edit/"
    assert clients["bob"].post(url, {**agreed, "title": "Ask three people"}).status_code == 302
    earlier = clients["bob"].post(url, {**agreed, "due_on": (DUE_ON + DAY).isoformat()})
    assert dict(earlier.context["form"].errors) == {"due_on": ["This day has passed. Choose today or a day to come."]}


def test_a_step_of_someone_who_left_is_handed_over(
    clients: Clients, step: Step, agreed: dict[str, Any], team: Team, bob: User, dana: User
) -> None:
    team.remove(bob)
    url = f"/steps/{step.pk}/edit/"
    assert "<b>Bob has left the team.</b>" in clients["alice"].get(url).content.decode()
    kept = clients["alice"].post(url, agreed)
    assert dict(kept.context["form"].errors) == {"owner": [NOT_IN_TEAM]}
    assert clients["alice"].post(url, {**agreed, "owner": dana.pk}).status_code == 302
    step.refresh_from_db()
    last = step.history.last()
    assert (step.owner, last.what, last.was, last.now) == (dana, "handed_over", bob, dana)


def test_what_is_settled_is_not_reworded(clients: Clients, step: Step, agreed: dict[str, Any]) -> None:
    worked(step)
    response = clients["bob"].post(f"/steps/{step.pk}/edit/", {**agreed, "title": "Something else"})
    assert response.status_code == 403
    assert "Take it up again first" in response.content.decode()


# The hint

MEMORY, LATER = "relies on memory", "Those who come later"
NOBODY, THING = "nobody feels asked", "Which verb could it begin with"


@pytest.mark.parametrize(
    ("title", "part", "strongest", "weakest"),
    [
        ("Be more careful with certificates", MEMORY, "Remove it", "Train for it"),
        ("Pay attention to the dates", MEMORY, "Remove it", "Train for it"),
        ("Remind everyone that anybody may call a stop", MEMORY, "Remove it", "Train for it"),
        ("Make sure the door is shut", MEMORY, "Remove it", "Train for it"),
        ("Don’t forget the second calendar", MEMORY, "Remove it", "Train for it"),
        ("Train the night shift", LATER, "Remove it", "Write a checklist"),
        ("A workshop on renewals", LATER, "Remove it", "Write a checklist"),
        ("Everyone looks at the board each morning", NOBODY, "", ""),
        ("We write the list", NOBODY, "", ""),
        ("Somebody asks the supplier", NOBODY, "", ""),
        ("Renewals should be seen by two", NOBODY, "", ""),
        ("The renewal of certificates", THING, "", ""),
        ("Better alarms", THING, "", ""),
        ("Monitoring", THING, "", ""),
        ("Documentation of the plan", THING, "", ""),
        ("Refuse a number that has been used", "", "", ""),
        ("Put a red flag on the desk", "", "", ""),
        ("Bring the list to the desk", "", "", ""),
        ("Document what the plan assumes", "", "", ""),
        ("Renew by a job that tells us", "", "", ""),
        ("Den Kalender teilen", "", "", ""),
        ("", "", "", ""),
    ],
)
def test_a_step_that_seldom_holds_gets_one_question(title: str, part: str, strongest: str, weakest: str) -> None:
    hint = stronger.hint(title)
    assert (part in hint.question) if part else (hint.question == "")
    kinds = [str(kind) for kind, _why in hint.kinds]
    assert (kinds[:1], kinds[-1:]) == ([strongest] if strongest else [], [weakest] if weakest else [])


def test_the_strongest_kind_comes_first() -> None:
    kinds = [str(kind) for kind, _why in stronger.STRONGER]
    assert kinds == ["Remove it", "Automate it", "Design it", "Write a checklist", "Train for it"]


def test_the_hint_comes_while_one_types_and_keeps_nothing(
    clients: Clients, django_assert_num_queries: Any, htmx: Callable[..., Any]
) -> None:
    client = clients["bob"]
    with django_assert_num_queries(1):
        page = client.post("/steps/hint/", {"title": "Be careful <b>"}, **htmx("hint")).content.decode()
    assert "What if it could not be forgotten?" in page
    assert page.index("Remove it") < page.index("Automate it") < page.index("Write a checklist")
    assert "Only you see this hint" in page
    assert "Be careful" not in page


@pytest.mark.parametrize("title", ["Be careful", "The renewal"])
def test_a_weak_step_is_agreed_and_its_writer_alone_reads_why(
    clients: Clients, realign: Debrief, url: str, said: dict[str, Any], title: str
) -> None:
    seq = Debrief.objects.get(pk=realign.pk).seq
    page = clients["bob"].post(url, {**said, "title": title}, follow=True).content.decode()
    assert realign.steps.get().title == title
    assert f"Only you see this: {stronger.hint(title).question}" in page
    assert "Only you see this:" not in clients["dana"].get(f"/debriefs/{realign.pk}/").content.decode()
    assert list(realign.live_events.filter(seq__gt=seq).values_list("region", flat=True)) == ["steps"]


def test_a_weak_title_that_comes_back_has_its_hint(clients: Clients, url: str, said: dict[str, Any]) -> None:
    page = clients["bob"].post(url, {**said, "title": "Train the team", "owner": ""})
    assert page.status_code == 422
    assert "Those who come later will not have heard it." in page.content.decode()


# In the dialog of the room


def test_a_step_is_agreed_in_the_dialog(
    clients: Clients, realign: Debrief, url: str, said: dict[str, Any], htmx: Callable[..., Any]
) -> None:
    form = clients["bob"].get(url, **htmx("modal-body")).content.decode()
    assert form.strip().startswith('<div id="modal-body"')
    assert f'hx-post="{escape(url)}"' in form
    answer = clients["bob"].post(url, said, **htmx("modal-body"))
    page = answer.content.decode()
    assert (answer.status_code, answer["HX-Trigger"], realign.steps.count()) == (200, "realign:done", 1)
    assert page.startswith('<div id="modal-body"></div>')
    for region in ("factors", "strengths", "unanswered", "parking"):
        assert f'id="{region}" hx-swap-oob="true"' in page


def test_the_dialog_keeps_what_could_not_be_taken(
    clients: Clients, realign: Debrief, url: str, said: dict[str, Any], htmx: Callable[..., Any]
) -> None:
    answer = clients["bob"].post(url, {**said, "owner": ""}, **htmx("modal-body"))
    page = answer.content.decode()
    assert (answer.status_code, realign.steps.count()) == (422, 0)
    assert page.strip().startswith('<div id="modal-body"')
    assert "Renew by a job that tells us" in page


def test_opened_as_a_page_of_its_own_it_is_a_plain_form(clients: Clients, url: str) -> None:
    page = clients["bob"].get(url).content.decode()
    assert f'hx-post="{escape(url)}"' not in page
    assert "<h1>A step for this factor</h1>" in page


# A parked idea comes back


@pytest.fixture
def idea(realign: Debrief) -> ParkedIdea:
    return ParkedIdea.write(realign, uuid.uuid4(), text="Let two calendars remind us")


def test_a_parked_idea_first_asks_what_it_answers(clients: Clients, realign: Debrief, idea: ParkedIdea) -> None:
    page = clients["bob"].get(f"/steps/debrief/{realign.pk}/new/?idea={idea.pk}").content.decode()
    assert "Let two calendars remind us" in page
    for side, found in (("factor", realign.factors.get()), ("strength", realign.strengths.get())):
        assert f"?idea={idea.pk}&amp;{side}={found.pk}" in page
    assert f"/debriefs/{realign.pk}/parking/{idea.pk}/remove/" in page


def test_a_parked_idea_becomes_a_step_and_leaves_the_parking_lot(
    clients: Clients, realign: Debrief, url: str, said: dict[str, Any], idea: ParkedIdea
) -> None:
    here = f"{url}&idea={idea.pk}"
    form = clients["bob"].get(here).context["form"]
    assert form["title"].value() == "Let two calendars remind us"
    seq = Debrief.objects.get(pk=realign.pk).seq
    for _ in range(2):  # the same form sent twice makes one step
        assert clients["bob"].post(here, said).status_code == 302
    assert (realign.steps.count(), realign.parked_ideas.count()) == (1, 0)
    told = list(realign.live_events.filter(seq__gt=seq).values_list("region", flat=True))
    assert told == ["steps", "parking"]


def test_an_idea_that_somebody_took_meanwhile_makes_no_second_step(
    clients: Clients, realign: Debrief, url: str, said: dict[str, Any], idea: ParkedIdea
) -> None:
    here = f"{url}&idea={idea.pk}"
    idea.remove()
    answer = clients["bob"].post(here, said)
    assert (answer.status_code, realign.steps.count()) == (409, 0)
    assert said["title"] in answer.content.decode()


def test_an_idea_of_another_debrief_is_none_here(
    clients: Clients, realign: Debrief, url: str, said: dict[str, Any], team: Team, room: Any
) -> None:
    other = debrief_in("realign", team=team)
    foreign = ParkedIdea.write(other, uuid.uuid4(), text="Elsewhere")
    for wanted, posted in ((foreign.pk, 409), (uuid.uuid4(), 409), ("nonsense", 404)):
        assert clients["bob"].get(f"{url}&idea={wanted}").status_code == 404
        assert clients["bob"].post(f"{url}&idea={wanted}", said).status_code == posted
    assert (realign.steps.count(), other.parked_ideas.count()) == (0, 1)


def test_a_long_idea_is_shortened_to_a_title_and_still_read_in_full(
    clients: Clients, realign: Debrief, url: str
) -> None:
    text = "Let two calendars remind us " * 12
    long = ParkedIdea.write(realign, uuid.uuid4(), text=text.strip())
    response = clients["bob"].get(f"{url}&idea={long.pk}")
    assert len(response.context["form"]["title"].value()) == 200
    assert text.strip() in response.content.decode()


def test_somebody_invited_to_the_team_later_can_own_a_step(
    clients: Clients, url: str, said: dict[str, Any], team: Team, realign: Debrief
) -> None:
    newcomer = a_person("Gus")
    team.memberships.create(person=newcomer, role="member", joined_at=AT)
    assert clients["bob"].post(url, {**said, "owner": newcomer.pk}).status_code == 302
    assert realign.steps.get().owner == newcomer
