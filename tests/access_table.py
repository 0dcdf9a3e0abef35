"""The table itself: one line a route. `tests/test_access.py` walks it.

A line says who gets which answer, for GET and for POST; `None` means that the method is refused with 405. What the
row needs beyond the usual ids, and a form that would be taken, stands in `with_ids` and `form`.
"""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db.models import F
from django.test import Client

from apps.accounts.models import User
from apps.debriefs.models import Debrief, GuestLink, Lesson, OpenQuestion, ParkedIdea, TeamFormat, Theme
from apps.debriefs.models.perspectives import WRITING
from apps.debriefs.models.undo import way_back
from apps.debriefs.phases import Phase
from apps.follow_through.emails import token_for
from apps.follow_through.models import Kind, Reminder
from apps.teams.models import Membership, Role, Team
from tests import factories
from tests.factories import AT, DUE_ON, a_person, join

# Under these prefixes stands what is not ours, and why it needs no line here.
NOT_OURS = {
    "accounts/signup": "allauth: tested by its own project, and by the sign-up tests",
    "accounts/log": "allauth: sign in, sign out",
    "accounts/password": "allauth: passwords",
    "accounts/email": "allauth: addresses",
    "accounts/confirm-email": "allauth: confirmation",
    "accounts/inactive": "allauth: an account that was closed",
    "accounts/reauthenticate": "allauth: asks for the password again",
    "accounts/3rdparty": "allauth: not used",
    "accounts/^": "allauth: links and keys of letters",
    "admin/": "Django's admin: staff only, tested below by one line in tests/accounts",
    "static/": "files that are the same for everyone",
    "dev/": "only while DEBUG is on, never in a test or in production",
}

# nobody is a visitor, gus a member of another team of the organization, olga runs the server (a superuser).
EVERYONE = ("nobody", "charlie", "gus", "eve", "bob", "dana", "alice", "mia", "adam", "olga")
Answers = dict[str, int]


def only(allowed: dict[str, int], *, refused: tuple[str, ...] = (), else_: int = 404, nobody: int = 302) -> Answers:
    return dict.fromkeys(EVERYONE, else_) | {"nobody": nobody} | dict.fromkeys(refused, 403) | allowed


def all_of(*people: str, ok: int) -> dict[str, int]:
    return dict.fromkeys(people, ok)


def room(ok: int = 200) -> Answers:
    """Who takes part in the debrief."""
    return only(all_of("alice", "bob", "dana", ok=ok))


def runs(ok: int = 200) -> Answers:
    """Who runs it; the others in the room read why not."""
    return only({"alice": ok}, refused=("bob", "dana"))


def signed_in(ok: int = 200) -> Answers:
    return dict.fromkeys(EVERYONE, ok) | {"nobody": 302}


def public(ok: int = 200) -> Answers:
    return dict.fromkeys(EVERYONE, ok)


def belongs(ok: int = 200) -> Answers:
    """Any role in the team, and who administers its organization."""
    return only(all_of("alice", "bob", "dana", "mia", "adam", ok=ok))


def leads(ok: int = 302) -> Answers:
    return only({"alice": ok}, refused=("bob", "dana", "mia", "adam"))


def looks_after(ok: int = 302) -> Answers:
    return only(all_of("alice", "adam", ok=ok), refused=("bob", "dana", "mia"))


def sees_step(ok: int = 200) -> Answers:
    return only(all_of("alice", "bob", "dana", "mia", ok=ok))


def works_on(ok: int = 302) -> Answers:
    """The step's owner (bob) and who runs its debrief."""
    return only(all_of("bob", "alice", ok=ok), refused=("dana", "mia"))


