"""Before the room: the list, a new debrief, its set-up, formats, cancelling."""

import uuid

import pytest

from apps.debriefs.models import Debrief, TeamFormat
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(debrief_in) -> Debrief:
    return debrief_in("draft")


def set_up(debrief: Debrief, people, **changes) -> dict:
    """What the set-up form sends when nothing is changed, and what is."""
    data = {
        "title": debrief.title, "happened": "The generator arrived two hours late.", "expected": "", "impact": "",
        "started_at": "", "ended_at": "", "tags": "", "source_url": "", "format_key": "three_rs",
        "anonymity": debrief.anonymity, "people": [person.pk for person in people],
        "facilitator": debrief.facilitator_id, "perspectives_due_at": "", "meeting_at": "", "follow_up_at": "",
        "opening_statement": "", "version": debrief.version,
    }  # fmt: skip
    return data | changes


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_asks_the_same_few_questions_however_long_it_is(clients, debrief_in, rows, django_assert_num_queries):
    for n in range(rows):
        debrief_in("recognize", title=f"Debrief {n}")
    alice = clients["alice"]
    with django_assert_num_queries(6):
        page = alice.get("/debriefs/")
    assert page.content.decode().count('class="row-title"') == rows


def test_the_list_holds_my_rooms_and_no_others(clients, debrief_in, other_team, room):
    mine = debrief_in("prepare", title="Ours")
    debrief_in("draft", title="A draft of ours")
    factories.debrief_in("recognize", team=other_team, title="Not ours")
    titles = {
        person: {d.title for d in clients[person].get("/debriefs/").context["page_obj"].object_list}
        for person in ("alice", "bob", "mia", "adam", "charlie", "eve")
    }
    assert titles == {
        "alice": {mine.title, "A draft of ours"}, "bob": {mine.title}, "mia": set(), "adam": set(),
        "charlie": {"Not ours"}, "eve": set(),
    }  # fmt: skip


def test_a_new_debrief_begins_with_everyone_in_the_room_and_the_formats_prompts(clients, team, room):
    answer = clients["alice"].post(
        "/debriefs/new/",
        {"key": uuid.uuid4(), "team": team.pk, "title": "The stage opened late", "format_key": "after_action"},
    )
    debrief = Debrief.objects.get()
    assert answer["Location"] == f"/debriefs/{debrief.pk}/"
    assert (debrief.phase, debrief.facilitator, debrief.format_name) == ("draft", room[0], "After-action review")
    assert set(debrief.participations.values_list("person_id", flat=True)) == {person.pk for person in room}
    assert {"wrong", "right", "expected"} <= set(debrief.prompts.values_list("side", flat=True))


def test_the_same_new_form_sent_twice_makes_one_debrief(clients, team):
    form = {"key": uuid.uuid4(), "team": team.pk, "title": "The stage opened late", "format_key": "three_rs"}
    first, second = (clients["alice"].post("/debriefs/new/", form) for _n in range(2))
    assert first["Location"] == second["Location"]
    assert Debrief.objects.count() == 1


@pytest.mark.parametrize("title", [" ", "", "\t"])
def test_a_title_of_one_space_is_no_title(clients, team, title):
    answer = clients["alice"].post(
        "/debriefs/new/", {"key": uuid.uuid4(), "team": team.pk, "title": title, "format_key": "incident"}
    )
    html = answer.content.decode()
    assert (answer.status_code, Debrief.objects.count()) == (422, 0)
    assert "Give the debrief a title" in html
    assert 'value="incident" class="" checked' in html or 'value="incident"' in html.split("checked")[0][-120:]


def test_only_a_leader_of_the_team_opens_one_there(clients, team, other_team):
    form = {"key": uuid.uuid4(), "team": other_team.pk, "title": "Elsewhere", "format_key": "three_rs"}
    assert clients["alice"].post("/debriefs/new/", form).status_code == 422
    assert "You lead no team" in clients["bob"].get("/debriefs/new/").content.decode()
    assert Debrief.objects.count() == 0


