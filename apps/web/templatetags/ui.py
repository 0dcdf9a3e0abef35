"""The small words pages are written in; /dev/components/ shows each of them."""

from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from django import template
from django.forms import BaseForm, BoundField
from django.template import Context
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

register = template.Library()

# value -> (icon, word, side). A side colours it, and only a verdict has one.
STATES = {
    "draft": ("pencil", gettext_lazy("draft"), ""),
    "open": ("open", gettext_lazy("open"), ""),
    "in_progress": ("progress", gettext_lazy("in progress"), ""),
    "done": ("done", gettext_lazy("done"), ""),
    "look_again": ("look", gettext_lazy("look again"), ""),
    "checked": ("look", gettext_lazy("checked"), ""),
    "blocked": ("blocked", gettext_lazy("blocked"), ""),
    "needs_help": ("help", gettext_lazy("needs help"), ""),
    "overdue": ("clock", gettext_lazy("overdue"), ""),
    "dropped": ("dropped", gettext_lazy("dropped"), ""),
    "worked": ("worked", gettext_lazy("worked"), "right"),
    "partly": ("partly", gettext_lazy("partly"), ""),
    "did_not_work": ("loop", gettext_lazy("did not work"), "wrong"),
    "too_early": ("early", gettext_lazy("too early"), ""),
}
KINDS = {
    "fix": ("fix", gettext_lazy("fix"), ""),
    "keep": ("keep", gettext_lazy("keep"), "right"),
    "amplify": ("amplify", gettext_lazy("amplify"), "right"),
    "spread": ("spread", gettext_lazy("spread"), "right"),
    "misstep": ("signpost", gettext_lazy("tactical misstep"), ""),
    "tactical_misstep": ("signpost", gettext_lazy("tactical misstep"), ""),
    "unspoken": ("unspoken", gettext_lazy("unspoken feeling or wish"), ""),
    "unforeseeable": ("cloud", gettext_lazy("unforeseeable"), ""),
}
SIDES = {
    "wrong": ("wrong", gettext_lazy("went wrong"), "wrong"),
    "right": ("right", gettext_lazy("went right"), "right"),
    "expected": ("expected", gettext_lazy("expected"), "expected"),
    "surprise": ("surprise", gettext_lazy("surprise"), "surprise"),
    "luck": ("luck", gettext_lazy("luck"), "luck"),
}


@register.simple_tag
def icon(name: str, css: str = "", label: str = "") -> SafeString:
    """Decoration beside a word; give it a `label` when it stands alone."""
    return _icon(name, css, format_html('role="img" aria-label="{}"', label)) if label else _silent_icon(name, css)


@lru_cache(typed=True)
def _silent_icon(name: str, css: str) -> SafeString:
    """A page holds dozens; their address is the same as long as the process runs."""
    return _icon(name, css, SafeString('aria-hidden="true"'))


def _icon(name: str, css: str, voice: SafeString) -> SafeString:
    return format_html(
        '<svg class="icon{}" {}><use href="{}#i-{}"/></svg>',
        f" {css}" if css else "",
        voice,
        static("icons.svg"),
        name,
    )


@register.simple_tag
def avatar(person: Any) -> SafeString:
    """Initials in ink; people carry no colours."""
    return format_html('<span class="avatar" aria-hidden="true">{}</span>', person.initials)


def _badge(known: dict[str, tuple[str, Any, str]], value: Any, label: Any = "") -> SafeString:
    name, word, side = known.get(str(value), ("open", str(value).replace("_", " "), ""))
    return format_html(
        '<span class="badge"{}>{}{}</span>',
        format_html(' data-side="{}"', side) if side else "",
        icon(name, "glyph" if side else ""),
        label or word,
    )


@register.simple_tag
def side_badge(side: Any, label: str = "") -> SafeString:
    return _badge(SIDES, side, label)


@register.simple_tag
def kind_badge(kind: Any, label: str = "") -> SafeString:
    """A step's kind (fix, amplify, spread), a strength's (keep) or a factor's."""
    return _badge(KINDS, kind, label)


@register.simple_tag
def state_badge(state: Any, label: str = "") -> SafeString:
    return _badge(STATES, state, label)


@register.simple_tag
def state_icon(state: Any) -> SafeString:
    """A step's state as its icon alone, named for whoever cannot see it."""
    name, word, _side = STATES.get(str(state), ("open", str(state), ""))
    return icon(name, label=str(word))


