"""Rationalize and realign through their doors: factors, strengths, and what everyone sees of them."""

import uuid
from collections.abc import Callable

import pytest
import time_machine

from apps.accounts.models import User
from apps.debriefs import board
from apps.debriefs.factor_kinds import FACTOR_KINDS
from apps.debriefs.models import Debrief, Factor, FactorKind, Lesson, Strength
from apps.teams.models import Team
from tests import factories
from tests.factories import AT
from tests.people import Clients

DebriefIn = Callable[..., Debrief]
pytestmark = pytest.mark.django_db
TODAY = AT.date()


@pytest.fixture(autouse=True)
def a_monday_morning() -> object:
    with time_machine.travel(AT, tick=False) as clock:
        yield clock


def a_factor_form(**said: object) -> dict[str, object]:
    return {
        "key": str(uuid.uuid4()), "title": "Both plans looked final", "theme": "", "kind": "tactical_misstep",
        "chain": ["It was laminated.", "", "  The laminated one was always the newest.  "],
        "assumption": "What hangs in the tent is true.", "is_calculated_risk": "no", "is_sound_step": "on", "version": "1",
        **said,
    }  # fmt: skip


def a_strength_form(**said: object) -> dict[str, object]:
    return {
        "key": str(uuid.uuid4()), "title": "Metered before the switch", "theme": "", "why": "Always, and aloud.",
        "reliability": "dependable", "answer": "spread", "version": "1", **said,
    }  # fmt: skip


def changed_since(debrief: Debrief, seq: int) -> list[str]:
    return list(debrief.live_events.filter(seq__gt=seq).order_by("seq").values_list("region", flat=True))


def errors(response: object) -> dict[str, list[str]]:
    return {name: list(said) for name, said in response.context["form"].errors.items()}  # type: ignore[attr-defined]


# Factors


def test_every_kind_of_factor_has_its_questions() -> None:
    assert set(FACTOR_KINDS) == set(FactorKind.values)
    assert all(kind.questions for kind in FACTOR_KINDS.values())


def test_a_factor_is_written_by_anyone_who_takes_part(clients: Clients, debrief_in: DebriefIn) -> None:
    debrief = debrief_in("rationalize", voting="closed")
    theme = debrief.themes.first()
    url = f"/debriefs/{debrief.pk}/factors/new/"
    page = clients["bob"].get(f"{url}?theme={theme.pk}").content.decode()
    assert f'<option value="{theme.pk}" selected>' in page
    for kind in FACTOR_KINDS.values():
        assert all(str(question) in page for question in kind.questions)
    response = clients["bob"].post(url, a_factor_form(theme=str(theme.pk)))
    assert (response.status_code, response["Location"]) == (302, f"/debriefs/{debrief.pk}/#factors")
    factor = Factor.objects.get(debrief=debrief)
    assert (factor.title, factor.theme, factor.kind) == ("Both plans looked final", theme, "tactical_misstep")
    assert factor.chain == ["It was laminated.", "The laminated one was always the newest."]
    assert (factor.assumption, factor.is_calculated_risk) == ("What hangs in the tent is true.", False)
    assert factor.is_sound_step is True


@pytest.mark.parametrize(("said", "kept"), [("yes", True), ("no", False), ("", None)])
def test_a_calculated_risk_is_said_denied_or_left_open(
    clients: Clients, debrief_in: DebriefIn, said: str, kept: bool | None
) -> None:
    debrief = debrief_in("rationalize")
    clients["dana"].post(f"/debriefs/{debrief.pk}/factors/new/", a_factor_form(is_calculated_risk=said))
    factor = debrief.factors.get()
    assert factor.is_calculated_risk is kept
    page = clients["dana"].get(f"/debriefs/{debrief.pk}/factors/{factor.pk}/")
    assert page.context["form"]["is_calculated_risk"].value() == said


def test_the_same_factor_form_twice_makes_one_factor(clients: Clients, debrief_in: DebriefIn) -> None:
    debrief = debrief_in("rationalize")
    form = a_factor_form()
    for _again in range(2):
        clients["bob"].post(f"/debriefs/{debrief.pk}/factors/new/", form)
    assert list(Factor.objects.values_list("pk", "title")) == [(uuid.UUID(form["key"]), "Both plans looked final")]


