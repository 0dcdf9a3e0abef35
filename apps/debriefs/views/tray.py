"""My tray: what is mine in a debrief, and only I load."""

import uuid
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from apps.debriefs import permissions
from apps.debriefs.facilitation import ANONYMITY_LIMITS, CHECK_IN, PAUSE
from apps.debriefs.forms.writing import AddCardForm, CardForm, CheckInForm, WorryForm
from apps.debriefs.models import CheckIn, Debrief, Draft, Perspective, Worry
from apps.debriefs.models.meeting import IN_THE_MEETING
from apps.debriefs.models.perspectives import WhoWrites, write_card
from apps.debriefs.models.themes import cast_vote, leave_voting, take_vote_back, vote_after_all
from apps.debriefs.phases import Phase
from apps.debriefs.views import cookies
from apps.debriefs.views.gate import oob, room_of, to_room
from apps.debriefs.views.head import head_context
from apps.web.http import MemberRequest, require, toast
from apps.web.render import render_fragment, render_page
from apps.web.verdict import Refused

TRAY = "debriefs/tray.html"


def writer_of(request: MemberRequest) -> WhoWrites:
    return WhoWrites(request.user, cookies.held(request), cookies.seed(request))


def _path(debrief: Debrief) -> str:
    """Where the browser shows the secrets of a debrief's cards."""
    return f"/debriefs/{debrief.pk}/"


def prepare(request: MemberRequest, debrief: Debrief) -> HttpResponse:
    """The page of the phase in which everyone writes alone; it is not shared, so it holds my own things."""
    context = head_context(debrief, Phase.PREPARE) | _tray_context(request, debrief)
    context |= {"template": "debriefs/phases/prepare.html", "pause": PAUSE, "limits": ANONYMITY_LIMITS}
    response = render_page(request, "debriefs/room.html", context)
    return cookies.tidy(request, response, debrief, path=_path(debrief))


@require_GET
def tray(request: MemberRequest, debrief_id: int) -> HttpResponse:
    debrief = room_of(request, debrief_id)
    require(permissions.can_take_part(request.user, debrief))
    response = render_page(request, TRAY, _tray_context(request, debrief), fragments=("tray", "my-dots", "my-cards"))
    if request.GET.get("with") == "bar" and permissions.can_run(request.user, debrief):
        place = render_to_string("debriefs/_bar_place.html", {"debrief": debrief, "swapped": True})
        response = HttpResponse(response.render().content + place.encode(), headers=response.headers)  # type: ignore[attr-defined]
    return cookies.tidy(request, response, debrief, path=_path(debrief))


def _tray_context(request: MemberRequest, debrief: Debrief, failed: CardForm | None = None) -> dict[str, Any]:
    prompts = list(debrief.prompts.all())
    drafts = list(writer_of(request).drafts(debrief))
    votes = _votes(request, debrief)
    context = {
        "debrief": debrief,
        **_my_cards(request, debrief, prompts, drafts, failed),
        "in_the_meeting": debrief.phase in IN_THE_MEETING,
        "participation": debrief.participations.filter(person=request.user).first(),
        **votes,
    }
    if debrief.phase == Phase.RECOGNIZE:
        context["add_form"] = _add_form(debrief, prompts, failed)
    if debrief.phase == Phase.PREPARE:
        context |= {
            "composers": _composers(debrief, prompts, drafts, failed),
            "check_in_form": _check_in_form(request, debrief),
            "check_in_text": CHECK_IN,
            "worry_form": _worry_form(request, debrief),
        }
    return context


def _my_cards(
    request: MemberRequest, debrief: Debrief, prompts: list[Any], drafts: list[Draft] | None = None,
    failed: CardForm | None = None,
) -> dict[str, Any]:  # fmt: skip
    if drafts is None:
        drafts = list(writer_of(request).drafts(debrief).select_related("prompt"))
    return {
        "cards": [
            {"draft": one, "form": _edit_form(debrief, prompts, one, failed)}
            for one in drafts
            if one.is_kept or debrief.phase != Phase.PREPARE  # what was begun before the reveal has no other place
        ],
        "mine_on_board": _named_cards(request, debrief),
        "can_write": permissions.can_write(request.user, debrief),
    }


