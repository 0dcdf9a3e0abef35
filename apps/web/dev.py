"""Two pages for whoever builds Realign, in DEBUG only: every component in every state, and the letters sent."""

import email
import email.policy
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from functools import wraps
from pathlib import Path
from typing import Any

from csp.decorators import csp_replace
from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from apps.web.forms import Date, DateTime, Described, Scale, Sides, Text, Time
from apps.web.http import HttpRequest
from apps.web.render import render_page
from apps.web.templatetags.ui import KINDS, SIDES, STATES

# The file backend closes each letter with a row of dashes.
END_OF_LETTER = re.compile(rb"^-{79}\r?$", re.MULTILINE)


def in_debug_only(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Asked at each request, so that a test may switch DEBUG off after the URLs were read."""

    @require_safe
    @login_not_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not settings.DEBUG:
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


@in_debug_only
def components(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    context = {
        "form": SpecimenForm(
            initial={
                "title": "The bed lift stopped between floors",
                "weight": "3",
                "side": "wrong",
            }
        ),
        "faulty": SpecimenForm(
            {"title": " ", "due": "2026-11-31", "account": "", "named": "anonymous"},
            prefix="f",
        ),
        "icons": sorted(
            re.findall(
                r'id="i-([a-z-]+)"',
                (settings.BASE_DIR / "static/icons.svg").read_text(),
            )
        ),
        "states": STATES,
        "kinds": KINDS,
        "sides": SIDES,
        "people": [
            Specimen("Jonas Berg", "JB"),
            Specimen("Leila Moradi", "LM"),
            Specimen("Oskar Niemi", "ON"),
        ],
        "phases": _phases(1),
        "later_phases": _phases(4),
        "page_obj": Paginator(range(90), 30).page(2),
        "days": [now.date() + timedelta(days=n) for n in (-400, -9, -1, 0, 1, 5, 60)],
        "moments": [now - timedelta(minutes=n) for n in (0, 7, 130, 3000, 40_000)],
    }
    return render_page(request, "dev/components.html", context)


@in_debug_only
def mailbox(request: HttpRequest) -> HttpResponse:
    return render_page(request, "dev/mailbox.html", {"letters": letters()})


@in_debug_only
def letter(request: HttpRequest, name: str) -> HttpResponse:
    return render_page(request, "dev/letter.html", {"letter": _letter_or_404(name)})


@in_debug_only
@xframe_options_sameorigin
@csp_replace({"style-src": ["'unsafe-inline'"], "script-src": ["'none'"], "frame-ancestors": ["'self'"]})  # type: ignore[arg-type]
def letter_html(request: HttpRequest, name: str) -> HttpResponse:
    """Only the letter: shown in a sandboxed frame, with its own inline style and nothing that runs."""
    # Its links lead out of the frame; our own pages refuse to be framed.
    return HttpResponse(_letter_or_404(name).html.replace("<head>", '<head><base target="_top">', 1))


@dataclass(frozen=True)
class Letter:
    name: str
    sent_at: datetime
    message: EmailMessage

    @property
    def subject(self) -> str:
        return str(self.message["Subject"] or "")

    @property
    def to(self) -> str:
        return str(self.message["To"] or "")

    @property
    def headers(self) -> list[tuple[str, str]]:
        return [(name, str(value)) for name, value in self.message.items()]

    @property
    def text(self) -> str:
        return self._part("plain")

    @property
    def html(self) -> str:
        return self._part("html")

    def _part(self, kind: str) -> str:
        part = self.message.get_body((kind,))
        return str(part.get_content()) if part else ""


def letters() -> list[Letter]:
    """Newest first."""
    folder = Path(getattr(settings, "EMAIL_FILE_PATH", "") or settings.MAIL_DIR)
    found = [found for path in folder.glob("*") if path.is_file() for found in _letters_in(path)]
    return sorted(found, key=lambda letter: (letter.sent_at, letter.name), reverse=True)


def _letters_in(path: Path) -> list[Letter]:
    written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    raw = [part.strip() for part in END_OF_LETTER.split(path.read_bytes()) if part.strip()]
    parsed = [email.message_from_bytes(part, policy=email.policy.default) for part in raw]
    return [
        Letter(f"{path.stem}-{n}", _sent_at(m, written), m) for n, m in enumerate(parsed) if isinstance(m, EmailMessage)
    ]


def _sent_at(message: EmailMessage, otherwise: datetime) -> datetime:
    stamp = getattr(message["Date"], "datetime", None)
    return stamp if stamp and stamp.tzinfo else otherwise


def _letter_or_404(name: str) -> Letter:
    for found in letters():
        if found.name == name:
            return found
    raise Http404


@dataclass(frozen=True)
class Specimen:
    """A person who is none."""

    name: str
    initials: str

    def __str__(self) -> str:
        return self.name


class SpecimenForm(forms.Form):
    title = forms.CharField(max_length=120, help_text="What one would call it in a corridor.")
    account = forms.CharField(widget=Text, max_length=2000, label="What happened")
    due = forms.DateField(widget=Date, help_text="You can move it later.")
    at = forms.TimeField(widget=Time, required=False, label="At")
    meeting = forms.DateTimeField(widget=DateTime, required=False)
    owner = forms.ChoiceField(choices=[("", "Choose a person"), ("1", "Oskar Niemi"), ("2", "Leila Moradi")])
    named = forms.ChoiceField(
        widget=forms.RadioSelect,
        label="Perspectives are",
        choices=[
            ("named", Described("named", "Everyone sees who wrote", "person")),
            ("anonymous", Described("anonymous", "Four or more people", "anonymous")),
            ("choice", Described("the writer’s choice", "Card by card", "pencil")),
        ],
    )
    side = forms.ChoiceField(widget=Sides, choices=[("wrong", "Went wrong"), ("right", "Went right")])
    weight = forms.ChoiceField(
        widget=Scale,
        choices=[(n, n) for n in range(1, 6)],
        label="How much did it weigh?",
    )
    days = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple,
        required=False,
        choices=[("0", "Monday"), ("1", "Tuesday"), ("2", "Wednesday")],
    )
    nameless = forms.BooleanField(
        required=False,
        label="Without my name",
        help_text="Nothing joins the card to you.",
    )

    def clean_title(self) -> str:
        title: str = self.cleaned_data["title"].strip()
        if not title:
            raise forms.ValidationError("A title needs at least one word.")
        return title


def _phases(now: int) -> list[dict[str, str]]:
    names = [
        "Prepare",
        "Recognize",
        "Rationalize",
        "Realign",
        "Follow through",
        "Learn",
    ]
    states = ["done" if n < now else "now" if n == now else "ahead" for n in range(len(names))]
    hints = {
        "Recognize": "what happened, wrong and right",
        "Follow through": "kept? worked?",
    }
    return [
        {
            "name": name,
            "state": state,
            "url": "#" if state == "done" else "",
            "hint": hints.get(name, ""),
        }
        for name, state in zip(names, states, strict=True)
    ]
