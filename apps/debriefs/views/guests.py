"""People without an account add perspectives to one debrief by a link; and the page on which that link is made."""

import uuid
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.debriefs import permissions
from apps.debriefs.facilitation import ANONYMITY_LIMITS, GUEST_LIMITS, PAUSE
from apps.debriefs.forms.guests import GuestCardForm, LinkForm
from apps.debriefs.models import Debrief, Draft, GuestLink
from apps.debriefs.models.guests import Guest, cards_by_guests
from apps.debriefs.models.perspectives import WRITING, hash_of, write_card
from apps.debriefs.views import cookies
from apps.debriefs.views.gate import room_of
from apps.web.http import HttpRequest, MemberRequest, require, toast
from apps.web.middleware import typed_words
from apps.web.rate import is_too_often
from apps.web.render import render_page

PAGE = "debriefs/guest.html"
# Saves in a minute, those while typing among them. Two hundred people behind one address share a link, not a browser.
BY_BROWSER, BY_LINK = 90, 6000


# The leader's page


@require_http_methods(["GET", "POST"])
def links(request: MemberRequest, debrief_id: int) -> HttpResponse:
    """The one link: make it, see it once, know until when it is open."""
    debrief = room_of(request, debrief_id)
    require(permissions.can_run(request.user, debrief))
    at, url = timezone.now(), ""
    form = LinkForm(request.POST or None, debrief=debrief, at=at)
    if request.method == "POST" and form.is_valid():
        token = GuestLink.make(debrief, by=request.user, at=at, until=form.cleaned_data["until"])
        url = f"{settings.BASE_URL}{reverse('guests:page', args=[token])}"
    context = {
        "debrief": debrief,
        "form": form,
        "url": url,
        "link": debrief.guest_links.open(at).select_related("created_by").first(),
        "cards": cards_by_guests(debrief),
        "can_ask": debrief.phase in WRITING,
    }
    return render_page(request, "debriefs/guests.html", context, status=422 if form.errors else 200)


@require_POST
def end(request: MemberRequest, debrief_id: int) -> HttpResponse:
    debrief = room_of(request, debrief_id)
    require(permissions.can_run(request.user, debrief))
    if GuestLink.end(debrief, at=timezone.now()):
        toast(request, _("The link opens nothing any more. The cards that came in stay."))
    return redirect("debriefs:guests", debrief.pk)


# The guest's page

GuestView = Callable[[HttpRequest, GuestLink, str], HttpResponse]


def for_guests(view: GuestView) -> Callable[[HttpRequest, str], HttpResponse]:
    """The door: the link that the token opens, or one page for every token that opens nothing."""

    @login_not_required
    @never_cache
    @wraps(view)
    def door(request: HttpRequest, token: str) -> HttpResponse:
        link = GuestLink.objects.behind(token, at=timezone.now())
        return view(request, link, token) if link else _nothing_behind(request)

    return door


def _nothing_behind(request: HttpRequest) -> HttpResponse:
    # Drawn without the request: the same bytes for a link that ended, one that ran out and one that never was.
    return HttpResponse(render_to_string("debriefs/guest_gone.html", {"typed": typed_words(request)}), status=404)


@for_guests
@require_safe
def page(request: HttpRequest, link: GuestLink, token: str) -> HttpResponse:
    response = render_page(request, PAGE, _context(request, link, token))
    return cookies.tidy(request, response, link.debrief, path=_path(token), is_guest=True)


@for_guests
@require_POST
def write(request: HttpRequest, link: GuestLink, token: str) -> HttpResponse:
    """Save a guest's card: as it is typed (`autosave`), put with their cards, or, once all is revealed, on the board."""
    debrief, at, autosave = link.debrief, timezone.now(), "autosave" in request.POST
    form = GuestCardForm(request.POST, debrief=debrief, prompts=list(debrief.prompts.all()), autosave=autosave)
    if _is_too_fast(request, link, at):
        return (
            _saved(request, "wait", status=429) if autosave else _after_writing(request, link, token, form, status=429)
        )
    if not form.is_valid():
        return _not_saved(request, link, token, form)
    name = form.cleaned_data.pop("name", "")
    writer, data = Guest(link, cookies.held(request), name, cookies.seed(request)), form.cleaned_data
    link.require_room(writer, data["key"])
    secret, on_board = write_card(debrief, data, keep=not autosave, writer=writer, at=at)
    cookie = cookies.take(request, writer, data, secret)
    response = _saved(request) if autosave else _after_writing(request, link, token, form, on_board=on_board)
    cookies.keep(request, response, cookie, path=_path(token))
    return response


@for_guests
@require_POST
def forget(request: HttpRequest, link: GuestLink, token: str) -> HttpResponse:
    """Remove a card of mine that nobody has seen."""
    try:
        key = uuid.UUID(request.POST.get("key", ""))
    except ValueError:
        return redirect(_path(token))
    Guest(link, cookies.held(request)).drafts(link.debrief).filter(pk=key).delete()
    if request.htmx.target == "my-cards":
        response = render_page(request, PAGE, _context(request, link, token), fragments=("my-cards",))
    else:
        response = redirect(f"{_path(token)}#my-cards")
    cookies.forget(response, key, path=_path(token))
    return response


