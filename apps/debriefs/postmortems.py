"""Reads a postmortem (Markdown with YAML front matter) that anybody may upload; it trusts nothing and guesses aloud."""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import yaml
from django.utils.translation import gettext as _

MAX_BYTES = 1_000_000
TITLE_MAX = 200
TEXT_MAX = 20_000
URL_MAX = 500
KEY_MAX = 200
FRONT_MAX = 64_000
TAG_MAX = 40
TAGS_MAX = 12
ALIASES_MAX = 20
DEPTH_MAX = 20
YEARS = range(1900, 2101)

# People and tools call the same thing by several names; the first one that holds something counts.
TITLE_FIELDS = ("title", "name")
START_FIELDS = ("start_time", "started_at", "start", "date")
END_FIELDS = ("end_time", "ended_at", "end", "resolved_at")
SUMMARY_FIELDS = ("summary", "description")
TAG_FIELDS = ("categories", "tags", "keywords")
URL_FIELDS = ("url", "source_url", "source", "link")
KEY_FIELDS = ("uuid", "id")

FENCE = re.compile(r"^---[ \t]*$")
END_OF_FENCE = re.compile(r"^(?:---|\.\.\.)[ \t]*$")
HEADING = re.compile(r"^#{1,6}[ \t]+(\S.*)$")
# PostgreSQL stores no NUL, mail and HTML want no other control character, and a lone surrogate cannot be encoded.
UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
MARKDOWN_LINK = re.compile(r"!?\[([^\[\]]{0,200})\]\([^()\s]{0,500}\)")
SENTENCE_END = re.compile(r"[.!?](?=\s|$)")
WRITTEN_DATES = ("%Y/%m/%d", "%d.%m.%Y", "%d %B %Y", "%d %b %Y", "%B %d, %Y", "%b %d, %Y")


class NotAPostmortem(Exception):
    """Carries the reason as a sentence for the person who chose the file."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Postmortem:
    """What a file holds, within the limits of a debrief; `notes` says what was odd and what became of it."""

    title: str
    started_at: datetime | None
    ended_at: datetime | None
    summary: str
    body: str
    tags: tuple[str, ...]
    source_url: str
    source_key: str
    notes: tuple[str, ...]


def parse(text: bytes | str, *, name: str) -> Postmortem:
    """Any input gives a Postmortem or raises NotAPostmortem; `name` is the file's, for the sentences."""
    content = _readable(text, name)
    front, body = _split(content)
    fields = _fields(front)
    notes: list[str] = []
    summary = _text(_first(fields, SUMMARY_FIELDS))
    title, body = _title(fields, summary, body, notes)
    started_at, ended_at = _times(fields, notes)
    summary, body = _within_limit(summary, body, notes)
    source_url = _url(_first(fields, URL_FIELDS), notes)
    return Postmortem(
        title=title,
        started_at=started_at,
        ended_at=ended_at,
        summary=summary,
        body=body,
        tags=_tags(fields, notes),
        source_url=source_url,
        source_key=_key(_first(fields, KEY_FIELDS), source_url, content, notes),
        notes=tuple(notes),
    )


def happened_text(postmortem: Postmortem) -> str:
    """The facts for `happened`: the summary first, and the body unless it says the same."""
    if not postmortem.summary or postmortem.body.startswith(postmortem.summary):
        return postmortem.body
    return "\n\n".join(part for part in (postmortem.summary, postmortem.body) if part)


def too_large(name: str, size: int) -> NotAPostmortem:
    """For callers who know the size of a file beforehand and need not read all of it."""
    reason = _("%(name)s has %(size)s MB. We read postmortems of up to 1 MB.")
    return NotAPostmortem(reason % {"name": name, "size": f"{size / 1_000_000:.1f}"})