def _composers(
    debrief: Debrief, prompts: list[Any], drafts: list[Draft], failed: CardForm | None
) -> list[dict[str, Any]]:
    """An empty card under each prompt, or the one that was begun there and not yet put with my cards."""
    composers = []
    for prompt in prompts:
        begun = next((one for one in drafts if one.prompt_id == prompt.pk and not one.is_kept), None)
        form = _form_of(debrief, prompts, begun) if begun else _fresh(debrief, prompts, prompt)
        if failed and not _is_edit(failed, drafts) and failed.data.get("prompt") == str(prompt.pk):
            form = failed
        composers.append({"prompt": prompt, "form": form, "begun": begun is not None})
    return composers


def _fresh(debrief: Debrief, prompts: list[Any], prompt: Any) -> CardForm:
    return CardForm(debrief=debrief, prompts=prompts, initial={"key": uuid.uuid4(), "prompt": str(prompt.pk)})


def _add_form(debrief: Debrief, prompts: list[Any], failed: CardForm | None) -> AddCardForm:
    """After the reveal one form asks for the side as well."""
    if failed:
        return AddCardForm(failed.data, debrief=debrief, prompts=prompts, auto_id="add_%s")
    begun = {"key": uuid.uuid4(), "prompt": str(prompts[0].pk) if prompts else ""}
    return AddCardForm(debrief=debrief, prompts=prompts, initial=begun, auto_id="add_%s")


def _form_of(debrief: Debrief, prompts: list[Any], draft: Draft) -> CardForm:
    initial = {"key": draft.pk, "prompt": str(draft.prompt_id), "text": draft.text, "without_name": draft.is_anonymous}
    return CardForm(debrief=debrief, prompts=prompts, initial=initial)


def _is_edit(form: CardForm, drafts: list[Draft]) -> bool:
    return form.data.get("key") in {str(one.pk) for one in drafts if one.is_kept}


def _edit_form(debrief: Debrief, prompts: list[Any], draft: Draft, failed: CardForm | None) -> CardForm:
    if failed and failed.data.get("key") == str(draft.pk):
        return failed
    return _form_of(debrief, prompts, draft)


def _named_cards(request: MemberRequest, debrief: Debrief) -> Any:
    return Perspective.objects.filter(debrief=debrief, author=request.user, is_anonymous=False).select_related("prompt")


def _votes(request: MemberRequest, debrief: Debrief) -> dict[str, Any]:
    if not debrief.voting_opened_at or debrief.phase not in (Phase.RATIONALIZE, Phase.REALIGN):
        return {"vote_rows": None}
    abstains = debrief.participations.filter(person=request.user, abstains=True).exists()
    mine: dict[uuid.UUID, int] = {}
    for theme_id in debrief.votes.filter(voter=request.user).values_list("theme", flat=True):
        mine[theme_id] = mine.get(theme_id, 0) + 1
    return {
        "vote_rows": [{"theme": theme, "mine": mine.get(theme.pk, 0)} for theme in debrief.themes.all()],
        "dots_put": sum(mine.values()),
        "dots_left": debrief.votes_each - sum(mine.values()),
        "can_vote": permissions.can_vote(request.user, debrief),
        "may_abstain": permissions.can_abstain(request.user, debrief) or (abstains and debrief.voting_is_open),
        "abstains": abstains,
    }


def _check_in_form(request: MemberRequest, debrief: Debrief) -> CheckInForm:
    said = CheckIn.objects.filter(debrief=debrief, person=request.user).first()
    return CheckInForm(initial={"weight": said.weight, "stage": said.stage} if said else {})


def _worry_form(request: MemberRequest, debrief: Debrief) -> WorryForm:
    told = Worry.objects.filter(debrief=debrief, person=request.user).first()
    return WorryForm(initial={"text": told.text if told else ""}, auto_id="worry_%s")