@pytest.mark.parametrize(
    ("said", "field", "sentence"),
    [
        ({"title": "   "}, "title", "Say in a few words what contributed."),
        ({"kind": ""}, "kind", "Choose the kind that comes nearest."),
        ({"kind": "sabotage"}, "kind", "Select a valid choice. sabotage is not one of the available choices."),
        (
            {"theme": str(uuid.uuid4())}, "theme",
            "This theme is gone; somebody removed it. Choose another, or none.",
        ),
        (
            {"chain": ["fine", "x" * 501]}, "chain",
            "Answer 2 has 501 characters; 500 fit. All of it is still here.",
        ),
        (
            {"chain": [f"answer {n}" for n in range(7)]}, "chain",
            "6 answers are enough; here are 7. Join two that belong together.",
        ),
    ],
)  # fmt: skip
def test_an_odd_factor_form_gets_a_sentence_and_keeps_every_word(
    clients: Clients, debrief_in: DebriefIn, said: dict[str, object], field: str, sentence: str
) -> None:
    debrief = debrief_in("rationalize")
    sent = a_factor_form(**said)
    response = clients["bob"].post(f"/debriefs/{debrief.pk}/factors/new/", sent)
    assert (response.status_code, errors(response)) == (422, {field: [sentence]})
    page = response.content.decode()
    for text in [*sent["chain"], sent["assumption"]]:
        assert str(text).strip() in page
    assert str(sent["key"]) in page
    assert not Factor.objects.exists()


def test_a_factor_is_reworded_with_one_spare_box(clients: Clients, debrief_in: DebriefIn) -> None:
    debrief = debrief_in("rationalize")
    factor = factories.a_factor(debrief, chain=["First.", "Second."])
    url = f"/debriefs/{debrief.pk}/factors/{factor.pk}/"
    boxes = clients["eli"].get(url).context["form"].boxes
    assert [box["text"] for box in boxes["shown"]] == ["First.", "Second.", ""]
    assert [box["text"] for box in boxes["folded"]] == ["", "", ""]
    form = a_factor_form(title="Nobody was asked", kind="unspoken", chain=["First."], is_calculated_risk="")
    del form["is_sound_step"]
    response = clients["eli"].post(url, form)
    assert response["Location"] == f"/debriefs/{debrief.pk}/#factor-{factor.pk}"
    again = Factor.objects.get()
    assert (again.pk, again.title, again.kind, again.chain) == (factor.pk, "Nobody was asked", "unspoken", ["First."])
    assert (again.is_sound_step, again.theme) == (False, None)


def test_a_factor_is_accepted_and_taken_back(clients: Clients, debrief_in: DebriefIn) -> None:
    debrief = debrief_in("realign")
    factor = debrief.factors.get()
    url = f"/debriefs/{debrief.pk}/factors/{factor.pk}/accept/"
    assert factor.title in clients["bob"].get(url).content.decode()
    clients["bob"].post(url, {"because": "No plan of ours opens a bridge.", "version": "1"})
    factor = debrief.factors.get()
    assert (factor.accepted_because, factor.is_answered) == ("No plan of ours opens a bridge.", True)
    debrief.refresh_from_db()
    assert "1 of 1 answered" in board.render(debrief, "factors")
    clients["farah"].post(url, {"because": " ", "version": "2"})
    factor = debrief.factors.get()
    assert (factor.accepted_because, factor.is_answered) == ("", False)


def test_a_factor_with_a_step_stays_and_says_why(clients: Clients, debrief_in: DebriefIn) -> None:
    debrief = debrief_in("realign")
    factor = debrief.factors.get()
    factories.a_step(debrief)
    response = clients["bob"].post(f"/debriefs/{debrief.pk}/factors/{factor.pk}/remove/")
    assert response.status_code == 409
    assert "A step answers this." in response.content.decode()
    assert list(debrief.factors.all()) == [factor]


