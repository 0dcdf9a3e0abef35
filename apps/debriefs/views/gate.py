"""How every view of the room begins and ends: load what this person may see; answer with fragment or page."""

import json
from collections.abc import Sequence

from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.urls import reverse

from apps.debriefs import board, permissions
from apps.debriefs.models import Debrief
from apps.web.http import MemberRequest
from apps.web.render import render_page

FORMS = "debriefs/forms.html"


def room_of(request: MemberRequest, debrief_id: int) -> Debrief:
    """The debrief, if this person is in its room; 404 for everyone else."""
    visible = Debrief.objects.visible_to(request.user).with_standing_of(request.user)
    # Whose columns only few pages show are fetched by those.
    debrief: Debrief = get_object_or_404(visible.select_related("team"), pk=debrief_id)
    permissions.remember_standing(request.user, debrief)
    return debrief


def to_room(debrief: Debrief, region: str = "") -> HttpResponse:
    anchor = f"#{region}" if region else ""
    return redirect(reverse("debriefs:detail", args=[debrief.pk]) + anchor)


def answer(
    request: MemberRequest, debrief: Debrief, fragment: str, form: Form, *, regions: Sequence[str] = (), done: bool
) -> HttpResponse:
    """After a shared form was sent.

    For htmx: the form again (fresh when `done`, else with what was typed and why it was not taken), and the changed
    regions beside it. For a plain browser: back to the room, or a page with the form.
    """
    context = {"debrief": debrief, "form": form, "fragment": fragment, "swapped": True}
    if request.htmx.target == fragment:
        html = render_to_string(f"{FORMS}#{fragment}", context, request=request)
        return HttpResponse(html + fresh(debrief, regions), status=200 if done else 422)
    if done:
        return to_room(debrief, regions[0] if regions else "")
    return render_page(request, "debriefs/form_page.html", context, status=422)


def in_dialog(request: MemberRequest) -> bool:
    """Whether the page's one dialog asks, and not a page of its own."""
    return bool(request.htmx) and request.htmx.target == "modal-body"


def done(
    request: MemberRequest, debrief: Debrief, anchor: str, *, regions: Sequence[str], then_open: str = ""
) -> HttpResponse:
    """After a change: the changed regions, and from the dialog an empty one that closes; else back to the room.

    `then_open` is the address of what the dialog shows next.
    """
    if not request.htmx:
        return to_room(debrief, anchor)
    if in_dialog(request):
        html = '<div id="modal-body"></div>' + fresh(debrief, regions)
        return HttpResponse(html, headers={"HX-Trigger": "realign:done"})
    heard = {"HX-Trigger": json.dumps({"realign:open": then_open})} if then_open else {}
    return HttpResponse(fresh(debrief, regions), headers=heard)


def fresh(debrief: Debrief, regions: Sequence[str]) -> str:
    """The regions, and the cards `card-<number>` among them, as out-of-band swaps for whoever just changed them."""
    cards = board.cards(debrief, [region for region in regions if region.startswith("card-")])
    swaps = [_as_swap(region, html) for region, html in cards.items()]
    return "".join([*swaps, *(oob(debrief, region) for region in regions if not region.startswith("card-"))])


def oob(debrief: Debrief, region: str) -> str:
    """The region as an out-of-band swap for whoever just changed it."""
    return _as_swap(region, board.render(debrief, region))


def _as_swap(region: str, html: str) -> str:
    return html.replace(f'id="{region}"', f'id="{region}" hx-swap-oob="true"', 1)
