"""The only renderer of what participants share: each region once, the same bytes for everyone.

Nothing here knows who is looking: no request, no user, no token. A region's name is the id of its element.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.cache import caches
from django.db.models import Count, Exists, OuterRef, Q
from django.template.defaultfilters import linebreaksbr
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.accounts.models import initials_of
from apps.debriefs import closing
from apps.debriefs.agenda import agenda_of
from apps.debriefs.facilitation import EMPTY, FACTOR_KINDS, PHASE_TEXT, THEME_HALVES
from apps.debriefs.models import Debrief, Participation, Side, Theme, Vote, focus
from apps.debriefs.models.meeting import hands_up
from apps.debriefs.phases import LOOK_BACK, WAY, Phase
from apps.live import event
from apps.web.templatetags.ui import icon

# Sides that share the two great halves; the others stand below them.
HALVES = (Side.WRONG, Side.RIGHT)
A_DAY = 24 * 60 * 60
CARD = (
    '<li class="card" id="card-{number}" data-side="{side}">{glyph}<p>{text}</p>'
    "<footer><span>{who}</span>{foot}</footer></li>"
)
MOVE = '<a class="move" href="{before}{card}{end}'
MOVE_END = '{after}" data-modal>{name}{down}<span class="hidden-visually"> {aloud}</span></a>'


def _board(debrief: Debrief) -> dict[str, Any]:
    cards = _cards(debrief)
    prompts: list[dict[str, Any]] = [
        {
            "prompt": p,
            "cards": SafeString("".join(mine)),
            "count": len(mine),
            "mark": _count(f"prompt-{p.pk}", len(mine)),
        }
        for p in debrief.prompts.all()
        for mine in [cards.get(p.pk, [])]
    ]
    halves: list[dict[str, Any]] = [
        {
            "side": side,
            "prompts": (mine := [one for one in prompts if one["prompt"].side == side]),
            "mark": _count(side, sum(one["count"] for one in mine)),
            "empty": EMPTY[f"board_{side}"],
        }
        for side in HALVES
    ]
    return {"halves": halves, "others": [one for one in prompts if one["prompt"].side not in HALVES]}


def _count(what: str, n: int) -> SafeString:
    label = ngettext("%(n)s card", "%(n)s cards", n) % {"n": n}
    return format_html('<span class="count" id="count-{}" aria-label="{}">{}</span>', what, label, n)


def _cards(debrief: Debrief, *, under: Theme | None = None) -> dict[int, list[SafeString]]:
    """prompt id -> its cards, as they stand on the board."""
    cards: dict[int, list[SafeString]] = {}
    for _number, prompt, html in _drawn(debrief, under=under):
        cards.setdefault(prompt, []).append(html)
    return cards


def _drawn(
    debrief: Debrief, *, only: Collection[str] = (), under: Theme | None = None
) -> list[tuple[int, int, SafeString]]:
    """The one place where cards leave the database for a page: text, name or none, theme; no time, no person's id.

    (its number, its prompt, HTML). A card is known by its place in the one shuffle: that tells nobody anything, and
    packs to a fifth of a random identifier. Not a template: one card there takes a fifth of a millisecond, and boards
    hold hundreds.
    """
    wanted = debrief.perspectives.filter(position__in=only) if only else debrief.perspectives.all()
    wanted = wanted.filter(theme=under) if under else wanted
    rows = list(
        wanted.values_list(
            "position", "prompt_id", "prompt__side", "text", "is_anonymous", "author__display_name", "author__email",
            "guest_name", "theme",
        )
    )  # fmt: skip
    glyphs = {side: icon(side, "glyph") for side in {row[2] for row in rows}}
    # Under the theme's own name no card need say it again.
    inside = set() if under else {row[-1] for row in rows} - {None}
    feet = {theme.pk: theme.name for theme in debrief.themes.filter(pk__in=inside)}
    foot_of = _moves(debrief, feet) if debrief.phase == Phase.RECOGNIZE else _theme_names(feet)
    anonymous, gone = _("Anonymous"), _("Somebody who has left")
    drawn = []
    for number, prompt, side, text, is_anonymous, name, email, guest, theme in rows:
        visitor = _("%(name)s, a guest") % {"name": guest} if guest else ""
        who = anonymous if is_anonymous else name or email or visitor or gone
        words = linebreaksbr(text)
        foot = foot_of(number, theme)
        html = format_html(CARD, number=number, side=side, glyph=glyphs[side], text=words, who=who, foot=foot)
        drawn.append((number, prompt, html))
    return drawn


def _moves(debrief: Debrief, themes: Mapping[Any, str]) -> Callable[[Any, Any], SafeString]:
    """A link at the card's foot: the theme it is in, and the way to another one."""
    # One address is asked for, the others differ in the card alone.
    before, _zero, after = reverse("debriefs:move_card", args=[debrief.pk, 0]).rpartition("0")
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
    )
    return {
        "themes": focus.in_order(themes),
        **_loose(debrief),
        **_voted(debrief),
        "counted": debrief.voting_closed_at is not None,
        "focus_id": debrief.focus_id if debrief.phase == Phase.RATIONALIZE else None,
        "can_group": debrief.phase == Phase.RECOGNIZE,
        "empty": EMPTY["themes"],
    }


