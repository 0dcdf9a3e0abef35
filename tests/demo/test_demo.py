"""The demo as somebody meets it after `manage.py demo`."""

from collections import Counter
from datetime import UTC, date, datetime
from io import StringIO

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.apps import apps
from django.core.management import call_command
from django.db import transaction
from django.test import Client, override_settings

from apps.accounts.models import User
from apps.actions.models import Step
from apps.debriefs.models import Debrief, Draft, Perspective
from apps.debriefs.phases import Phase
from apps.demo import content
from apps.follow_through.models import Reminder
from apps.teams.models import Membership, Organization, Team

# A Sunday evening: nothing in the demo may need a working day.
NOW = datetime(2026, 11, 22, 18, 30, tzinfo=UTC)
TODAY = date(2026, 11, 22)


def run_demo(at: datetime = NOW) -> str:
    said = StringIO()
    with time_machine.travel(at, tick=True), override_settings(DEBUG=True):
        call_command("demo", stdout=said)
    return said.getvalue()


@pytest.fixture(scope="module")
def seeded(django_db_setup, django_db_blocker):
    """Once for this module, since it takes seconds; each test has its own savepoint on top."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield run_demo()
        transaction.set_rollback(True)


@pytest.fixture
def demo(seeded, db):
    return seeded


def everything() -> dict[str, int]:
    ours = [model for model in apps.get_models() if model.__module__.startswith(("apps.", "allauth."))]
    return {model._meta.label: model._default_manager.count() for model in ours}


def debrief_of(key: str) -> Debrief:
    title = next(one.title for one in content.DEBRIEFS if one.key == key)
    return Debrief.objects.get(title=title)


def test_it_says_a_line_for_each_debrief_and_the_three_logins(demo):
    lines = demo.splitlines()
    assert lines[0] == "Payments              Draft           Test letters reached 212 real customers"
    assert lines[len(content.DEBRIEFS) :] == [
        "",
        "Sign in as",
        "  leader   mira@example.com     password  realign-demo-2026",
        "  member   daniel@example.com   password  realign-demo-2026",
        "  manager  samuel@example.com   password  realign-demo-2026",
    ]


def test_a_second_run_changes_nothing(demo):
    before = everything()
    phases = dict(Debrief.objects.values_list("pk", "phase"))
    again = run_demo(datetime(2026, 11, 25, 9, 0, tzinfo=UTC))
    assert everything() == before
    assert dict(Debrief.objects.values_list("pk", "phase")) == phases
    assert again.count("(was there already)") == len(content.DEBRIEFS)


def test_what_somebody_changed_meanwhile_stays(demo):
    mira = User.objects.get(email="mira@example.com")
    mira.set_password("a-longer-one-of-her-own")
    mira.save()
    team = Team.objects.get(slug="payments")
    team.rename("Payments and gifts")
    team.organization.rename("Linden Foundation")
    team.remove(User.objects.get(email="priya@example.com"))
    renamed = debrief_of("rain-plan")
    renamed.set_up(title="Rain")
    before = everything()
    run_demo()
    assert everything() == before
    renamed.refresh_from_db()
    mira.refresh_from_db()
    assert (renamed.title, mira.check_password("a-longer-one-of-her-own")) == ("Rain", True)
    assert Organization.objects.get().name == "Linden Foundation"


def test_a_run_that_was_cut_short_is_completed(demo):
    gone = debrief_of("test-letters")
    before = everything()
    gone.prompts.all().delete()
    gone.delete()
    assert run_demo().count("(was there already)") == len(content.DEBRIEFS) - 1
    assert everything() == before


def test_every_phase_is_there_and_each_debrief_reached_its_own(demo):
    assert dict(Debrief.objects.values_list("title", "phase")) == {one.title: one.phase for one in content.DEBRIEFS}
    assert set(Debrief.objects.values_list("phase", flat=True)) == set(Phase.values)


def test_both_sides_of_every_revealed_board_are_filled(demo):
    for one in content.DEBRIEFS:
        board = debrief_of(one.key).perspectives
        sides = Counter(board.values_list("prompt__side", flat=True))
        if "recognize" in one.began:
            assert min(sides["wrong"], sides["right"]) >= 4, one.key
            assert board.count() == len(one.cards) + len(one.late_cards)
            assert board.filter(theme=None).count() == sum(not card.theme for card in (*one.cards, *one.late_cards))
        else:
            assert not sides
            assert Draft.objects.filter(debrief__title=one.title, is_kept=True).count() == len(one.cards)


def test_no_card_without_a_name_leads_to_anybody(demo):
    for kind in (Perspective, Draft):
        unsigned = kind.objects.filter(is_anonymous=True)
        assert unsigned.exists()
        assert not unsigned.exclude(author=None, written_at=None).exists()
    assert not Perspective.objects.filter(debrief__anonymity="anonymous", is_anonymous=False).exists()
    assert not Perspective.objects.filter(debrief__anonymity="named", is_anonymous=True).exists()


def test_steps_wait_for_the_leader_and_the_member(demo):
    for email in ("mira@example.com", "daniel@example.com"):
        steps = Step.objects.unfinished().filter(owner__email=email)
        assert {(step.due_on - TODAY).days for step in steps} >= {-1, 0, 7}
    daniel = User.objects.get(email="daniel@example.com")
    assert [step.title[:19] for step in Step.objects.wanting_check_of(daniel, TODAY)] == ["Let the refund run "]
    assert set(Step.objects.values_list("state", flat=True)) == {"open", "in_progress", "done", "checked", "dropped"}
    assert set(Step.objects.exclude(outcome="").values_list("outcome", flat=True)) == {
        "worked",
        "partly",
        "did_not_work",
    }
    assert Step.objects.exclude(blocked_because="").count() == Step.objects.filter(needs_help=True).count() == 1


def test_nothing_has_happened_in_the_future_and_all_in_order(demo):
    for debrief in Debrief.objects.all():
        moves = [(move.to_phase, move.at) for move in debrief.moves.all()]
        days = [debrief.created_at, *(at for _to, at in moves)]
        assert days == sorted(days)
        assert days[-1] <= NOW.replace(minute=40)
        assert debrief.ended_at <= debrief.created_at
        assert not debrief.perspectives.filter(written_at__gt=NOW.replace(minute=40)).exists()
    for step in Step.objects.all():
        assert all(line.at <= NOW.replace(minute=40) for line in step.history.all())
        assert step.agreed_at <= step.history.latest("at").at


def test_the_three_can_sign_in(demo):
    for _role, email, password in content.LOGINS:
        client = Client()
        answer = client.post("/accounts/login/", {"login": email, "password": password})
        assert (answer.status_code, answer.url) == (302, "/")
    assert not EmailAddress.objects.filter(verified=False).exists()
    assert EmailAddress.objects.filter(primary=True).count() == User.objects.count() == len(content.PEOPLE)


def test_people_have_the_roles_of_the_content(demo):
    keys = {one.email: one.key for one in content.PEOPLE}
    held = Membership.objects.values_list("team__name", "person__email", "role")
    assert {(team, keys[email], role) for team, email, role in held} == {
        (team.name, person, role) for team in content.TEAMS for person, role in team.roles.items()
    }
    assert [admin.email for admin in Organization.objects.get().admins.all()] == ["eleanor@example.com"]


def test_it_sends_no_letter_by_itself(demo, mailoutbox):
    assert mailoutbox == []
    assert not Reminder.objects.exists()
