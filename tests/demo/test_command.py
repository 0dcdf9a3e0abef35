"""Where the demo may be made, and when."""

from datetime import UTC, datetime
from io import StringIO

import pytest
import time_machine
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command

from apps.accounts.models import User
from apps.debriefs.models import Debrief, PhaseMove
from apps.demo import content

# One minute past midnight, on the day on which the clocks of the demo's zone go forward.
MIDNIGHT = datetime(2026, 3, 29, 0, 1, tzinfo=UTC)


def test_where_debug_is_off_it_is_refused_with_the_reason(db):
    with pytest.raises(CommandError, match=r"^DEBUG is off, so this may be .* add --yes-really\.$"):
        call_command("demo")
    assert not User.objects.exists()


def test_it_can_be_insisted_on_and_made_at_any_hour(db):
    with time_machine.travel(MIDNIGHT, tick=False):
        call_command("demo", "--yes-really", stdout=StringIO())
    assert dict(Debrief.objects.values_list("title", "phase")) == {one.title: one.phase for one in content.DEBRIEFS}
    assert not PhaseMove.objects.filter(at__gt=MIDNIGHT).exists()
    assert authenticate(email="mira@example.com", password=content.PASSWORD) is not None
