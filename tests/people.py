"""The people every test knows, as fixtures.

alice leads the team Payments and facilitates; bob, dana, eli and farah are members; mia is its manager; adam
administers the organization and is in no team; charlie leads a team of another organization; eve has left.
"""

from collections.abc import Callable
from functools import partial

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.debriefs.models import Debrief
from apps.debriefs.phases import Phase
from apps.teams.models import Organization, Role, Team
from tests import factories
from tests.factories import AT, a_person, an_organization, join

PEOPLE = (
    "alice",
    "bob",
    "dana",
    "eli",
    "farah",
    "mia",
    "adam",
    "charlie",
    "eve",
    "nobody",
)


@pytest.fixture
def adam(db: None) -> User:
    return a_person("Adam")


@pytest.fixture
def organization(adam: User) -> Organization:
    return an_organization("Brightwater", admin=adam)


@pytest.fixture
def alice(db: None) -> User:
    return a_person("Alice")


@pytest.fixture
def team(organization: Organization, alice: User) -> Team:
    return organization.create_team(name="Payments", by=alice, at=AT)


@pytest.fixture
def bob(team: Team) -> User:
    return join(team, a_person("Bob"))


@pytest.fixture
def dana(team: Team) -> User:
    return join(team, a_person("Dana"))


@pytest.fixture
def eli(team: Team) -> User:
    return join(team, a_person("Eli"))


@pytest.fixture
def farah(team: Team) -> User:
    return join(team, a_person("Farah"))


@pytest.fixture
def mia(team: Team) -> User:
    return join(team, a_person("Mia"), Role.MANAGER)


@pytest.fixture
def charlie(db: None) -> User:
    return a_person("Charlie")


@pytest.fixture
def other_team(charlie: User) -> Team:
    """Charlie's own, in an organization of its own."""
    return Organization.found(name="Elsewhere", team_name="Kitchen", by=charlie, at=AT)


@pytest.fixture
def eve(team: Team) -> User:
    person = join(team, a_person("Eve"))
    team.remove(person)
    return person


@pytest.fixture
def room(alice: User, bob: User, dana: User, eli: User, farah: User) -> tuple[User, ...]:
    """Who sits in the room of Payments."""
    return (alice, bob, dana, eli, farah)


@pytest.fixture
def people(
    room: tuple[User, ...],
    mia: User,
    adam: User,
    charlie: User,
    other_team: Team,
    eve: User,
) -> dict[str, User]:
    everyone = (*room, mia, adam, charlie, eve)
    return {person.display_name.lower(): person for person in everyone}


class Clients(dict[str, Client]):
    """name → a browser in which that person is signed in; "nobody" is a visitor."""

    def __init__(self, people: dict[str, User]) -> None:
        super().__init__()
        self.people = people

    def __missing__(self, name: str) -> Client:
        client = self[name] = Client()
        if name != "nobody":
            client.force_login(self.people[name])
        return client


@pytest.fixture
def clients(people: dict[str, User]) -> Clients:
    return Clients(people)


@pytest.fixture
def debrief_in(team: Team, room: tuple[User, ...]) -> Callable[..., Debrief]:
    """`debrief_in("recognize", anonymity="anonymous")`: a debrief of Payments; see tests.factories.debrief_in."""
    return partial(factories.debrief_in, team=team)


@pytest.fixture
def debrief(debrief_in: Callable[..., Debrief]) -> Debrief:
    """In Prepare, named, with a card from each of the four members."""
    return debrief_in(Phase.PREPARE)
