from collections.abc import Callable

import pytest

from apps.accounts.models import User
from apps.teams.models import Invitation, Role, Team
from tests.factories import AT


@pytest.fixture
def invited(team: Team, alice: User) -> Callable[..., Invitation]:
    """`invited("zoe@example.org")`: alice invites her to Payments."""

    def invite(email: str = "zoe@example.org", *, role: Role = Role.MEMBER, at=AT) -> Invitation:
        [invitation] = team.invite([email], role=role, by=alice, at=at)
        return invitation

    return invite