def test_a_factor_without_a_step_can_go(clients: Clients, debrief_in: DebriefIn) -> None:
    debrief = debrief_in("rationalize")
    factor = factories.a_factor(debrief)
    seq = debrief.seq
    response = clients["bob"].post(f"/debriefs/{debrief.pk}/factors/{factor.pk}/remove/")
    assert response["Location"] == f"/debriefs/{debrief.pk}/#factors"
    debrief.refresh_from_db()
    assert (debrief.factors.count(), changed_since(debrief, seq)) == (0, ["factors"])


# Strengths


def test_a_strength_is_written_reworded_and_removed(clients: Clients, debrief_in: DebriefIn) -> None:
    debrief = debrief_in("rationalize")
    form = a_strength_form()
    for _again in range(2):
        response = clients["bob"].post(f"/debriefs/{debrief.pk}/strengths/new/", form)
        assert response["Location"] == f"/debriefs/{debrief.pk}/#strengths"
    strength = Strength.objects.get()
    assert (strength.why, strength.reliability, strength.answer) == ("Always, and aloud.", "dependable", "spread")
    url = f"/debriefs/{debrief.pk}/strengths/{strength.pk}/"
    clients["eli"].post(url, a_strength_form(title="Metered twice", reliability="", answer=""))
    strength = Strength.objects.get()
    assert (strength.title, strength.reliability, strength.answer) == ("Metered twice", "", "")
    clients["eli"].post(f"{url}remove/")
    assert not Strength.objects.exists()


def test_a_strength_without_words_gets_a_sentence(clients: Clients, debrief_in: DebriefIn) -> None:
    debrief = debrief_in("rationalize")
    response = clients["bob"].post(f"/debriefs/{debrief.pk}/strengths/new/", a_strength_form(title="", why="Kept."))
    assert (response.status_code, errors(response)) == (422, {"title": ["Say in a few words what went right."]})
    assert "Kept." in response.content.decode()


def test_each_strength_gets_one_of_three_answers(clients: Clients, debrief_in: DebriefIn) -> None:
    debrief = debrief_in("realign")
    strength = factories.a_strength(debrief, title="Ten spare minutes", answer="")
    url = f"/debriefs/{debrief.pk}/strengths/{strength.pk}/answer/"
    none = clients["dana"].post(url, {})
    sentence = "Choose one of the three: each strength deserves an answer."
    assert (none.status_code, errors(none)) == (422, {"answer": [sentence]})
    clients["dana"].post(url, {"answer": "keep", "version": "1"})
    strength.refresh_from_db()
    assert strength.answer == "keep"


# Who, and when


CHILDREN = ("factors/new/", "strengths/new/", "questions/new/")


@pytest.mark.parametrize("path", CHILDREN)
@pytest.mark.parametrize(
    ("who", "status"),
    [("alice", 200), ("bob", 200), ("mia", 404), ("adam", 404), ("charlie", 404), ("eve", 404), ("nobody", 302)],
)
def test_who_may_open_the_forms(clients: Clients, debrief_in: DebriefIn, path: str, who: str, status: int) -> None:
    debrief = debrief_in("rationalize")
    assert clients[who].get(f"/debriefs/{debrief.pk}/{path}").status_code == status


def test_a_new_member_who_does_not_take_part_is_told_so(clients: Clients, debrief_in: DebriefIn, team: Team) -> None:
    debrief = debrief_in("rationalize")
    debrief.facilitator = factories.join(team, factories.a_person("Gwen"))
    debrief.save(update_fields=["facilitator"])
    clients.people["gwen"] = debrief.facilitator
    response = clients["gwen"].post(f"/debriefs/{debrief.pk}/factors/new/", a_factor_form())
    assert (response.status_code, debrief.factors.count()) == (302, 1)  # who runs it writes as well
    other = clients.people["hugo"] = factories.join(team, factories.a_person("Hugo"))
    assert clients["hugo"].post(f"/debriefs/{debrief.pk}/factors/new/", a_factor_form()).status_code == 404
    assert other.pk
    assert debrief.factors.count() == 1


@pytest.mark.parametrize("phase", ["recognize", "follow_through", "learned"])
def test_a_factor_in_the_wrong_phase_hands_the_words_back(clients: Clients, debrief_in: DebriefIn, phase: str) -> None:
    debrief = debrief_in(phase)
    before = list(debrief.factors.values_list("title"))
    url = f"/debriefs/{debrief.pk}/factors/new/"
    late = clients["bob"].get(url)
    assert late.status_code == 409
    assert f"The debrief is in “{debrief.get_phase_display()}” now" in late.content.decode()
    response = clients["bob"].post(url, a_factor_form())
    assert response.status_code == 409
    assert "The laminated one was always the newest." in response.content.decode()
    assert list(debrief.factors.values_list("title")) == before