@require_POST
def write(request: MemberRequest, debrief_id: int) -> HttpResponse:
    """Save a card: as it is typed (`autosave`), put with my cards, or, once all is revealed, put on the board."""
    debrief = room_of(request, debrief_id)
    require(permissions.can_have_cards(request.user, debrief))
    autosave = "autosave" in request.POST
    form = CardForm(request.POST, debrief=debrief, prompts=list(debrief.prompts.all()), autosave=autosave)
    if not form.is_valid():
        return (
            _nothing_to_save(request, debrief, form)
            if autosave
            else _after_writing(request, debrief, form, failed=True)
        )
    writer, data = writer_of(request), form.cleaned_data
    secret, on_board = write_card(debrief, data, keep=not autosave, writer=writer, at=timezone.now())
    cookie = cookies.take(request, writer, data, secret)
    response = _saved(request) if autosave else _after_writing(request, debrief, form, on_board=on_board)
    cookies.keep(request, response, cookie, path=_path(debrief))
    return response


def _nothing_to_save(request: MemberRequest, debrief: Debrief, form: CardForm) -> HttpResponse:
    """Whoever empties the box before the card was kept wants it gone, from the server too."""
    response = HttpResponse(status=204)
    if form.data.get("text", "").strip():
        return render_page(request, f"{TRAY}#too-long", status=202)  # 202: read, and not saved
    if debrief.phase != Phase.PREPARE:
        return response
    keys = [form.cleaned_data[name] for name in ("key", "new_key") if name in form.cleaned_data]
    begun = writer_of(request).drafts(debrief).filter(pk__in=keys, is_kept=False)
    for key in list(begun.values_list("pk", flat=True)):
        cookies.forget(response, key, path=_path(debrief))
    begun.delete()
    return response


def _saved(request: MemberRequest) -> HttpResponse:
    return render_page(request, "debriefs/tray.html#saved", {"saved_at": timezone.localtime()})


def _after_writing(
    request: MemberRequest, debrief: Debrief, form: CardForm, *, failed: bool = False, on_board: bool = False
) -> HttpResponse:
    status = 422 if failed else 200
    target = request.htmx.target or ""
    if target == "add-card":
        return _after_adding(request, debrief, form, failed, status)
    context = _tray_context(request, debrief, form if failed else None)
    if target.startswith("composer-") and debrief.phase != Phase.PREPARE and not failed:
        return to_room(debrief, "board")  # the page is from before the reveal
    if target.startswith("composer-"):
        if "composers" not in context:
            context["composers"] = _composers(debrief, list(debrief.prompts.all()), [], form)
        mine = next((one for one in context["composers"] if f"composer-{one['prompt'].pk}" == target), None)
        fragment = {**context, "composer": mine, "swapped": True}
        html = render_to_string(f"{TRAY}#composer", fragment, request=request)
        html += render_to_string(f"{TRAY}#my-cards", {**context, "oob": True}, request=request)
        return HttpResponse(html, status=status)
    if target in ("tray", "my-cards"):
        html = render_to_string(f"{TRAY}#{target}", context, request=request)
        return HttpResponse(html + (oob(debrief, "board") if on_board else ""), status=status)
    if failed:
        return render_page(request, TRAY, context, status=status)
    return to_room(debrief, "" if debrief.phase == Phase.PREPARE else "board")


def _after_adding(request: MemberRequest, debrief: Debrief, form: CardForm, failed: bool, status: int) -> HttpResponse:
    """The form for the next card, and the card among mine; the board gets it as everyone's does."""
    prompts = list(form.prompts.values())
    context = {"debrief": debrief, "add_form": _add_form(debrief, prompts, form if failed else None)}
    html = render_to_string(f"{TRAY}#add-card", context, request=request)
    if not failed:
        mine = {**_my_cards(request, debrief, prompts), "debrief": debrief, "oob": True}
        html += render_to_string(f"{TRAY}#my-cards", mine, request=request)
    return HttpResponse(html, status=status)