def _loose(debrief: Debrief) -> dict[str, Any]:
    """How many cards are in no theme yet."""
    return {"loose": debrief.perspectives.filter(theme=None).count() if debrief.phase == Phase.RECOGNIZE else 0}


def _voted(debrief: Debrief) -> dict[str, Any]:
    """How many have voted, never who and never for what."""
    if not debrief.voting_is_open:
        return {"voting_is_open": False}
    # Whoever has left the room, or manages the team now, is waited for no more.
    everyone = debrief.eligible_writers().filter(abstains=False)
    has_voted = Exists(Vote.objects.filter(debrief=debrief, voter=OuterRef("person")))
    return {"voting_is_open": True, **everyone.aggregate(writers=Count("pk"), voters=Count("pk", filter=Q(has_voted)))}


def _focus(debrief: Debrief) -> dict[str, Any]:
    """The theme that is talked about, its cards side by side, and what to ask of them."""
    if debrief.phase != Phase.RATIONALIZE:
        return {}
    themes = focus.in_order(debrief.themes.all())
    now = next((theme for theme in themes if theme.pk == debrief.focus_id), None)
    return {
        "is_on": True,
        "theme": now,
        "has_themes": bool(themes),
        "all_talked_about": bool(themes) and not focus.next_theme(themes, None),
        "counted": debrief.voting_closed_at is not None,
        "voting_is_open": debrief.voting_is_open,
        "kinds": FACTOR_KINDS.values(),
        **(_sides(debrief, now) if now else {}),
    }


def _sides(debrief: Debrief, theme: Theme) -> dict[str, Any]:
    cards = _cards(debrief, under=theme)
    by_side: dict[str, list[SafeString]] = {}
    for prompt, side in debrief.prompts.values_list("pk", "side"):
        by_side.setdefault(side, []).extend(cards.get(prompt, []))
    return {
        "halves": [
            {"side": side, "text": THEME_HALVES[side], "cards": SafeString("".join(by_side.get(side, [])))}
            for side in HALVES
        ],
        "others": SafeString("".join(html for side, some in by_side.items() if side not in HALVES for html in some)),
    }


def _head(debrief: Debrief) -> dict[str, Any]:
    return {}


def _timer(debrief: Debrief) -> dict[str, Any]:
    return {"left": clock(debrief.timer_left or 0)}


def clock(seconds: int) -> str:
    return "{}:{:02}".format(*divmod(seconds, 60))


def _hands(debrief: Debrief) -> dict[str, Any]:
    """First names, in the order in which the hands went up; of two alike, the whole names."""
    people = [one.person for one in hands_up(debrief)]
    first = [person.first_name for person in people]
    return {"hands": [str(one) if first.count(one.first_name) > 1 else one.first_name for one in people]}


def _stepper(debrief: Debrief) -> dict[str, Any]:
    return {"phases": steps_of_the_way(debrief)}


