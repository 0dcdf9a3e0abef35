"""The only renderer of what participants share: each region once, the same bytes for everyone.

Nothing here knows who is looking: no request, no user, no token. A region's name is the id of its element.
"""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.core.cache import caches
from django.db.models import Count, Q
from django.template.defaultfilters import linebreaksbr
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.debriefs.facilitation import EMPTY
from apps.debriefs.models import Debrief, Side
from apps.debriefs.phases import Phase
from apps.web.templatetags.ui import icon

# Sides that share the two great halves; the others stand below them.
HALVES = (Side.WRONG, Side.RIGHT)
A_DAY = 24 * 60 * 60
NO_CARD = UUID(int=0)
CARD = (
    '<li class="card" id="card-{id}" data-side="{side}">{glyph}<p>{text}</p>'
    "<footer><span>{who}</span>{foot}</footer></li>"
)
MOVE = '<a class="move" href="{before}{card}{end}'
MOVE_END = '{after}" data-modal>{name}{down}<span class="hidden-visually"> {aloud}</span></a>'


def _board(debrief: Debrief) -> dict[str, Any]:
    cards = _cards(debrief)
    prompts: list[dict[str, Any]] = [
        {"prompt": p, "cards": SafeString("".join(mine)), "count": len(mine)}
        for p in debrief.prompts.all()
        for mine in [cards.get(p.pk, [])]
    ]
    halves: list[dict[str, Any]] = [
        {
            "side": side,
            "prompts": (mine := [one for one in prompts if one["prompt"].side == side]),
            "count": sum(one["count"] for one in mine),
            "empty": EMPTY[f"board_{side}"],
        }
        for side in HALVES
    ]
    return {"halves": halves, "others": [one for one in prompts if one["prompt"].side not in HALVES]}


def _cards(debrief: Debrief) -> dict[int, list[SafeString]]:
    """The one place where cards leave the database for a page: text, name or none, theme; no time, no person's id.

    prompt id -> its cards. Not a template: one card there takes a fifth of a millisecond, and boards hold hundreds.
    """
    rows = list(
        debrief.perspectives.values_list("pk", "prompt_id", "prompt__side", "text", "is_anonymous", "author", "theme")
    )
    names = {person.pk: str(person) for person in User.objects.filter(pk__in={row[5] for row in rows})}
    glyphs = {side: icon(side, "glyph") for side in {row[2] for row in rows}}
    feet = {theme.pk: theme.name for theme in debrief.themes.all()}
    foot_of = _moves(debrief, feet) if debrief.phase == Phase.RECOGNIZE else _theme_names(feet)
    anonymous, gone = _("Anonymous"), _("Somebody who has left")
    cards: dict[int, list[SafeString]] = {}
    for pk, prompt, side, text, is_anonymous, author, theme in rows:
        who = anonymous if is_anonymous else names.get(author, gone)
        words = linebreaksbr(text)
        cards.setdefault(prompt, []).append(
            format_html(CARD, id=pk, side=side, glyph=glyphs[side], text=words, who=who, foot=foot_of(pk, theme))
        )
    return cards


def _moves(debrief: Debrief, themes: Mapping[Any, str]) -> Callable[[Any, Any], SafeString]:
    """A link at the card's foot: the theme it is in, and the way to another one."""
    # One address is asked for, the others differ in the card alone.
    before, after = reverse("debriefs:move_card", args=[debrief.pk, NO_CARD]).split(str(NO_CARD))
    down, aloud = icon("down"), _("Move to another theme")
    names = {None: _("not in a theme yet"), **themes}
    ends = {pk: format_html(MOVE_END, after=after, name=name, down=down, aloud=aloud) for pk, name in names.items()}
    return lambda card, theme: format_html(MOVE, before=before, card=card, end=ends[theme])


def _theme_names(themes: Mapping[Any, str]) -> Callable[[Any, Any], SafeString]:
    feet = {pk: format_html('<span class="soft">{}</span>', name) for pk, name in themes.items()}
    return lambda _card, theme: feet.get(theme, SafeString(""))


def _timeline(debrief: Debrief) -> dict[str, Any]:
    entries = list(debrief.timeline.all())
    beside: dict[Any, list[Any]] = {}
    for entry in entries:
        if entry.beside_id:
            beside.setdefault(entry.beside_id, []).append(entry)
    days = {entry.happened_at.date() for entry in entries}
    return {
        "entries": [{"entry": e, "others": beside.get(e.pk, [])} for e in entries if not e.beside_id],
        "one_day": len(days) == 1,
        "empty": EMPTY["timeline"],
        "can_edit": debrief.phase in (Phase.DRAFT, Phase.PREPARE, Phase.RECOGNIZE, Phase.RATIONALIZE),
    }


