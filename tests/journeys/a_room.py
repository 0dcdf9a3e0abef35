"""Run as a program against an empty database: some named debriefs in Recognize, and everyone signed in. Prints JSON."""

import json
from datetime import timedelta

import django

django.setup()

from django.test import Client  # noqa: E402 - models can be imported only now
from django.utils import timezone  # noqa: E402

from apps.debriefs.phases import Phase  # noqa: E402
from tests.factories import a_person, an_organization, debrief_in, join  # noqa: E402

at = timezone.now() - timedelta(hours=1)
alice = a_person("Alice")
team = an_organization("Brightwater").create_team(name="Payments", by=alice, at=at)
people = {"alice": alice} | {
    name.lower(): join(team, a_person(name), at=at) for name in ("Bob", "Dana", "Eli", "Farah")
}
debriefs = [debrief_in(Phase.RECOGNIZE, team=team, at=at).pk for _ in range(4)]
sessions = {}
for name, person in people.items():
    client = Client()
    client.force_login(person)
    sessions[name] = client.cookies["sessionid"].value
print(json.dumps({"debriefs": debriefs, "sessions": sessions}))