def steps_of_the_way(debrief: Debrief) -> list[dict[str, object]]:
    """The phases as the stepper shows them: what is done, where the team is, what lies ahead."""
    way: list[Phase] = [phase for phase in WAY if phase != Phase.DRAFT]
    now = way.index(Phase(debrief.phase)) if debrief.phase in way else -1
    # Once the meeting is over its minutes are of no use.
    minutes = agenda_of(debrief) if debrief.phase not in (Phase.FOLLOW_THROUGH, Phase.LEARNED) else {}
    return [
        {
            "name": PHASE_TEXT[phase].name,
            "hint": PHASE_TEXT[phase].purpose,
            "minutes": minutes.get(phase),
            "state": "now" if n == now else "done" if n < now else "ahead",
            "url": f"?phase={phase}" if n < now and phase in LOOK_BACK else "",
        }
        for n, phase in enumerate(way)
    ]


def _factors(debrief: Debrief) -> dict[str, Any]:
    factors = list(debrief.factors.select_related("theme").prefetch_related("steps__owner"))
    alone = not factors and debrief.strengths.exists()
    return {
        "factors": factors,
        "answered": sum(factor.is_answered for factor in factors),
        "can_agree": debrief.phase in (Phase.REALIGN, Phase.FOLLOW_THROUGH),
        "can_edit": debrief.phase in (Phase.RATIONALIZE, Phase.REALIGN),
        "empty": EMPTY["only_strengths" if alone else "factors"],
    }