def _path(token: str) -> str:
    return reverse("guests:page", args=[token])


def _is_too_fast(request: HttpRequest, link: GuestLink, at: datetime) -> bool:
    """Counted by link and by browser, never by address: many share one, and anybody can claim another.

    What is kept of the browser is a hash of its token against forged forms, which stands beside no card.
    """
    browser = hash_of(request.META.get("CSRF_COOKIE", ""))[:20]
    return is_too_often(f"guests:{link.pk}:{browser}", limit=BY_BROWSER, at=at) or is_too_often(
        f"guests:{link.pk}", limit=BY_LINK, at=at
    )


def _context(request: HttpRequest, link: GuestLink, token: str, failed: GuestCardForm | None = None) -> dict[str, Any]:
    debrief = link.debrief
    prompts = list(debrief.prompts.all())
    drafts = list(Guest(link, cookies.held(request)).drafts(debrief).select_related("prompt"))
    name = (failed.data.get("name", "") if failed else "") or next((d.guest_name for d in drafts if d.guest_name), "")
    begun = {one.prompt_id: one for one in drafts if not one.is_kept}

    def form_of(prompt: Any, draft: Draft | None) -> GuestCardForm:
        sent = failed and failed.data.get("key") == str(draft.pk if draft else "")
        new = failed and not draft and failed.data.get("prompt") == str(prompt.pk) and not _edits(failed, drafts)
        if failed and (sent or new):
            return failed
        said = {"key": draft.pk, "text": draft.text} if draft else {"key": uuid.uuid4()}
        without = {"without_name": draft.is_kept and draft.is_anonymous} if draft else {}
        own_name = draft.guest_name if draft and draft.guest_name else name
        initial = {"prompt": str(prompt.pk), "name": own_name, **said, **without}
        return GuestCardForm(debrief=debrief, prompts=prompts, initial=initial)

    return {
        "debrief": debrief,
        "token": token,
        "can_write": debrief.phase in WRITING,
        "composers": [
            {"prompt": prompt, "form": form_of(prompt, begun.get(prompt.pk)), "begun": prompt.pk in begun}
            for prompt in prompts
        ],
        "cards": [
            {"draft": one, "form": form_of(one.prompt, one)}
            for one in drafts
            if one.is_kept or debrief.phase not in WRITING  # what was begun and never sent has no other place then
        ],
        "pause": PAUSE,
        "limits": (*GUEST_LIMITS, *ANONYMITY_LIMITS),
        "is_sent": "sent" in request.GET,
        "takes_part": request.user.is_authenticated
        and Debrief.objects.visible_to(request.user).filter(pk=debrief.pk).exists(),
    }


def _edits(form: GuestCardForm, drafts: list[Draft]) -> bool:
    return form.data.get("key") in {str(one.pk) for one in drafts}


def _saved(request: HttpRequest, which: str = "saved", *, status: int = 200) -> HttpResponse:
    return render_page(request, f"{PAGE}#{which}", {"saved_at": timezone.localtime()}, status=status)


def _not_saved(request: HttpRequest, link: GuestLink, token: str, form: GuestCardForm) -> HttpResponse:
    if not form.autosave:
        return _after_writing(request, link, token, form, status=422)
    if form.data.get("text", "").strip():
        return _saved(request, "unnamed", status=202) if [*form.errors] == ["name"] else HttpResponse(status=204)
    # Whoever empties the box before the card was kept wants it gone, from the server too.
    response = HttpResponse(status=204)
    keys = [form.cleaned_data[name] for name in ("key", "new_key") if name in form.cleaned_data]
    begun = Guest(link, cookies.held(request)).drafts(link.debrief).filter(pk__in=keys, is_kept=False)
    for key in list(begun.values_list("pk", flat=True)):
        cookies.forget(response, key, path=_path(token))
    begun.delete()
    return response


def _after_writing(
    request: HttpRequest, link: GuestLink, token: str, form: GuestCardForm, *, status: int = 200, on_board: bool = False
) -> HttpResponse:
    if status == 429:
        form.is_valid()
        form.add_error(
            "text", _("Very many cards are coming in just now. Yours is still here; send it again in a minute.")
        )
    context = _context(request, link, token, form if status != 200 else None)
    target = request.htmx.target or ""
    if target.startswith("composer-"):
        mine = next((one for one in context["composers"] if f"composer-{one['prompt'].pk}" == target), None)
        html = render_to_string(
            f"{PAGE}#composer", {**context, "composer": mine, "on_board": on_board}, request=request
        )
        html += render_to_string(f"{PAGE}#my-cards", {**context, "oob": True}, request=request)
        return HttpResponse(html, status=status)
    if status != 200 or target == "my-cards":
        return render_page(request, PAGE, context, fragments=("my-cards",), status=status)
    return redirect(f"{_path(token)}{'?sent' if on_board else ''}#{'sent' if on_board else 'my-cards'}")