@dataclass
class World:
    """Payments with a debrief in one phase, and Charlie's team with one like it."""

    phase: str
    people: dict[str, User]
    clients: dict[str, Client]
    ids: dict[str, Any]
    foreign_ids: dict[str, Any]

    @classmethod
    def build(cls, phase: str, people: dict[str, User]) -> "World":
        payments = Team.objects.get(name="Payments")
        kitchen = Team.objects.get(name="Kitchen")
        people["olga"] = a_person("Olga", is_staff=True, is_superuser=True)
        people["gus"] = a_person("Gus")
        payments.organization.create_team(name="Search", by=people["gus"], at=AT)
        join(kitchen, a_person("Zoe"))
        clients = {name: Client() for name in EVERYONE}
        for name in EVERYONE[1:]:
            clients[name].force_login(people[name])
        return cls(phase, people, clients, ids_of(payments, phase), ids_of(kitchen, phase))

    def rows(self) -> Iterator[tuple[str, "Row"]]:
        return ((name, row) for name, row in TABLE.items() if row.phase == self.phase)

    def foreign(self) -> "World":
        return World(self.phase, self.people, self.clients, self.foreign_ids, self.ids)

    def nowhere(self) -> "World":
        """Ids that nobody has."""
        ids = {
            name: f"no-{one}" if isinstance(one, str) else one.__class__(int=1) if isinstance(one, uuid.UUID) else 10**9
            for name, one in self.ids.items()
        }
        return World(self.phase, self.people, self.clients, ids, self.foreign_ids)


def ids_of(team: Team, phase: str) -> dict[str, Any]:
    """One id of everything that is there in this phase."""
    leader = team.memberships.get(role=Role.LEADER).person
    debrief = factories.debrief_in(Phase(phase), team=team, voting="open" if phase == "rationalize" else "")
    if phase == Phase.RECOGNIZE:
        for name in ("Certificates", "How fast we spoke"):
            Theme.create(debrief, uuid.uuid4(), name=name)
    ids = {
        **undo_in(debrief, leader),
        "slug": team.slug,
        "organization": team.organization_id,
        "membership": Membership.objects.filter(team=team, role=Role.MEMBER).earliest("pk").pk,
        "admin": team.organization.admins.get().pk,
        "debrief_id": debrief.pk,
        "prompt": debrief.prompts.first().pk,
        "participation": debrief.participations.earliest("pk").pk,
        "letter_token": token_for(leader, [Reminder(kind=Kind.DUE_TODAY)]),
        "format_id": TeamFormat.copy_of("three_rs", team=team, name="Our own").pk,
        **invitation_of(team, leader),
        **found_in(debrief, leader),
        "guest_token": guest_token_of(debrief),
    }
    for name, many in (("theme_id", debrief.themes), ("step_id", debrief.steps),
                       ("factor_id", debrief.factors), ("strength_id", debrief.strengths)):  # fmt: skip
        if one := many.first():
            ids[name] = one.pk
    if team.name == "Kitchen":  # cards are counted in each debrief: a foreign number must not by chance be one of ours
        debrief.perspectives.update(position=F("position") + 500)
    ids["card_number"] = getattr(debrief.perspectives.first(), "position", 10**6)
    ids["other_theme"] = getattr(debrief.themes.last(), "pk", None) or uuid.uuid4()
    return ids


def invitation_of(team: Team, leader: User) -> dict[str, Any]:
    [invitation] = team.invite([f"new@{team.slug}.example.org"], role=Role.MEMBER, by=leader, at=AT)
    return {"invitation": invitation.pk, "token": invitation.token}


def guest_token_of(debrief: Debrief) -> str:
    """Where the phase allows none, one that opens nothing."""
    if debrief.phase not in WRITING:
        return "A-link-that-never-was-"
    return GuestLink.make(debrief, by=debrief.created_by, at=AT, until=AT + timedelta(days=7))


def found_in(debrief: Debrief, leader: User) -> dict[str, Any]:
    """What the room writes down, where the phase allows it."""
    ids: dict[str, Any] = {}
    if debrief.phase in OpenQuestion.phases:
        asked = OpenQuestion.write(debrief, uuid.uuid4(), text="Since when?", owner=leader, due_on=DUE_ON)
        ids["question_id"] = asked.pk
    if debrief.phase in ParkedIdea.phases:
        ids["idea_id"] = ParkedIdea.write(debrief, uuid.uuid4(), text="A second calendar").pk
    if debrief.phase in Lesson.phases:
        ids["lesson_id"] = Lesson.write(debrief, uuid.uuid4(), text="What nobody owns runs out.").pk
    ids["entry_id"] = debrief.timeline.create(happened_at=AT, text="The alarm rang.").pk
    return ids