def test_saving_and_inviting_opens_the_debrief(clients, draft, room):
    answer = clients["alice"].post(f"/debriefs/{draft.pk}/setup/", set_up(draft, room, go_on="1"))
    draft.refresh_from_db()
    assert (answer.status_code, draft.phase) == (302, "prepare")


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"title": " "}, "title", "Give the debrief a title; one short sentence will do."),
        (
            {"started_at": "2026-11-14T17:00", "ended_at": "2026-11-14T16:00"},
            "ended_at",
            "It cannot be over before it began.",
        ),
        (
            {"started_at": "2026-11-14T17:00", "meeting_at": "2026-11-13T10:00"},
            "meeting_at",
            "The meeting comes after the event.",
        ),
        (
            {"perspectives_due_at": "2026-11-20T17:00", "meeting_at": "2026-11-19T10:00"},
            "meeting_at",
            "The meeting comes after the writing.",
        ),
        (
            {"meeting_at": "2026-11-20T17:00", "follow_up_at": "2026-11-19T10:00"},
            "follow_up_at",
            "The follow-up comes after the meeting.",
        ),
        ({"started_at": "yesterday"}, "started_at", "Enter a valid date/time."),
        ({"facilitator": "0"}, "facilitator", "This person is no longer in the team. Choose someone who is."),
        ({"source_url": "javascript:alert(1)"}, "source_url", "Enter a valid URL."),
    ],
)
def test_what_is_odd_is_said_at_its_field_and_everything_typed_is_kept(clients, draft, room, changes, field, sentence):
    words = "I moved the handover forward and asked nobody."
    data = set_up(draft, room, opening_statement=words, **changes)
    answer = clients["alice"].post(f"/debriefs/{draft.pk}/setup/", data)
    assert answer.status_code == 422
    assert answer.context["form"].errors == {field: [sentence]}
    assert words in answer.content.decode()
    draft.refresh_from_db()
    assert draft.opening_statement != words


def test_anonymous_cards_need_four_people(clients, draft, room):
    data = set_up(draft, room[:3], anonymity="anonymous")
    answer = clients["alice"].post(f"/debriefs/{draft.pk}/setup/", data)
    assert answer.context["form"].errors == {
        "anonymity": [
            "Anonymous cards need at least four people who write; among fewer, everybody can guess. There are 3."
        ]
    }


def test_a_facilitator_who_left_the_team_is_said_at_the_field(clients, draft, team, room):
    draft.set_up(facilitator=room[1])
    team.remove(room[1])
    answer = clients["alice"].post(f"/debriefs/{draft.pk}/setup/", set_up(draft, (room[0], *room[2:])))
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["facilitator"]


@pytest.mark.parametrize(("person", "status"), [("alice", 200), ("bob", 404), ("mia", 404), ("charlie", 404)])
def test_who_sees_a_draft(clients, draft, person, status):
    assert clients[person].get(f"/debriefs/{draft.pk}/").status_code == status


def test_what_sounds_alike_is_shown_while_the_title_is_typed(clients, debrief_in, other_team):
    debrief_in("recognize", title="Invoices went out twice in October")
    factories.debrief_in("recognize", team=other_team, title="Invoices went out twice in Oslo")
    html = clients["alice"].get("/debriefs/similar/?title=invoices went out twice").content.decode()
    assert "Invoices went out twice in October" in html
    assert "Oslo" not in html
    assert clients["alice"].get("/debriefs/similar/?title=inv").content.decode().strip() == ""


def test_cancelling_asks_why_and_tells(clients, debrief):
    url = f"/debriefs/{debrief.pk}/cancel/"
    assert clients["alice"].post(url, {"because": " "}).status_code == 422
    assert clients["bob"].post(url, {"because": "no"}).status_code == 403
    assert clients["alice"].post(url, {"because": "It turned out to be a drill."}).status_code == 302
    debrief.refresh_from_db()
    assert (debrief.phase, debrief.cancelled_because) == ("cancelled", "It turned out to be a drill.")
    assert "It turned out to be a drill." in clients["bob"].get(f"/debriefs/{debrief.pk}/").content.decode()


def test_a_teams_own_format_is_a_copy_that_changes_no_debrief_that_has_begun(clients, team, draft):
    clients["alice"].post(f"/debriefs/formats/{team.slug}/copy/", {"copy_of": "three_rs", "name": "Ours"})
    own = TeamFormat.objects.get()
    assert [prompt["side"] for prompt in own.prompts] == ["wrong", "right"]
    draft.use_format(f"team:{own.pk}")
    change = {
        "name": "Ours", "description": "", "side_0": "wrong", "title_0": "What hurt?", "help_0": "", "example_0": "",
        "side_1": "right", "title_1": "What held?", "help_1": "", "example_1": "",
    }  # fmt: skip
    url = f"/debriefs/formats/{team.slug}/{own.pk}/"
    assert clients["alice"].post(url, change).status_code == 302
    own.refresh_from_db()
    assert [prompt["title"] for prompt in own.prompts] == ["What hurt?", "What held?"]
    assert "What hurt?" not in set(draft.prompts.values_list("title", flat=True))
    assert clients["alice"].post(url, change | {"title_1": ""}).status_code == 422
    assert clients["bob"].post(url, change).status_code == 403
    assert clients["charlie"].get(url).status_code == 404
