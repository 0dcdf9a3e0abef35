"""What a region of the board holds, in which order."""

import uuid

from apps.debriefs import board
from apps.debriefs.models import Theme
from apps.debriefs.phases import Phase


def test_themes_stand_in_the_order_in_which_they_were_named(debrief_in):
    debrief = debrief_in(Phase.RECOGNIZE)
    names = [f"Theme {n:02}" for n in range(12)]
    for name in names:
        Theme.create(debrief, uuid.uuid4(), name=name)
    page = board.render(debrief, "themes")
    assert sorted(names, key=page.index) == names