def test_what_belongs_to_another_debrief_is_not_found(
    clients: Clients, debrief_in: DebriefIn, other_team: Team
) -> None:
    ours = debrief_in("realign")
    theirs = factories.debrief_in("realign", team=other_team)
    factor, strength = theirs.factors.get(), theirs.strengths.get()
    for path in (f"factors/{factor.pk}/", f"factors/{factor.pk}/accept/", f"strengths/{strength.pk}/answer/"):
        assert clients["alice"].get(f"/debriefs/{ours.pk}/{path}").status_code == 404
    for path in (f"factors/{factor.pk}/remove/", f"strengths/{strength.pk}/remove/"):
        assert clients["alice"].post(f"/debriefs/{ours.pk}/{path}").status_code == 404
    foreign = clients["alice"].post(f"/debriefs/{ours.pk}/factors/new/", a_factor_form(key=str(factor.pk)))
    assert foreign.status_code == 409
    theme = clients["alice"].post(
        f"/debriefs/{ours.pk}/factors/new/", a_factor_form(theme=str(theirs.themes.first().pk))
    )
    assert list(errors(theme)) == ["theme"]
    assert (theirs.factors.get(), theirs.strengths.get()) == (factor, strength)


# What everyone sees


def test_the_found_regions_are_the_same_for_everyone(clients: Clients, debrief_in: DebriefIn) -> None:
    debrief = debrief_in("follow_through")
    for region in ("factors", "strengths", "questions", "lessons"):
        html = board.render(debrief, region)
        assert not [word for word in ("csrf", "<input", "<textarea", "<select", "<form") if word in html]
    pages = [clients[who].get(f"/debriefs/{debrief.pk}/") for who in ("bob", "dana")]
    first, second = (page.context["regions"] for page in pages)
    assert first == second


def test_each_factor_shows_the_steps_that_answer_it(
    debrief_in: DebriefIn, django_assert_max_num_queries: Callable[..., object]
) -> None:
    debrief = debrief_in("realign")
    html = board.render(debrief, "factors")
    assert "0 of 1 answered" in html
    assert "Waits for an answer" in html
    seq = debrief.seq
    step = factories.a_step(debrief, title="Print the date on every plan")
    debrief.refresh_from_db()
    drawn = dict(board.events(debrief, changed_since(debrief, seq)))
    assert list(drawn) == ["steps", "factors", "strengths", "unanswered"]
    assert drawn["steps"] == "event: steps\ndata: \n\n"  # only told: the page asks for its own
    for n in range(3):
        factories.a_factor(debrief, title=f"Another {n}")
    debrief.refresh_from_db()
    with django_assert_max_num_queries(3):  # factors with themes, their steps, the steps' owners
        html = board.render(debrief, "factors")
    assert "1 of 4 answered" in html
    assert f"/steps/{step.pk}/" in html
    assert "Print the date on every plan" in html


def test_a_dropped_step_answers_nothing(debrief_in: DebriefIn, alice: User) -> None:
    debrief = debrief_in("realign")
    step = factories.a_step(debrief)
    assert debrief.factors.get().is_answered is True
    step.drop(because="It costs too much.", by=alice, at=AT)
    assert debrief.factors.get().is_answered is False


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "<img src=x onerror=alert(1)>"])
def test_what_people_write_stays_words(clients: Clients, debrief_in: DebriefIn, text: str) -> None:
    debrief = debrief_in("realign")
    factories.a_factor(debrief, title=text, chain=[text], assumption=text, accepted_because=text)
    factories.a_strength(debrief, title=text, why=text)
    Lesson.write(debrief, uuid.uuid4(), text=text)
    page = clients["bob"].get(f"/debriefs/{debrief.pk}/").content.decode()
    assert text not in page
    assert page.count("&lt;script&gt;alert" if "script" in text else "&lt;img src=x") >= 7