def _strengths(debrief: Debrief) -> dict[str, Any]:
    strengths = list(debrief.strengths.select_related("theme").prefetch_related("steps__owner"))
    alone = not strengths and debrief.factors.exists()
    return {
        "strengths": strengths,
        "answered": sum(strength.is_answered for strength in strengths),
        "can_agree": debrief.phase in (Phase.REALIGN, Phase.FOLLOW_THROUGH),
        "can_edit": debrief.phase in (Phase.RATIONALIZE, Phase.REALIGN),
        "empty": EMPTY["only_factors" if alone else "strengths"],
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
    return {
        "ideas": debrief.parked_ideas.all(),
        "can_edit": debrief.phase in (Phase.RECOGNIZE, Phase.RATIONALIZE, Phase.REALIGN),
        "can_take_up": debrief.phase == Phase.REALIGN,
        "empty": EMPTY["parking"],
    }


def _lessons(debrief: Debrief) -> dict[str, Any]:
    return {
        "lessons": debrief.lessons.all(),
        "can_edit": debrief.phase in (Phase.REALIGN, Phase.FOLLOW_THROUGH),
        "empty": EMPTY["lessons"],
    }


# region -> (template that holds its partial, what it shows)
REGIONS: dict[str, tuple[str, Callable[[Debrief], dict[str, Any]]]] = {
    "head": ("debriefs/head.html", _head),
    "stepper": ("debriefs/head.html", _stepper),
    "timer": ("debriefs/head.html", _timer),
    "hands": ("debriefs/head.html", _hands),
    "soak": ("debriefs/head.html", _head),
    "board": ("debriefs/board.html", _board),
    "timeline": ("debriefs/board.html", _timeline),
    "themes": ("debriefs/board.html", _themes),
    "loose": ("debriefs/board.html", _loose),
    "voted": ("debriefs/board.html", _voted),
    "focus": ("debriefs/focus.html", _focus),
    "parking": ("debriefs/board.html", _parking),
    "factors": ("debriefs/analysis.html", _factors),
    "strengths": ("debriefs/analysis.html", _strengths),
    "questions": ("debriefs/analysis.html", _questions),
    "lessons": ("debriefs/analysis.html", _lessons),
    "unanswered": ("debriefs/_realign.html", closing.unanswered),
    "follow_up": ("debriefs/_realign.html", _head),
    "closing": ("debriefs/_closing.html", closing.closing),
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


# What else a change touches: region → what is drawn anew. A name without a region of its own is only told, so that a
# page asks again for what is its own (`live:<name>` in the templates).
ALSO: dict[str, tuple[str, ...]] = {
    # A page on which somebody types stays as it is; the timer and the hands of the old phase go even there.
    "room": ("room", "timer", "hands"),
    "head": ("head", "stepper", "follow_up", "soak"),
    # Somebody more is asked the closing questions.
    "people": ("closing",),
    # Each factor and strength shows the steps that answer it.
    "steps": ("steps", "factors", "strengths", "unanswered"),
    # Every card may have another theme now, and cards that waited in a tray may be on the board.
    "board": ("board", "tray"),
    "voting": ("themes", "focus", "tray"),
    # A theme is marked once something was found in it, and a side says so when only the other one has anything.
    "factors": ("factors", "strengths", "themes", "unanswered"),
    "strengths": ("strengths", "factors", "themes", "unanswered"),
}


def events(debrief: Debrief, changed: Iterable[str]) -> list[tuple[str, str]]:
    """What every open page is told: (key, event), each changed region drawn once, in the language of the house."""
    regions = dict.fromkeys(region for name in changed for region in ALSO.get(name, (name,)))
    with translation.override(settings.LANGUAGE_CODE):
        if "board" in regions:
            regions = {region: None for region in regions if not region.startswith("card-")}
        cards = _card_events(debrief, [region for region in regions if region.startswith("card-")])
        drawn = [(region, cards.get(region, "") or _event(debrief, region)) for region in regions]
        return [(region, one) for region, one in drawn if one]


def _event(debrief: Debrief, region: str) -> str:
    if region == "room":
        return event("room", debrief.phase)
    if region.startswith("card-"):
        return ""  # it has left the board
    return event(region, str(render(debrief, region)) if region in REGIONS else "")


def _card_events(debrief: Debrief, regions: Sequence[str]) -> dict[str, str]:
    """Each card for its prompt's list, and the counts that it changes; the same few questions for one as for forty."""
    if not regions:
        return {}
    counted = _counts(debrief)
    sides = {prompt: side for prompt, side, _n, _loose in counted}
    loose = render_to_string("debriefs/board.html#loose", {"loose": sum(one for *_rest, one in counted)})
    found = {}
    for number, prompt, html in _drawn(debrief, only=[region.removeprefix("card-") for region in regions]):
        side = sides[prompt]
        alike = [n for one, other, n, _loose in counted if one == prompt or (side in HALVES and other == side)]
        mark = _count(side if side in HALVES else f"prompt-{prompt}", sum(alike))
        found[f"card-{number}"] = event(f"cards-{prompt}", f"{html}{mark}{loose}")
    return found


def _counts(debrief: Debrief) -> list[tuple[int, str, int, int]]:
    """(prompt, side, its cards, those of them in no theme), in one question."""
    cards = debrief.perspectives.order_by().values_list("prompt", "prompt__side")
    return list(cards.annotate(n=Count("pk"), loose=Count("pk", filter=Q(theme=None))))


def cards(debrief: Debrief, regions: Sequence[str]) -> dict[str, SafeString]:
    """These cards (`card-<number>`), as they stand on the board."""
    wanted = [region.removeprefix("card-") for region in regions]
    return {f"card-{number}": html for number, _prompt, html in _drawn(debrief, only=wanted)} if wanted else {}


def presence(names: tuple[str, ...]) -> SafeString:
    """Who is here, the same for everyone: how many, and the first five."""
    faces = format_html_join(
        "", '<li><span class="avatar" title="{}">{}</span></li>', ((name, initials_of(name)) for name in names[:5])
    )
    said = ngettext("%(n)s here", "%(n)s here", len(names)) % {"n": len(names)}
    return format_html(
        '<div class="presence" id="presence"><ul aria-hidden="true">{}</ul><span>{}</span></div>', faces, said
    )


def ready_event(debrief_id: int, at: datetime) -> tuple[str, str]:
    """How many say they are ready. Has no number: where cards may be anonymous it moves at fixed instants, by itself."""
    people = Participation.objects.filter(debrief=debrief_id)
    html = ready_count(people.filter(ready_from__lte=at).count(), people.count())
    return "ready-count", event("ready-count", html)


def ready_count(ready: int, people: int) -> SafeString:
    said = _("%(n)s of %(people)s are ready") % {"n": ready, "people": people}
    return format_html('<span id="ready-count">{}</span>', said)