def _readable(text: bytes | str, name: str) -> str:
    """The size is judged before anything else is done, so that a huge file costs nothing."""
    size = len(text) if isinstance(text, bytes) or len(text) > MAX_BYTES else len(text.encode(errors="replace"))
    if size > MAX_BYTES:
        raise too_large(name, size)
    if isinstance(text, bytes):
        try:
            text = text.decode("utf-8-sig")
        except UnicodeDecodeError:
            reason = _("%(name)s is not text that we can read. Save it as UTF-8 text and try again.")
            raise NotAPostmortem(reason % {"name": name}) from None
    if "\x00" in text:
        raise NotAPostmortem(_("%(name)s is not a text file. We read Markdown with front matter.") % {"name": name})
    text = UNSTORABLE.sub("", text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n"))
    if not text.strip():
        raise NotAPostmortem(_("%(name)s is empty.") % {"name": name})
    return text


def _split(content: str) -> tuple[str, str]:
    """The front matter keeps the blank lines before it, so that line numbers are those of the file."""
    lines = content.split("\n")
    opening = next(index for index, line in enumerate(lines) if line.strip())
    if not FENCE.match(lines[opening]):
        raise NotAPostmortem(
            _("There is no front matter: the first line should be --- with the title and the dates below it.")
        )
    for index in range(opening + 1, len(lines)):
        if END_OF_FENCE.match(lines[index]):
            front = "\n" * (opening + 1) + "\n".join(lines[opening + 1 : index])
            if len(front) > FRONT_MAX:
                raise NotAPostmortem(_("The front matter is longer than we read; the text belongs below it."))
            return front, "\n".join(lines[index + 1 :]).strip()
    raise NotAPostmortem(_("The front matter has no end: a second line with --- is missing."))


class _PlainLoader(yaml.SafeLoader):
    """A safe loader for which every value is text: dates and numbers stay as they were written, odd ones too."""

    def __init__(self, stream: str) -> None:
        super().__init__(stream)
        self.yaml_implicit_resolvers = {}
        self._aliases = 0
        self._depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Aliases can swell and depth can exhaust the stack, both from a very small file."""
        self._aliases += self.check_event(yaml.AliasEvent)
        self._depth += 1
        if self._aliases > ALIASES_MAX or self._depth > DEPTH_MAX:
            raise NotAPostmortem(_("The front matter is nested too deeply or repeats itself too often."))
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node


def _fields(front: str) -> dict[str, Any]:
    try:
        found = _PlainLoader(front).get_single_data()
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        reason = _("We could not read the front matter near line %(line)s. Does a value with a colon want quotes?")
        raise NotAPostmortem(reason % {"line": line}) from None
    except (yaml.YAMLError, ValueError, TypeError, AttributeError, LookupError, RecursionError):
        raise NotAPostmortem(_("We could not read the front matter: it is not valid YAML.")) from None
    if not isinstance(found, dict):
        raise NotAPostmortem(_("The front matter holds no fields, such as a line that begins with title:"))
    return {str(key).strip().lower(): value for key, value in found.items() if isinstance(key, str)}


def _first(fields: dict[str, Any], names: tuple[str, ...]) -> Any:
    return next((fields[name] for name in names if _text(fields.get(name))), "")


def _text(value: Any) -> str:
    """A list gives its first text, a mapping nothing; an escape in quotes can smuggle in what was cleaned before."""
    if isinstance(value, list):
        value = next((item for item in value if isinstance(item, str) and item.strip()), "")
    if not isinstance(value, str) or value.strip() in ("~", "null"):
        return ""
    return UNSTORABLE.sub("", value.replace("\r\n", "\n").replace("\r", "\n")).strip()


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _title(fields: dict[str, Any], summary: str, body: str, notes: list[str]) -> tuple[str, str]:
    title = _one_line(_text(_first(fields, TITLE_FIELDS)))
    if not title:
        title, body = _heading(body)
        if title:
            notes.append(_("There is no title; we took the first heading."))
    if not title:
        title = _first_sentence(summary or body)
        if title:
            notes.append(_("There is no title; we took the first sentence. You may want a shorter one."))
    if not title:
        raise NotAPostmortem(_("There is no title, no heading and no text that could stand in for one."))
    if len(title) > TITLE_MAX:
        notes.append(_("The title is longer than %(limit)s characters; we cut it.") % {"limit": TITLE_MAX})
    return _cut(title, TITLE_MAX), body


def _heading(body: str) -> tuple[str, str]:
    """A heading that becomes the title leaves the body, where it would stand twice."""
    lines = body.split("\n")
    for index, line in enumerate(lines):
        match = HEADING.match(line)
        heading = _one_line(match[1].strip().rstrip("#")) if match else ""
        if heading:
            return heading, "\n".join(lines[:index] + lines[index + 1 :]).strip()
    return "", body


def _first_sentence(text: str) -> str:
    start = MARKDOWN_LINK.sub(r"\1", text[:2000]).replace("`", "").replace("**", "").lstrip("#->*_ \t\n")
    paragraph = _one_line(start.split("\n\n")[0])
    end = SENTENCE_END.search(paragraph)
    return paragraph[: end.start()] if end and end.start() else paragraph


def _cut(text: str, limit: int) -> str:
    """Ends at a word and says so with an ellipsis; a text without spaces is cut where it must be."""
    if len(text) <= limit:
        return text
    kept = text[: limit - 1]
    at_word = re.split(r"\s\S*\Z", kept)[0].rstrip() if re.search(r"\s", kept[limit // 2 :]) else kept
    return f"{at_word}…"


def _within_limit(summary: str, body: str, notes: list[str]) -> tuple[str, str]:
    room = TEXT_MAX - len(summary) - 2
    if len(summary) <= TEXT_MAX and len(body) <= room:
        return summary, body
    notes.append(_("The text is longer than %(limit)s characters; we kept the beginning.") % {"limit": TEXT_MAX})
    return _cut(summary, TEXT_MAX), _cut(body, room) if room > 1 else ""


def _times(fields: dict[str, Any], notes: list[str]) -> tuple[datetime | None, datetime | None]:
    started_at = _moment(_first(fields, START_FIELDS), _("start"), notes)
    ended_at = _moment(_first(fields, END_FIELDS), _("end"), notes)
    if started_at and ended_at and ended_at < started_at:
        notes.append(_("The end is before the start; we left it out."))
        return started_at, None
    return started_at, ended_at


def _moment(value: Any, which: str, notes: list[str]) -> datetime | None:
    written = _one_line(_text(value))
    if not written:
        return None
    moment = _read_moment(written)
    if moment is None or moment.year not in YEARS:
        shown = {"which": which, "written": _cut(written, 40)}
        notes.append(_("We could not read the %(which)s “%(written)s” as a date; we left it out.") % shown)
        return None
    if moment.tzinfo is not None:
        return moment.astimezone(UTC)
    if ":" not in written and moment.time() == time.min:
        notes.append(_("The %(which)s has no time of day; we took midnight, UTC.") % {"which": which})
    else:
        notes.append(_("The %(which)s has no time zone; we took it as UTC.") % {"which": which})
    return moment.replace(tzinfo=UTC)


def _read_moment(written: str) -> datetime | None:
    if re.fullmatch(r"[0-9]{1,4}|[0-9]{9,}", written):  # a bare year or a bare number is a guess too far
        return None
    try:
        return datetime.fromisoformat(re.sub(r"\s*(?:UTC|GMT)$", "+00:00", written))
    except ValueError:
        pass
    for pattern in WRITTEN_DATES:
        try:
            return datetime.strptime(written, pattern)  # noqa: DTZ007 (a zone, if any, is read beside it)
        except ValueError:
            continue
    try:
        return parsedate_to_datetime(written)
    except (ValueError, TypeError, LookupError, OverflowError):
        return None


def _tags(fields: dict[str, Any], notes: list[str]) -> tuple[str, ...]:
    tags: dict[str, str] = {}
    for field in TAG_FIELDS:
        for tag in _words(fields.get(field)):
            tags.setdefault(tag.casefold(), tag)
    if len(tags) > TAGS_MAX:
        notes.append(
            _("There are %(count)s tags; we kept the first %(limit)s.") % {"count": len(tags), "limit": TAGS_MAX}
        )
    return tuple(tags.values())[:TAGS_MAX]


def _words(value: Any) -> Iterator[str]:
    """A list, or one line with commas; whatever is nested deeper is no tag."""
    for item in value if isinstance(value, list) else [value]:
        for part in _text(item if isinstance(item, str) else "").split(","):
            word = _one_line(part).lstrip("#")
            if word:
                yield _cut(word, TAG_MAX)


def _url(value: Any, notes: list[str]) -> str:
    written = _text(value)
    if not written:
        return ""
    if _is_web_link(written):
        return written
    notes.append(
        _("The source “%(written)s” is no http or https link; we left it out.") % {"written": _cut(written, 60)}
    )
    return ""


def _is_web_link(written: str) -> bool:
    if len(written) > URL_MAX or re.search(r"[\s<>\"\\]", written):
        return False
    try:
        parts = urlsplit(written)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        return False


def _key(value: Any, source_url: str, content: str, notes: list[str]) -> str:
    """What makes the second import of a file find the first one; the same text on another system counts as the same."""
    written = _text(value)
    if written:
        try:
            return str(uuid.UUID(written))
        except ValueError:
            notes.append(_("The uuid is not one; we know the file by its link or its content instead."))
    if source_url and len(source_url) <= KEY_MAX:
        return source_url
    return f"sha256:{hashlib.sha256((source_url or content.strip()).encode()).hexdigest()}"