def _themes(debrief: Debrief) -> dict[str, Any]:
    wrong, right = Q(perspectives__prompt__side=Side.WRONG), Q(perspectives__prompt__side=Side.RIGHT)
    themes = debrief.themes.annotate(
        wrong=Count("perspectives", filter=wrong, distinct=True),
        right=Count("perspectives", filter=right, distinct=True),
    ).order_by("position")  # a query that groups forgets the model's own order
    counted = debrief.voting_closed_at is not None
    return {
        "themes": sorted(themes, key=lambda theme: (-(theme.dots or 0), theme.position)) if counted else list(themes),
        "loose": debrief.perspectives.filter(theme=None).count(),
        "counted": counted,
        "voting_is_open": debrief.voting_is_open,
        "voters": debrief.votes.values("voter").distinct().count() if debrief.voting_is_open else 0,
        "writers": debrief.participations.count() if debrief.voting_is_open else 0,
        "can_group": debrief.phase == Phase.RECOGNIZE,
        "empty": EMPTY["themes"],
    }


def _factors(debrief: Debrief) -> dict[str, Any]:
    factors = list(debrief.factors.select_related("theme").prefetch_related("steps__owner"))
    return {
        "factors": factors,
        "answered": sum(factor.is_answered for factor in factors),
        "can_agree": debrief.phase in (Phase.REALIGN, Phase.FOLLOW_THROUGH),
        "can_edit": debrief.phase in (Phase.RATIONALIZE, Phase.REALIGN),
        "empty": EMPTY["factors"],
    }


def _strengths(debrief: Debrief) -> dict[str, Any]:
    strengths = list(debrief.strengths.select_related("theme").prefetch_related("steps__owner"))
    return {
        "strengths": strengths,
        "answered": sum(bool(strength.answer) for strength in strengths),
        "can_agree": debrief.phase in (Phase.REALIGN, Phase.FOLLOW_THROUGH),
        "can_edit": debrief.phase in (Phase.RATIONALIZE, Phase.REALIGN),
        "empty": EMPTY["strengths"],
    }


def _questions(debrief: Debrief) -> dict[str, Any]:
    questions = list(debrief.questions.select_related("owner", "answered_by"))
    return {
        "questions": questions,
        "all_answered": bool(questions) and all(one.answer for one in questions),
        "can_edit": debrief.phase in (Phase.RECOGNIZE, Phase.RATIONALIZE, Phase.REALIGN, Phase.FOLLOW_THROUGH),
        "empty": EMPTY["questions"],
    }


def _parking(debrief: Debrief) -> dict[str, Any]:
    return {"ideas": debrief.parked_ideas.all(), "empty": EMPTY["parking"]}


def _lessons(debrief: Debrief) -> dict[str, Any]:
    return {
        "lessons": debrief.lessons.all(),
        "can_edit": debrief.phase in (Phase.REALIGN, Phase.FOLLOW_THROUGH),
        "empty": EMPTY["lessons"],
    }


# region -> (template that holds its partial, what it shows)
REGIONS: dict[str, tuple[str, Callable[[Debrief], dict[str, Any]]]] = {
    "board": ("debriefs/board.html", _board),
    "timeline": ("debriefs/board.html", _timeline),
    "themes": ("debriefs/board.html", _themes),
    "parking": ("debriefs/board.html", _parking),
    "factors": ("debriefs/analysis.html", _factors),
    "strengths": ("debriefs/analysis.html", _strengths),
    "questions": ("debriefs/analysis.html", _questions),
    "lessons": ("debriefs/analysis.html", _lessons),
}


def render(debrief: Debrief, region: str) -> SafeString:
    """One region as HTML, on the debrief's own clock; kept in this process until the next change is numbered."""
    key = f"{debrief.pk}:{debrief.seq}:{debrief.phase}:{region}:{translation.get_language()}"
    cache = caches["board"]
    html = cache.get(key)
    if html is None:
        template, context_of = REGIONS[region]
        with timezone.override(ZoneInfo(debrief.time_zone)):
            html = render_to_string(f"{template}#{region}", {"debrief": debrief, **context_of(debrief)})
        cache.set(key, html, A_DAY)
    return mark_safe(html)  # noqa: S308 - just rendered by the template engine, which escaped it


def changed_since(debrief: Debrief, seq: int) -> list[str]:
    """The regions that changed after `seq`, each once; "room" when the phase moved."""
    events = set(debrief.live_events.filter(seq__gt=seq).values_list("region", flat=True))
    # Each factor and strength shows the steps that answer it.
    return sorted(events | {"factors", "strengths"} if "steps" in events else events)