def undo_in(debrief: Debrief, leader: User) -> dict[str, Any]:
    """The way back of a card that the leader has just moved."""
    if debrief.phase != Phase.RECOGNIZE:
        return {}
    card = debrief.perspectives.select_related("debrief").first()
    with way_back(debrief, card, at=AT) as undo:
        card.move_to(debrief.themes.last())
    return {"undo_token": undo.token(leader)}


@dataclass(frozen=True)
class Row:
    get: Answers | None = None
    post: Answers | None = None
    phase: str = "recognize"
    ids: tuple[str, ...] = ()
    # The route's own name for an id → ours.
    alias: dict[str, str] = field(default_factory=dict)
    form: Callable[[World], dict[str, Any]] = lambda _world: {}
    is_public: bool = False
    # Why a request without a token is taken.
    without_token: str = ""

    def names(self, _world: World) -> tuple[str, ...]:
        return self.ids

    def kwargs(self, world: World) -> dict[str, Any]:
        return {name: world.ids[self.alias.get(name, name)] for name in self.ids}

    def data(self, world: World) -> dict[str, Any]:
        return self.form(world)


def not_allowed(row: Row) -> Answers:
    return public(405) if row.is_public else only({}, else_=405)


def fields(**said: Any) -> Callable[[World], dict[str, Any]]:
    """A form; a value that is a function is asked for the world's own ids."""
    return lambda world: {name: value(world) if callable(value) else value for name, value in said.items()}


def a_key(_world: World) -> str:
    return str(uuid.uuid4())


def of(name: str) -> Callable[[World], Any]:
    return lambda world: world.ids[name]


DEBRIEF = ("debrief_id",)
TEAM = ("slug",)
STEP = ("step_id",)


def in_debrief(child: str) -> tuple[str, ...]:
    return (*DEBRIEF, child)


