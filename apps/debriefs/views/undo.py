"""Undo instead of "are you sure?": each removal and each regrouping says what it did, with the way back beside it."""

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from apps.debriefs import permissions
from apps.debriefs.models import Debrief
from apps.debriefs.models.analysis import FoundByTheRoom
from apps.debriefs.models.undo import Undo, undo_of, way_back
from apps.debriefs.views.gate import done, room_of
from apps.web.http import MemberRequest, require, toast


def say(request: MemberRequest, sentence: str | Promise, undo: Undo) -> None:
    """What was done, to whom did it; where it was done already there is nothing to undo."""
    url = reverse("debriefs:undo", args=[undo.debrief_id, undo.token(request.user)])
    toast(request, sentence, undo=url if undo.rows else "")


def removed(request: MemberRequest, debrief: Debrief, found: FoundByTheRoom, sentence: str) -> HttpResponse:
    """Take away what the room found, for everyone, and offer the way back."""
    found.debrief = debrief  # type: ignore[attr-defined]
    with way_back(debrief, found, at=timezone.now()) as undo:
        found.remove()
    say(request, sentence, undo)
    return done(request, debrief, found.region, regions=[found.region])


@require_POST
def undo(request: MemberRequest, debrief_id: int, token: str) -> HttpResponse:
    debrief = room_of(request, debrief_id)
    require(permissions.can_take_part(request.user, debrief))
    found = undo_of(debrief, token, by=request.user, at=timezone.now())
    if found is None:
        raise Http404
    found.bring_back()
    toast(request, _("It is as it was."))
    return done(request, debrief, found.regions[-1], regions=found.regions)
