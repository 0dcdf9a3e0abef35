"""Walks the app's own verbs over the demo's content, with the clock of each verb set to the day the content names."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import Q
from django.utils.text import slugify

from apps.accounts.models import User
from apps.actions.models import Step
from apps.debriefs.formats import FORMATS
from apps.debriefs.models import (
    CheckIn,
    Debrief,
    Factor,
    Lesson,
    OpenQuestion,
    ParkedIdea,
    Strength,
    Theme,
    Worry,
)
from apps.debriefs.models.perspectives import WhoWrites, put_on_board, save_draft
from apps.debriefs.models.themes import cast_vote
from apps.debriefs.models.timeline import write_entry
from apps.debriefs.phases import Phase
from apps.demo import content, shapes
from apps.teams.models import Organization, Role, Team

# Debriefs of the demo are known by the form that made them, so a new title does not make them strangers.
NAMESPACE = uuid.UUID("5c1f0d3e-7f0c-4d7b-9c56-2d8f0a6b1e42")
JOINED = timedelta(days=200)

People = dict[str, User]


def form_key(key: str) -> uuid.UUID:
    return uuid.uuid5(NAMESPACE, key)


def seed_people_and_teams(now: datetime) -> tuple[People, dict[str, Team]]:
    """Who and what is there already stays as it is, with the memberships as they are now."""
    with transaction.atomic():
        people = _people()
        admins = [people[key] for key in content.ADMINS]
        organization = Organization.objects.filter(admins__in=admins).first()
        if organization is None:
            organization = Organization.objects.create(name=content.ORGANIZATION)
            for admin in admins:
                organization.add_admin(admin)
        return people, {team.key: _team(organization, team, people, now - JOINED) for team in content.TEAMS}


def _people() -> People:
    known = {user.email: user for user in User.objects.filter(email__in=[one.email for one in content.PEOPLE])}
    hashed = ""
    for one in content.PEOPLE:
        if one.email in known:
            continue
        hashed = hashed or make_password(content.PASSWORD)  # once: it is slow by design, and all have the same
        user = User.objects.create_user(one.email, display_name=one.name, time_zone=one.time_zone)
        user.password = hashed
        user.save(update_fields=["password"])
        EmailAddress.objects.create(user=user, email=one.email, verified=True, primary=True)
        known[one.email] = user
    return {one.key: known[one.email] for one in content.PEOPLE}


def _team(organization: Organization, team: shapes.Team, people: People, at: datetime) -> Team:
    known = organization.teams.filter(Q(slug=slugify(team.name)) | Q(name__iexact=team.name)).first()
    if known:
        return known
    leader = next(people[key] for key, role in team.roles.items() if role == Role.LEADER)
    made = organization.create_team(name=team.name, by=leader, at=at)
    for key, role in team.roles.items():
        if people[key] != leader:
            (invitation,) = made.invite([people[key].email], role=Role(role), by=leader, at=at)
            invitation.accept(by=people[key], at=at)
    return made


def seed_debrief(one: shapes.Debrief, *, team: Team, people: People, now: datetime) -> tuple[Debrief, bool]:
    """The debrief, and whether it is new; one that exists is left alone, whatever became of it."""
    known = Debrief.objects.filter(form_key=form_key(one.key)).first()
    if known:
        return known, False
    with transaction.atomic():
        return _Walk(one, team, people, now).walk(), True


@dataclass
class _Clock:
    """Goes forward only, and never past now: nothing in the demo has happened in the future."""

    now: datetime
    zone: ZoneInfo
    at: datetime

    def day(self, offset: int) -> date:
        return self.now.astimezone(self.zone).date() + timedelta(days=offset)

    def moment(self, instant: shapes.Instant | None) -> datetime | None:
        if instant is None:
            return None
        day, wall_clock = instant
        return datetime.combine(self.day(day), time.fromisoformat(wall_clock), self.zone).astimezone(UTC)

    def until(self, day: int, wall_clock: str) -> datetime:
        moment = self.moment((day, wall_clock))
        self.at = min(max(self.at, moment), self.now) if moment else self.at
        return self.at

    def later(self, minutes: int) -> datetime:
        self.at = min(self.at + timedelta(minutes=minutes), self.now)
        return self.at


class _Walk:
    """One debrief from its draft to its last phase; what the room finds is written in the phase where it belongs."""

    def __init__(self, one: shapes.Debrief, team: Team, people: People, now: datetime) -> None:
        self.one = one
        self.team = team
        self.people = people
        self.leader = people[one.created_by]
        self.facilitator = people[one.facilitator]
        self.clock = _Clock(now, ZoneInfo(self.leader.time_zone), at=now - JOINED)
        self.themes: dict[str, Theme] = {}
        self.found: dict[str, dict[str, Any]] = {}
        self.steps: dict[str, Step] = {}

    def walk(self) -> Debrief:
        self.start()
        for phase, day in self.one.began.items():
            getattr(self, f"to_{phase}")(day)
        if self.one.phase in (Phase.REALIGN, Phase.FOLLOW_THROUGH):
            self.live_with_it()
        self.debrief.refresh_from_db()
        return self.debrief

    def start(self) -> None:
        one, clock = self.one, self.clock
        clock.until(one.ended[0], one.ended[1])
        clock.later(60)
        self.debrief = Debrief.start(
            team=self.team, by=self.leader, at=clock.until(one.opened, "09:10"), form_key=form_key(one.key),
            format_key=one.format, title=one.title, expected=one.expected, happened=one.happened, impact=one.impact,
            started_at=clock.moment(one.started), ended_at=clock.moment(one.ended), tags=list(one.tags),
            anonymity=one.anonymity, facilitator=self.facilitator, opening_statement=one.opening,
            opened_by=self.people.get(one.opening_by), perspectives_due_at=clock.moment(one.perspectives_due),
            meeting_at=clock.moment(one.meeting), follow_up_at=clock.moment(one.follow_up),
        )  # fmt: skip
        keys = [prompt.key for prompt in FORMATS[one.format].prompts]
        self.prompts = dict(zip(keys, self.debrief.prompts.order_by("position"), strict=True))
        self.entries = [self.write_entry(entry) for entry in one.timeline]

    def write_entry(self, entry: shapes.Entry) -> tuple[shapes.Entry, str]:
        key = uuid.uuid4()
        write_entry(
            self.debrief, key=key, happened_at=self.clock.moment(entry.when), text=entry.text, source=entry.source,
            is_event=entry.is_event,
        )  # fmt: skip
        return entry, str(key)

    def to_prepare(self, day: int) -> None:
        one, clock = self.one, self.clock
        clock.until(day, "10:00")
        self.debrief.move(Phase.PREPARE, by=self.leader, at=clock.later(20))
        for person, weight, stage in one.check_ins:
            CheckIn.objects.create(debrief=self.debrief, person=self.people[person], weight=weight, stage=stage)
        for person, text in one.worries:
            Worry.objects.create(debrief=self.debrief, person=self.people[person], text=text)
        for card in one.cards:
            # Without a name nothing of the writer is kept, so anybody may stand in for the one who wrote it.
            save_draft(
                self.debrief, uuid.uuid4(), prompt=self.prompts[card.prompt], text=card.text, keep=True,
                is_anonymous=not card.by, writer=WhoWrites(self.people.get(card.by, self.leader), {}),
                at=clock.later(9),
            )  # fmt: skip
        for person in one.ready:
            self.debrief.say_ready(self.people[person], at=clock.later(4))

    def to_cancelled(self, day: int) -> None:
        at = self.clock.until(day, "11:00")
        self.debrief.cancel(because=self.one.cancelled_because, by=self.leader, at=at)

    def to_recognize(self, day: int) -> None:
        one, clock = self.one, self.clock
        clock.until(*(one.meeting or (day, "14:00")))
        self.debrief.reveal(by=self.facilitator, at=clock.later(5))
        self.themes = {name: Theme.create(self.debrief, uuid.uuid4(), name=name) for name in one.themes}
        for card in one.late_cards:
            put_on_board(
                self.debrief, uuid.uuid4(), prompt=self.prompts[card.prompt], text=card.text,
                writer=WhoWrites(self.people[card.by], {}), at=clock.later(2),
            )  # fmt: skip
        theme_of = {card.text: self.themes[card.theme] for card in (*one.cards, *one.late_cards) if card.theme}
        for perspective in self.debrief.perspectives.select_related("debrief"):
            if perspective.text in theme_of:
                perspective.move_to(theme_of[perspective.text])
        for entry, key in self.entries:
            for text, source in entry.beside:
                write_entry(
                    self.debrief, key=uuid.uuid4(), beside=key, happened_at=self.clock.moment(entry.when), text=text,
                    source=source,
                )  # fmt: skip
        for _person, idea in one.parked:
            ParkedIdea.write(self.debrief, uuid.uuid4(), text=idea)

    def to_rationalize(self, day: int) -> None:
        self.clock.until(day, "10:00")
        self.debrief.move(Phase.RATIONALIZE, by=self.facilitator, at=self.clock.later(15))
        self.vote()
        for one in self.one.factors:
            factor = Factor.write(
                self.debrief, uuid.uuid4(), title=one.title, kind=one.kind, chain=list(one.chain),
                theme=self.themes[one.theme], assumption=one.assumption, is_calculated_risk=one.calculated_risk,
                is_sound_step=one.sound_step,
            )  # fmt: skip
            self.found[one.key] = {"factor": factor}
        for good in self.one.strengths:
            strength = Strength.write(
                self.debrief, uuid.uuid4(), title=good.title, why=good.why, theme=self.themes[good.theme],
                reliability=good.reliability,
            )  # fmt: skip
            self.found[good.key] = {"strength": strength}

    def vote(self) -> None:
        if self.one.voting:
            self.debrief.open_voting(at=self.clock.later(2))
            for person, dots in self.one.votes.items():
                for name in dots:
                    cast_vote(self.themes[name], by=self.people[person])
        if self.one.voting == "closed":
            self.debrief.close_voting(at=self.clock.later(4))
        self.questions = [self.ask(question) for question in self.one.questions]

    def ask(self, question: shapes.Question) -> tuple[shapes.Question, OpenQuestion]:
        asked = OpenQuestion.write(
            self.debrief, uuid.uuid4(), text=question.text, owner=self.people[question.owner],
            due_on=self.clock.day(question.due),
        )  # fmt: skip
        return question, asked

    def to_realign(self, day: int) -> None:
        self.clock.until(day, "10:00")
        self.debrief.move(Phase.REALIGN, by=self.facilitator, at=self.clock.later(20))
        if self.one.soak_until is not None:
            self.debrief.set_up(soak_until=self.clock.day(self.one.soak_until))
        for good in self.one.strengths:
            if good.answer:
                self.found[good.key]["strength"].give_answer(good.answer)
        for one in self.one.factors:
            if one.accepted_because:
                self.found[one.key]["factor"].accept(one.accepted_because)
        for step in self.one.steps:
            if step.agreed is None:
                self.agree(step)

    def agree(self, step: shapes.Step) -> None:
        self.steps[step.title] = Step.agree(
            self.debrief, uuid.uuid4(), by=self.leader, at=self.clock.later(5), title=step.title, kind=step.kind,
            owner=self.people[step.owner], second=self.people[step.second], due_on=self.clock.day(step.due),
            success_signal=step.signal, look_again_on=self.clock.day(step.look_again), **self.found[step.answers],
        )  # fmt: skip

    def to_follow_through(self, day: int) -> None:
        self.clock.until(day, "11:00")
        self.debrief.move(Phase.FOLLOW_THROUGH, by=self.leader, at=self.clock.later(10))

    def to_learned(self, day: int) -> None:
        self.live_with_it()
        for lesson in self.one.lessons:
            Lesson.write(self.debrief, uuid.uuid4(), text=lesson)
        at = self.clock.until(day, "15:00")
        self.debrief.publish(by=self.leader, at=at, closing_statement=self.one.closing, audience=self.one.audience)

    def live_with_it(self) -> None:
        """What happened after the meeting, day by day: steps that came later, changes, verdicts, answers."""
        days: list[tuple[int, Callable[[], None]]] = [
            (question.answered, partial(self.answer, question, asked))
            for question, asked in self.questions
            if question.answered is not None
        ]
        for step in self.one.steps:
            if step.agreed is not None:
                days.append((step.agreed, partial(self.agree, step)))
            days += [(change.day, partial(self.change, step, change)) for change in step.changes]
        for day, happens in sorted(days, key=lambda one: one[0]):
            self.clock.until(day, "09:40")
            self.clock.later(25)
            happens()

    def answer(self, question: shapes.Question, asked: OpenQuestion) -> None:
        asked.give_answer(question.answer, by=self.people[question.owner], at=self.clock.at)

    def change(self, step: shapes.Step, change: shapes.Change) -> None:
        promise = self.steps[step.title]
        who_and_when: dict[str, Any] = {"by": self.people[change.by], "at": self.clock.at}
        match change.verb:
            case "block" | "drop":
                getattr(promise, change.verb)(because=change.note, **who_and_when)
            case "check":
                promise.check_it(verdict=change.verdict, note=change.note, **who_and_when)
            case verb:
                getattr(promise, verb)(**who_and_when)