TABLE: dict[str, Row] = {
    # the site
    "shortcuts": Row(get=signed_in()),
    "theme": Row(post=public(302), form=fields(theme="dark"), is_public=True),
    # insights
    "insights:home": Row(get=signed_in()),
    "insights:library": Row(get=signed_in()),
    "insights:follow_through": Row(get=only({"mia": 200})),
    "insights:as_manager": Row(get=only({"mia": 200, "alice": 200}), ids=TEAM),
    # accounts and preferences: my own, so there is no id to guess
    "accounts:profile": Row(get=signed_in(), post=signed_in(422)),
    "follow_through:preferences": Row(get=signed_in(), post=signed_in(302)),
    "follow_through:snooze": Row(
        post=only({"bob": 302, "alice": 302}, refused=("dana", "mia")),
        ids=STEP,
        phase="follow_through",
        form=fields(days="1"),
    ),
    "follow_through:unsubscribe": Row(
        get=public(),
        post=public(),
        ids=("token",),
        alias={"token": "letter_token"},
        is_public=True,
        without_token="a mail program posts it, with no cookie of ours; the link is signed",
    ),
    # teams
    "teams:list": Row(get=signed_in()),
    "teams:new": Row(get=signed_in(), post=signed_in(422)),
    "teams:detail": Row(get=belongs(), ids=TEAM),
    "teams:rename": Row(post=looks_after(), ids=TEAM, form=fields(name="Payments and refunds")),
    "teams:archive": Row(post=looks_after(), ids=TEAM),
    "teams:restore": Row(post=looks_after(), ids=TEAM),
    "teams:leave": Row(post=only({"alice": 409, "bob": 302, "dana": 302, "mia": 302}), ids=TEAM),
    "teams:change_role": Row(post=leads(), ids=(*TEAM, "pk"), alias={"pk": "membership"}, form=fields(role="manager")),
    "teams:remove": Row(post=leads(), ids=(*TEAM, "pk"), alias={"pk": "membership"}),
    "teams:invite": Row(post=leads(), ids=TEAM, form=fields(addresses="nora@example.org", role="member")),
    "teams:resend": Row(post=leads(), ids=(*TEAM, "pk"), alias={"pk": "invitation"}),
    "teams:withdraw": Row(post=leads(), ids=(*TEAM, "pk"), alias={"pk": "invitation"}),
    "teams:invitation": Row(get=public(), post=public(409) | {"nobody": 200}, ids=("token",), is_public=True),
    "teams:sign_up": Row(post=public(302), ids=("token",), is_public=True),
    "teams:organization": Row(
        get=only(all_of("alice", "bob", "dana", "mia", "adam", "gus", ok=200)),
        ids=("pk",),
        alias={"pk": "organization"},
    ),
    "teams:rename_organization": Row(
        post=only({"adam": 302}, refused=("alice", "bob", "dana", "mia", "gus")),
        ids=("pk",),
        alias={"pk": "organization"},
        form=fields(name="Brightwater and sons"),
    ),
    "teams:add_admin": Row(
        post=only({"adam": 302}, refused=("alice", "bob", "dana", "mia", "gus")),
        ids=("pk",),
        alias={"pk": "organization"},
        form=fields(email="alice@example.org"),
    ),
    "teams:remove_admin": Row(
        post=only({"adam": 409}, refused=("alice", "bob", "dana", "mia", "gus")),
        ids=("pk", "person_pk"),
        alias={"pk": "organization", "person_pk": "admin"},
    ),
    # debriefs: the desk
    "debriefs:list": Row(get=signed_in()),
    "debriefs:new": Row(get=signed_in(), post=signed_in(200) | {"alice": 422, "charlie": 422, "gus": 422}),
    "debriefs:similar": Row(get=signed_in()),
    "debriefs:import": Row(get=signed_in(), post=signed_in(200) | {"alice": 422, "charlie": 422, "gus": 422}),
    "debriefs:formats": Row(get=belongs(), ids=TEAM),
    "debriefs:copy_format": Row(post=leads(), ids=TEAM, form=fields(copy_of="incident", name="Ours too")),
    "debriefs:edit_format": Row(get=leads(200), post=leads(422), ids=(*TEAM, "format_id")),
    "debriefs:remove_format": Row(post=leads(), ids=(*TEAM, "format_id")),
    # debriefs: the room
    "debriefs:detail": Row(get=room(), ids=DEBRIEF),
    "debriefs:live": Row(get=room(204), post=None, ids=DEBRIEF),
    "debriefs:bar": Row(get=runs(), ids=DEBRIEF),
    "debriefs:move": Row(
        get=runs(), post=runs(302), ids=DEBRIEF, phase="prepare", form=fields(to="draft", seen="prepare")
    ),
    "debriefs:setup": Row(get=runs(), post=runs(422), ids=DEBRIEF, phase="prepare"),
    "debriefs:cancel": Row(get=runs(), post=runs(302), ids=DEBRIEF, form=fields(because="A false alarm.")),
    "debriefs:worries": Row(get=runs(), ids=DEBRIEF),
    # debriefs: my tray
    "debriefs:tray": Row(get=room(), ids=DEBRIEF, phase="prepare"),
    "debriefs:write": Row(
        post=room(302),
        ids=DEBRIEF,
        phase="prepare",
        form=fields(key=a_key, new_key=a_key, prompt=of("prompt"), text="The list was old."),
    ),
    "debriefs:forget": Row(post=room(302), ids=DEBRIEF, phase="prepare", form=fields(key=a_key)),
    "debriefs:ready": Row(post=room(302), ids=DEBRIEF, phase="prepare"),
    "debriefs:check_in": Row(post=room(302), ids=DEBRIEF, phase="prepare", form=fields(weight="3")),
    "debriefs:worry": Row(post=room(302), ids=DEBRIEF, phase="prepare", form=fields(text="That it gets loud.")),
    "debriefs:vote": Row(
        post=room(302), ids=DEBRIEF, phase="rationalize", form=fields(theme=of("theme_id"), direction="plus")
    ),
    "debriefs:abstain": Row(post=runs(302), ids=DEBRIEF, phase="rationalize", form=fields(abstains="yes")),
    # debriefs: the board
    "debriefs:add_entry": Row(post=room(422), ids=DEBRIEF),
    "debriefs:edit_entry": Row(get=room(), post=room(422), ids=in_debrief("entry_id")),
    "debriefs:remove_entry": Row(post=room(302), ids=in_debrief("entry_id")),
    "debriefs:add_theme": Row(post=room(302), ids=DEBRIEF, form=fields(key=a_key, name="Tools")),
    "debriefs:edit_theme": Row(
        get=room(),
        post=room(302),
        ids=in_debrief("theme_id"),
        phase="rationalize",
        form=fields(name="Tools", version="1"),
    ),
    "debriefs:merge_theme": Row(
        post=room(409), ids=in_debrief("theme_id"), phase="rationalize", form=fields(into=of("other_theme"))
    ),
    "debriefs:split_theme": Row(post=room(422), ids=in_debrief("theme_id")),
    "debriefs:remove_theme": Row(post=room(409), ids=in_debrief("theme_id"), phase="rationalize"),
    "debriefs:move_card": Row(get=room(), post=room(302), ids=in_debrief("card_number"), form=fields(theme="")),
    "debriefs:park": Row(post=room(302), ids=DEBRIEF, form=fields(key=a_key, text="Two calendars")),
    "debriefs:edit_idea": Row(
        get=room(), post=room(302), ids=in_debrief("idea_id"), form=fields(text="Two calendars", version="1")
    ),
    "debriefs:unpark": Row(post=room(302), ids=in_debrief("idea_id")),
    # Only whose way back it is; a form of somebody else’s leads nowhere.
    "debriefs:undo": Row(post=only({"alice": 302}), ids=in_debrief("token"), alias={"token": "undo_token"}),
    # debriefs: why, and what follows
    "debriefs:timer": Row(post=runs(302), ids=DEBRIEF, form=fields(action="start", minutes="35")),
    "debriefs:agenda": Row(get=runs(), post=runs(302), ids=DEBRIEF, form=fields(agenda_minutes="45", version="1")),
    "debriefs:word": Row(post=runs(302), ids=DEBRIEF, form=fields(whose=of("participation"))),
    "debriefs:hand": Row(post=room(302), ids=DEBRIEF, form=fields(up="1")),
    "debriefs:voice": Row(get=room(), ids=DEBRIEF),
    "debriefs:spoken": Row(post=room(302), ids=DEBRIEF),
    "debriefs:voting": Row(post=runs(302), ids=DEBRIEF, phase="rationalize", form=fields(action="close")),
    "debriefs:focus": Row(
        get=runs(), post=runs(409), ids=DEBRIEF, phase="rationalize", form=fields(theme=of("theme_id"))
    ),
    "debriefs:dates": Row(get=runs(), post=runs(302), ids=DEBRIEF, phase="realign"),
    "debriefs:new_factor": Row(get=room(), post=room(422), ids=DEBRIEF, phase="realign"),
    "debriefs:edit_factor": Row(get=room(), post=room(422), ids=in_debrief("factor_id"), phase="realign"),
    "debriefs:accept_factor": Row(
        get=room(),
        post=room(302),
        ids=in_debrief("factor_id"),
        phase="realign",
        form=fields(because="It is rare.", version="1"),
    ),
    "debriefs:remove_factor": Row(post=room(302), ids=in_debrief("factor_id"), phase="realign"),
    "debriefs:new_strength": Row(get=room(), post=room(422), ids=DEBRIEF, phase="realign"),
    "debriefs:edit_strength": Row(get=room(), post=room(422), ids=in_debrief("strength_id"), phase="realign"),
    "debriefs:answer_strength": Row(
        get=room(),
        post=room(302),
        ids=in_debrief("strength_id"),
        phase="realign",
        form=fields(answer="keep", version="1"),
    ),
    "debriefs:remove_strength": Row(post=room(302), ids=in_debrief("strength_id"), phase="realign"),
    "debriefs:new_question": Row(get=room(), post=room(422), ids=DEBRIEF),
    "debriefs:edit_question": Row(get=room(), post=room(422), ids=in_debrief("question_id")),
    "debriefs:answer_question": Row(
        get=room(), post=room(302), ids=in_debrief("question_id"), form=fields(answer="Since March.", version="1")
    ),
    "debriefs:remove_question": Row(post=room(302), ids=in_debrief("question_id")),
    "debriefs:add_lesson": Row(post=room(302), ids=DEBRIEF, phase="realign", form=fields(key=a_key, text="Ask early.")),
    "debriefs:edit_lesson": Row(
        get=room(),
        post=room(302),
        ids=in_debrief("lesson_id"),
        phase="realign",
        form=fields(key=of("lesson_id"), text="Ask early.", version="1"),
    ),
    "debriefs:remove_lesson": Row(post=room(302), ids=in_debrief("lesson_id"), phase="realign"),
    # debriefs: the close of the meeting
    "debriefs:closing": Row(get=room(), ids=DEBRIEF, phase="realign"),
    "debriefs:say_line": Row(post=room(302), ids=DEBRIEF, phase="realign", form=fields(text="To ask earlier.")),
    "debriefs:answer_two": Row(post=room(302), ids=DEBRIEF, phase="realign", form=fields(learned="yes", again="no")),
    "debriefs:show_tally": Row(post=runs(409), ids=DEBRIEF, phase="realign"),
    # the shared page of a debrief
    "debriefs:summary": Row(
        get=only(all_of("alice", "bob", "dana", "mia", ok=200)), ids=DEBRIEF, phase="follow_through"
    ),
    "debriefs:publish": Row(get=runs(), post=runs(422), ids=DEBRIEF, phase="follow_through"),
    # guests: the leader makes the link; whoever has it needs nothing else
    "debriefs:guests": Row(get=runs(), post=runs(200), ids=DEBRIEF, form=fields(until="7")),
    "debriefs:end_guests": Row(post=runs(302), ids=DEBRIEF),
    "guests:page": Row(get=public(), ids=("token",), alias={"token": "guest_token"}, phase="prepare", is_public=True),
    "guests:write": Row(
        post=public(302),
        ids=("token",),
        alias={"token": "guest_token"},
        phase="prepare",
        is_public=True,
        form=fields(key=a_key, new_key=a_key, prompt=of("prompt"), text="The list was old.", name="Ann"),
    ),
    "guests:forget": Row(
        post=public(302),
        ids=("token",),
        alias={"token": "guest_token"},
        phase="prepare",
        is_public=True,
        form=fields(key=a_key),
    ),
    # steps
    "actions:mine": Row(get=signed_in()),
    "actions:hint": Row(post=signed_in(200), form=fields(title="Be more careful")),
    "actions:of_team": Row(get=only(all_of("alice", "bob", "dana", "mia", ok=200)), ids=TEAM),
    "actions:of_debrief": Row(get=room(), ids=DEBRIEF, phase="realign"),
    "actions:new": Row(get=room(302), post=room(302), ids=DEBRIEF, phase="realign"),
    "actions:detail": Row(get=sees_step(), ids=STEP, phase="follow_through"),
    "actions:edit": Row(get=works_on(200), post=works_on(422), ids=STEP, phase="follow_through"),
    "actions:start": Row(post=works_on(), ids=STEP, phase="follow_through"),
    "actions:finish": Row(post=works_on(), ids=STEP, phase="follow_through"),
    "actions:reopen": Row(post=works_on(), ids=STEP, phase="follow_through"),
    "actions:drop": Row(post=works_on(), ids=STEP, phase="follow_through", form=fields(because="Not needed.")),
    "actions:block": Row(post=works_on(), ids=STEP, phase="follow_through", form=fields(because="We wait.")),
    "actions:unblock": Row(post=works_on(), ids=STEP, phase="follow_through"),
    "actions:help": Row(post=works_on(), ids=STEP, phase="follow_through"),
    "actions:check": Row(post=works_on(422), ids=STEP, phase="follow_through"),
}

WORLDS = sorted({row.phase for row in TABLE.values()})
