"""The library: what teams have learned and chosen to share, found by words, team and tag. Read-only."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.aggregates import StringAgg
from django.contrib.postgres.search import SearchHeadline, SearchQuery, SearchRank, SearchVector
from django.core.paginator import Page, Paginator
from django.db.models import Count, F, Func, OuterRef, Subquery, TextField, Value
from django.db.models.functions import Coalesce
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from apps.accounts.models import User
from apps.debriefs.models import Debrief, Factor, Lesson, Strength
from apps.debriefs.models.debrief import DebriefQuerySet

A_PAGE = 10
LESSONS_SHOWN = 3
TAGS_SHOWN = 20
CONFIG = "english"
# Postgres puts these around a hit; nobody types them, and what is left over of them is thrown away.
HIT, END = "\x02", "\x03"
_HITS = re.compile(f"{HIT}([^{HIT}{END}]*){END}")
_LEFT_OVER = re.compile(f"[{HIT}{END}]")


@dataclass(frozen=True)
class Facet:
    value: str
    label: str
    count: int


@dataclass(frozen=True)
class Entry:
    """One published debrief: its title and lessons, with the hits marked and everything else escaped."""

    debrief: Debrief
    title: SafeString
    lessons: Sequence[SafeString]
    more_lessons: int


@dataclass(frozen=True)
class Library:
    page: Page
    entries: Sequence[Entry]


def shared_with(user: User) -> DebriefQuerySet:
    return Debrief.objects.summary_visible_to(user).published()


def teams_in(shared: DebriefQuerySet) -> list[Facet]:
    rows = shared.order_by().values("team__slug", "team__name").annotate(n=Count("pk")).order_by("team__name")
    return [Facet(row["team__slug"], row["team__name"], row["n"]) for row in rows]


def tags_in(shared: DebriefQuerySet) -> list[Facet]:
    """The most used; each with how many debriefs carry it."""
    tags = shared.order_by().annotate(tag=Func(F("tags"), function="unnest")).values("tag").annotate(n=Count("pk"))
    return [Facet(row["tag"], row["tag"], row["n"]) for row in tags.order_by("-n", "tag")[:TAGS_SHOWN]]


def library_of(shared: DebriefQuerySet, chosen: Mapping[str, Any], page: Any) -> Library:
    words = chosen.get("q", "").strip()
    query = SearchQuery(words, config=CONFIG, search_type="websearch") if words else None
    found = shared.select_related("team")
    if teams := chosen.get("team"):
        found = found.filter(team__slug__in=teams)
    if tags := chosen.get("tag"):
        found = found.filter(tags__overlap=tags)
    found = _matching(found, query) if query else found.order_by("-published_at", "-pk")
    leaf = Paginator(found.annotate(factor_count=_count(Factor), strength_count=_count(Strength)), A_PAGE).get_page(
        page
    )
    lessons = _lessons(leaf.object_list, query)
    return Library(leaf, [_entry(debrief, lessons.get(debrief.pk, [])) for debrief in leaf.object_list])


def _matching(found: DebriefQuerySet, query: SearchQuery) -> DebriefQuerySet:
    """Title before lessons; the best match first."""
    said = Lesson.objects.filter(debrief=OuterRef("pk")).order_by().values("debrief")
    lessons = Coalesce(
        Subquery(said.annotate(all=StringAgg("text", " ")).values("all")), Value(""), output_field=TextField()
    )
    vector = SearchVector("title", weight="A", config=CONFIG) + SearchVector(lessons, weight="B", config=CONFIG)
    ranked = found.annotate(vector=vector, rank=SearchRank(vector, query), hit=_headline("title", query))
    return ranked.filter(vector=query).order_by("-rank", "-published_at", "-pk")


def _headline(field: str, query: SearchQuery) -> SearchHeadline:
    return SearchHeadline(field, query, config=CONFIG, start_sel=HIT, stop_sel=END, highlight_all=True)


def _count(model: Any) -> Coalesce:
    rows = model.objects.filter(debrief=OuterRef("pk")).order_by().values("debrief").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(rows), 0)


def _lessons(debriefs: Iterable[Debrief], query: SearchQuery | None) -> dict[int, list[str]]:
    lessons = Lesson.objects.filter(debrief__in=[one.pk for one in debriefs])
    hit = _headline("text", query) if query else F("text")
    found: dict[int, list[str]] = {}
    for debrief_id, text in lessons.annotate(hit=hit).values_list("debrief_id", "hit"):
        found.setdefault(debrief_id, []).append(text)
    return found


def _entry(debrief: Debrief, lessons: list[str]) -> Entry:
    """Lessons with a hit come first, the others as they were written."""
    ordered = sorted(lessons, key=lambda text: HIT not in text)
    title = getattr(debrief, "hit", debrief.title)
    shown = [marked(text) for text in ordered[:LESSONS_SHOWN]]
    return Entry(debrief, marked(title), shown, max(len(lessons) - LESSONS_SHOWN, 0))


def marked(text: str) -> SafeString:
    """Everything escaped, then the hits marked: what people wrote can never become markup."""
    return mark_safe(_LEFT_OVER.sub("", _HITS.sub(r"<mark>\1</mark>", escape(text))))  # noqa: S308
