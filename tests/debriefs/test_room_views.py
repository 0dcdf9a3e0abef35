"""The room through its doors: what each phase shows, and to whom."""

import re
import uuid

import pytest
from django.utils import timezone

from apps.debriefs.models import Draft, Perspective, Theme, TimelineEntry
from apps.debriefs.phases import WAY
from tests import factories

pytestmark = pytest.mark.django_db

HX = {"HX-Request": "true"}


def main_of(response) -> str:
    """The page's <main> without what differs between any two requests of one person: the form token and form keys."""
    html = response.content.decode()
    main = html[html.index("<main") : html.index("</main>")]
    main = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", main)
    return re.sub(r'name="key" value="[0-9a-f-]{36}"', "", main)


@pytest.mark.parametrize("phase", WAY)
def test_every_phase_has_its_page(clients, debrief_in, phase):
    debrief = debrief_in(phase)
    page = clients["alice"].get(f"/debriefs/{debrief.pk}/")
    assert page.status_code == 200
    assert debrief.title in page.content.decode()
    assert clients["alice"].get(f"/debriefs/{debrief.pk}/bar/").status_code == 200
    assert clients["bob"].get(f"/debriefs/{debrief.pk}/tray/").status_code == (404 if phase == "draft" else 200)


@pytest.mark.parametrize("phase", ["recognize", "rationalize", "realign", "follow_through", "learned"])
def test_the_room_is_the_same_bytes_for_whoever_wrote_and_whoever_did_not(clients, debrief_in, bob, phase):
    debrief = debrief_in(phase, anonymity="choice", cards=[(bob, "wrong", "Bob saw it"), (bob, "right", "and this")])
    url = f"/debriefs/{debrief.pk}/"
    assert main_of(clients["bob"].get(url)) == main_of(clients["alice"].get(url)) == main_of(clients["farah"].get(url))


def test_before_the_reveal_nobody_gets_anyone_elses_words(clients, debrief):
    mine = {"bob": "bob", "dana": "dana", "eli": "eli", "farah": "farah"}
    for name in mine:
        by = clients.people[name]
        factories.write(debrief, by, f"canary-of-{name}")
    for reader in ("alice", "bob", "dana"):
        for path in ("", "tray/", "bar/", "live/"):
            html = clients[reader].get(f"/debriefs/{debrief.pk}/{path}").content.decode()
            seen = {name for name in mine if f"canary-of-{name}" in html}
            assert seen <= {reader}


# Writing


def write(client, debrief, text, *, side="wrong", key=None, htmx=None, **more):
    data = {"key": key or uuid.uuid4(), "new_key": uuid.uuid4(), "prompt": factories.prompt_of(debrief, side).pk}
    headers = HX | {"HX-Target": htmx} if htmx else {}
    return client.post(f"/debriefs/{debrief.pk}/write/", {**data, "text": text, **more}, headers=headers)