@register.simple_tag
def day(when: date | datetime | None, near: bool = True) -> SafeString | str:
    """A day as people say it: today, tomorrow, Wednesday 25 November; the year only where it is not this one."""
    if when is None:
        return ""
    on = timezone.localdate(when) if isinstance(when, datetime) else when
    return format_html(
        '<time datetime="{}">{}</time>',
        on.isoformat(),
        _say_day(on, timezone.localdate(), near),
    )


@register.simple_tag
def moment(when: datetime | None) -> SafeString | str:
    """A day and a clock time in the reader's zone: tomorrow at 14:00."""
    if when is None:
        return ""
    here = timezone.localtime(when)
    said = _("%(day)s at %(time)s") % {
        "day": _say_day(here.date(), timezone.localdate(), True),
        "time": date_format(here, "H:i"),
    }
    return format_html('<time datetime="{}">{}</time>', here.isoformat(timespec="minutes"), said)


@register.simple_tag
def ago(when: datetime | None) -> SafeString | str:
    """How long since; from a week on it is the day itself, which is easier to remember by."""
    if when is None:
        return ""
    here = timezone.localtime(when)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        here.isoformat(timespec="minutes"),
        date_format(here, "l j F Y, H:i"),
        _say_ago(timezone.now() - when, here),
    )


def _say_day(on: date, today: date, near: bool) -> str:
    if near and abs((on - today).days) <= 1:
        return {0: _("today"), 1: _("tomorrow"), -1: _("yesterday")}[(on - today).days]
    if on.year == today.year:
        return date_format(on, "l j F" if abs((on - today).days) < 100 else "j F")
    return date_format(on, "j F Y")


def _say_ago(passed: timedelta, here: datetime) -> str:
    minutes = int(passed.total_seconds() // 60)
    if minutes < 1:
        return _("just now")
    if minutes < 60:
        return ngettext("%(n)s minute ago", "%(n)s minutes ago", minutes) % {"n": minutes}
    if minutes < 24 * 60:
        return ngettext("%(n)s hour ago", "%(n)s hours ago", minutes // 60) % {"n": minutes // 60}
    if passed.days < 7:
        return ngettext("%(n)s day ago", "%(n)s days ago", passed.days) % {"n": passed.days}
    return _say_day(here.date(), timezone.localdate(), False)


@register.simple_block_tag(takes_context=True)
def tab(context: Context, content: str, url_name: str, icon_name: str, css: str = "") -> SafeString | str:
    """One entry of the main navigation; absent while its page is, current on the page and below it."""
    try:
        url = reverse(url_name)
    except NoReverseMatch:
        return ""
    path = context["request"].path
    current = path == url or (url != "/" and path.startswith(url))
    return format_html(
        '<a href="{}"{}{}>{}{}</a>',
        url,
        format_html(' class="{}"', css) if css else "",
        mark_safe(' aria-current="page"') if current else "",
        icon(icon_name),
        content,
    )


@register.simple_block_tag
def notice(content: str, icon_name: str = "alert", role: str = "") -> SafeString:
    """A quiet box with an icon; `role="status"` when it arrives later."""
    said = format_html(' role="{}"', role) if role else ""
    return format_html('<div class="notice"{}>{}<div>{}</div></div>', said, icon(icon_name), content)


@register.simple_block_tag
def empty(content: str, title: str, level: int = 2) -> SafeString:
    """What is empty teaches: a title, a sentence or two, one action."""
    return format_html('<div class="empty"><h{0}>{1}</h{0}>{2}</div>', level, title, content)


@register.simple_block_tag
def card(content: str, side: str = "", id: str = "", css: str = "") -> SafeString:  # noqa: A002 - the attribute's own name
    """A card with its side's shape, hue and glyph; a footer inside is the small print."""
    return format_html(
        '<article class="card{}"{}{}>{}{}</article>',
        f" {css}" if css else "",
        format_html(' id="{}"', id) if id else "",
        format_html(' data-side="{}"', side) if side else "",
        icon(side, "glyph", str(SIDES[side][1])) if side in SIDES else "",
        content,
    )


@register.filter
def undo_url(message: Any) -> str:
    """The address `http.toast(undo=…)` put on a message."""
    tags = message.extra_tags or ""
    return tags.removeprefix("undo=") if tags.startswith("undo=") else ""


@register.filter
def invalid_fields(form: BaseForm) -> list[BoundField]:
    """The fields a person can go to and mend."""
    return [field for field in form.visible_fields() if field.errors]


@register.filter
def theirs(field: BoundField) -> str | None:
    """What somebody else has saved in this field while it was being changed; None where that is the same."""
    said: str | None = field.form.theirs.get(field.name)  # type: ignore[attr-defined]
    return said


@register.filter
def scripts(names: str) -> list[str]:
    return [static(f"js/{name}.js") for name in names.split(",")]