@require_POST
def forget(request: MemberRequest, debrief_id: int) -> HttpResponse:
    """Remove a card of mine that nobody has seen."""
    debrief = room_of(request, debrief_id)
    require(permissions.can_take_part(request.user, debrief))
    try:
        key = uuid.UUID(request.POST.get("key", ""))
    except ValueError:
        return to_room(debrief)
    writer_of(request).drafts(debrief).filter(pk=key).delete()
    response = render_fragment(
        request, TRAY, "my-cards", _tray_context(request, debrief), else_to=f"/debriefs/{debrief.pk}/"
    )
    cookies.forget(response, key, path=_path(debrief))
    return response


@require_POST
def ready(request: MemberRequest, debrief_id: int) -> HttpResponse:
    debrief = room_of(request, debrief_id)
    require(permissions.can_write(request.user, debrief))
    debrief.say_ready(request.user, at=timezone.now())
    toast(request, _("Thank you. You can go on writing until the reveal."))
    return to_room(debrief)


@require_POST
def check_in(request: MemberRequest, debrief_id: int) -> HttpResponse:
    debrief = room_of(request, debrief_id)
    require(permissions.can_take_part(request.user, debrief))
    form = CheckInForm(request.POST)
    if form.is_valid():
        CheckIn.keep(debrief, by=request.user, **form.cleaned_data)
    context = _tray_context(request, debrief) | {"check_in_form": form, "check_in_saved": form.is_valid()}
    return render_fragment(
        request, TRAY, "check-in", context, else_to=f"/debriefs/{debrief.pk}/#check-in",
        status=200 if form.is_valid() else 422,
    )  # fmt: skip


@require_POST
def worry(request: MemberRequest, debrief_id: int) -> HttpResponse:
    debrief = room_of(request, debrief_id)
    require(permissions.can_take_part(request.user, debrief))
    form = WorryForm(request.POST, auto_id="worry_%s")
    if form.is_valid():
        Worry.tell(debrief, by=request.user, text=form.cleaned_data["text"])
    context = _tray_context(request, debrief) | {"worry_form": form, "worry_saved": form.is_valid()}
    return render_fragment(
        request, TRAY, "worry", context, else_to=f"/debriefs/{debrief.pk}/#worry",
        status=200 if form.is_valid() else 422,
    )  # fmt: skip


@require_POST
def vote(request: MemberRequest, debrief_id: int) -> HttpResponse:
    """Put a dot on a theme (`direction=plus`) or take one back (`minus`)."""
    debrief = room_of(request, debrief_id)
    require(permissions.can_vote(request.user, debrief))
    theme = get_object_or_404(debrief.themes, pk=_uuid_or_404(request.POST.get("theme", "")))
    theme.debrief = debrief
    act = take_vote_back if request.POST.get("direction") == "minus" else cast_vote
    if request.htmx.target != "my-dots":
        act(theme, by=request.user)
        return redirect("debriefs:tray", debrief.pk)
    try:
        act(theme, by=request.user)
        refusal = ""
    except Refused as refused:
        refusal = str(refused)
    context = _votes(request, debrief) | {"refusal": refusal}
    context["clicked"] = next((row for row in context["vote_rows"] if row["theme"] == theme), None)
    return HttpResponse(render_to_string(f"{TRAY}#dots-said", context, request), status=409 if refusal else 200)


@require_POST
def abstain(request: MemberRequest, debrief_id: int) -> HttpResponse:
    """Leave the voting to the others (`abstains=yes`), or vote after all."""
    debrief = room_of(request, debrief_id)
    if request.POST.get("abstains") == "yes":
        require(permissions.can_abstain(request.user, debrief))
        leave_voting(debrief, by=request.user)
    else:
        require(permissions.can_have_cards(request.user, debrief))
        vote_after_all(debrief, by=request.user)
    context = {"debrief": debrief, **_votes(request, debrief)}
    return render_fragment(request, TRAY, "my-dots", context, else_to=f"/debriefs/{debrief.pk}/tray/")


def _uuid_or_404(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        return uuid.UUID(int=0)