def test_an_anonymous_card_leaves_a_secret_in_the_browser_and_no_person_in_the_database(clients, debrief_in):
    debrief = debrief_in("prepare", anonymity="anonymous", cards=[])
    key = uuid.uuid4()
    answer = write(clients["bob"], debrief, "I was not sure it was mine to say stop", key=key)
    cookie = answer.cookies[f"card-{key}"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", f"/debriefs/{debrief.pk}/")
    draft = Draft.objects.get(pk=key)
    assert (draft.author, draft.written_at, draft.is_kept) == (None, None, True)
    assert cookie.value not in draft.secret_hash
    # This browser may change it; another one of the same room may not.
    write(clients["bob"], debrief, "I was not sure", key=key)
    assert Draft.objects.get(pk=key).text == "I was not sure"
    assert write(clients["dana"], debrief, "not hers", key=key).status_code == 409
    assert Draft.objects.get(pk=key).text == "I was not sure"
    assert "I was not sure" not in clients["dana"].get(f"/debriefs/{debrief.pk}/").content.decode()


def test_what_is_autosaved_is_not_revealed_until_it_is_put_with_my_cards(clients, debrief_in):
    debrief = debrief_in("prepare", cards=[])
    key = uuid.uuid4()
    saved = write(clients["bob"], debrief, "half a sent", key=key, htmx="saved-1", autosave="1")
    assert "Draft saved" in saved.content.decode()
    assert Draft.objects.get(pk=key).is_kept is False
    # The draft comes back in the composer, after a reload too.
    assert "half a sent" in clients["bob"].get(f"/debriefs/{debrief.pk}/").content.decode()
    debrief.reveal(by=debrief.facilitator, at=timezone.now())
    assert not Perspective.objects.filter(debrief=debrief).exists()
    assert Draft.objects.get(pk=key).text == "half a sent"


def test_a_card_that_is_too_long_is_kept_and_says_so(clients, debrief):
    words = "x" * 10_000
    answer = write(clients["bob"], debrief, words, htmx=f"composer-{factories.prompt_of(debrief, 'wrong').pk}")
    html = answer.content.decode()
    assert answer.status_code == 422
    assert "A card holds 2000 characters; this one has 10000. All of it is still here." in html
    assert words in html


@pytest.mark.parametrize("text", ["", "   ", "\n"])
def test_an_empty_card_is_not_sent(clients, debrief, text):
    before = Draft.objects.count()
    answer = write(clients["bob"], debrief, text)
    assert (answer.status_code, Draft.objects.count()) == (422, before)
    assert "Write a few words first." in answer.content.decode()


def test_a_card_in_the_wrong_phase_gets_a_sentence_and_loses_nothing(clients, debrief_in):
    debrief = debrief_in("realign")
    before = Perspective.objects.count()
    answer = write(clients["bob"], debrief, "too late but worth keeping")
    html = answer.content.decode()
    assert (answer.status_code, Perspective.objects.count(), Draft.objects.count()) == (409, before, 0)
    assert "too late but worth keeping" in html
    assert "no new card can be put on the board" in html


def test_the_same_card_sent_twice_is_one_card(clients, debrief_in):
    debrief = debrief_in("recognize", cards=[])
    key = uuid.uuid4()
    for _n in range(2):
        assert write(clients["bob"], debrief, "once", key=key).status_code == 302
    assert list(Perspective.objects.values_list("text", flat=True)) == ["once"]


def test_later_anonymous_cards_come_in_threes(clients, debrief_in):
    debrief = debrief_in("recognize", anonymity="anonymous", cards=[])
    for name in ("bob", "dana"):
        write(clients[name], debrief, f"late {name}")
    assert not Perspective.objects.filter(debrief=debrief).exists()
    write(clients["eli"], debrief, "late eli")
    cards = Perspective.objects.filter(debrief=debrief)
    assert {card.text for card in cards} == {"late bob", "late dana", "late eli"}
    assert {card.author for card in cards} == {None}
    # The spent secret leaves the browser with the next look at the tray.
    answer = clients["bob"].get(f"/debriefs/{debrief.pk}/tray/")
    assert [cookie["max-age"] for name, cookie in answer.cookies.items() if name.startswith("card-")] == [0]


def test_removing_a_card_removes_mine_and_nobody_elses(clients, debrief, dana):
    theirs = factories.write(debrief, dana, "dana's")
    clients["bob"].post(f"/debriefs/{debrief.pk}/write/forget/", {"key": theirs.key})
    assert Draft.objects.filter(pk=theirs.key).exists()
    clients["dana"].post(f"/debriefs/{debrief.pk}/write/forget/", {"key": theirs.key})
    assert not Draft.objects.filter(pk=theirs.key).exists()


def test_a_worry_reaches_the_facilitator_alone(clients, debrief):
    clients["bob"].post(f"/debriefs/{debrief.pk}/worry/", {"text": "that it turns into a trial"})
    assert "that it turns into a trial" in clients["alice"].get(f"/debriefs/{debrief.pk}/worries/").content.decode()
    assert clients["dana"].get(f"/debriefs/{debrief.pk}/worries/").status_code == 403
    assert clients["mia"].get(f"/debriefs/{debrief.pk}/worries/").status_code == 404


# Phases


def test_the_reveal_asks_first_and_happens_once(clients, debrief_in):
    debrief = debrief_in("prepare")
    url = f"/debriefs/{debrief.pk}/move/"
    assert "What is shown cannot be hidden again" in clients["alice"].get(url).content.decode()
    debrief.refresh_from_db()
    assert debrief.phase == "prepare"
    assert clients["alice"].post(url, {"to": "recognize", "seen": "prepare"}).status_code == 302
    late = clients["alice"].post(url, {"to": "recognize", "seen": "prepare"})
    assert late.status_code == 409
    assert "has just moved the debrief to “Recognize”" in late.content.decode()


@pytest.mark.parametrize(
    ("person", "status", "phase"),
    [("alice", 302, "recognize"), ("bob", 403, "prepare"), ("mia", 404, "prepare"), ("charlie", 404, "prepare")],
)
def test_who_reveals(clients, debrief_in, person, status, phase):
    debrief = debrief_in("prepare")
    answer = clients[person].post(f"/debriefs/{debrief.pk}/move/", {"to": "recognize", "seen": "prepare"})
    debrief.refresh_from_db()
    assert (answer.status_code, debrief.phase) == (status, phase)


def test_anonymous_cards_wait_for_three_who_are_ready(clients, debrief_in):
    debrief = debrief_in("prepare", anonymity="anonymous", cards=[])
    for name in ("bob", "dana"):
        clients[name].post(f"/debriefs/{debrief.pk}/ready/")
    answer = clients["alice"].post(f"/debriefs/{debrief.pk}/move/", {"to": "recognize", "seen": "prepare"})
    debrief.refresh_from_db()
    assert (answer.status_code, debrief.phase) == (403, "prepare")
    assert "once three people have said they are ready" in answer.content.decode()


def test_the_page_knows_its_stream_and_where_it_stands(clients, debrief_in):
    debrief = debrief_in("recognize")
    html = clients["bob"].get(f"/debriefs/{debrief.pk}/").content.decode()
    assert f'data-live="/debriefs/{debrief.pk}/live/" data-seen="{debrief.seq}" data-phase="recognize"' in html
    back = clients["bob"].get(f"/debriefs/{debrief_in('rationalize').pk}/?phase=recognize").content.decode()
    assert "data-live" not in back


# The meeting


def test_a_theme_for_htmx_is_a_fresh_form_and_the_region(clients, debrief_in):
    debrief = debrief_in("recognize")
    answer = clients["bob"].post(
        f"/debriefs/{debrief.pk}/themes/add/",
        {"key": uuid.uuid4(), "name": "Radio"},
        headers=HX | {"HX-Target": "theme-form"},
    )
    html = answer.content.decode()
    assert html.count("<form") == 1
    assert 'id="themes" hx-swap-oob="true"' in html
    assert Theme.objects.get(debrief=debrief, name="Radio").dots is None


def test_a_card_moves_to_a_theme_a_new_one_and_out(clients, debrief_in, bob):
    debrief = debrief_in("recognize", cards=[(bob, "wrong", "one")])
    card = Perspective.objects.get(debrief=debrief)
    theme = Theme.create(debrief, uuid.uuid4(), name="Plans")
    url = f"/debriefs/{debrief.pk}/cards/{card.position}/move/"
    for data, name in [({"theme": theme.pk}, "Plans"), ({"new": "Radio"}, "Radio"), ({"theme": ""}, None)]:
        assert clients["dana"].post(url, data).status_code == 302
        card.refresh_from_db()
        assert (card.theme.name if card.theme else None) == name


def test_a_theme_of_another_debrief_is_no_place_for_a_card(clients, debrief_in, bob):
    debrief = debrief_in("recognize", cards=[(bob, "wrong", "one")])
    foreign = Theme.create(debrief_in("recognize"), uuid.uuid4(), name="Elsewhere")
    card = Perspective.objects.get(debrief=debrief)
    answer = clients["bob"].post(f"/debriefs/{debrief.pk}/cards/{card.position}/move/", {"theme": foreign.pk})
    card.refresh_from_db()
    assert (answer.status_code, card.theme) == (404, None)


def test_themes_merge_and_go_without_losing_a_card(clients, debrief_in, bob, dana):
    debrief = debrief_in("recognize", cards=[(bob, "wrong", "one"), (dana, "right", "two")])
    one, two = (Theme.create(debrief, uuid.uuid4(), name=name) for name in ("One", "Two"))
    for card in Perspective.objects.filter(debrief=debrief):
        card.move_to(one)
    clients["bob"].post(f"/debriefs/{debrief.pk}/themes/{one.pk}/merge/", {"into": two.pk})
    assert two.perspectives.count() == 2
    clients["bob"].post(f"/debriefs/{debrief.pk}/themes/{two.pk}/remove/")
    assert Perspective.objects.filter(debrief=debrief, theme=None).count() == 2


def test_accounts_that_differ_stand_side_by_side(clients, debrief_in):
    debrief = debrief_in("recognize")
    url = f"/debriefs/{debrief.pk}/timeline/add/"
    first = uuid.uuid4()
    said = {"key": first, "happened_at": "2026-11-14T14:30", "text": "The meter showed 400 V", "source": "Oskar"}
    clients["bob"].post(url, said)
    other = said | {"key": uuid.uuid4(), "text": "We heard all good", "source": "Radio", "beside": first}
    clients["dana"].post(url, other)
    clients["dana"].post(url, other)
    assert [entry.text for entry in TimelineEntry.objects.get(pk=first).other_accounts.all()] == ["We heard all good"]
    html = clients["eli"].get(f"/debriefs/{debrief.pk}/").content.decode()
    accounts = html[html.index('class="accounts"') :]
    assert accounts.index("The meter showed 400 V") < accounts.index("We heard all good") < accounts.index("</ul>")


def test_a_timeline_entry_without_a_time_says_so_and_keeps_the_words(clients, debrief_in):
    debrief = debrief_in("recognize")
    answer = clients["bob"].post(
        f"/debriefs/{debrief.pk}/timeline/add/",
        {"key": uuid.uuid4(), "happened_at": "", "text": "The generator arrived"},
        headers=HX | {"HX-Target": "entry-form"},
    )
    html = answer.content.decode()
    assert answer.status_code == 422
    assert "Say when, as well as you know." in html
    assert "The generator arrived" in html
