"""One letter, in text and HTML; every link in it starts with BASE_URL, whatever host a request named."""

from collections.abc import Mapping
from typing import Any

import css_inline
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

# A mail server, not a person, reads these: no automatic reply comes back.
HEADERS = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}
# Nothing is fetched: a letter must not make this server call anywhere.
INLINER = css_inline.CSSInliner(load_remote_stylesheets=False, keep_at_rules=True)


def compose(
    template: str,
    context: Mapping[str, Any],
    *,
    to: str,
    subject: str,
    message_id: str = "",
) -> EmailMultiAlternatives:
    """`template` names a pair: template.txt and template.html."""
    context = {**context, "base_url": settings.BASE_URL, "subject": one_line(subject)}
    headers = dict(HEADERS)
    if message_id:
        headers["Message-ID"] = f"<{message_id}@{settings.BASE_HOST}>"
    letter = EmailMultiAlternatives(
        one_line(subject),
        render_to_string(f"{template}.txt", context).strip() + "\n",
        to=[to],
        headers=headers,
    )
    letter.attach_alternative(inlined(render_to_string(f"{template}.html", context)), "text/html")
    return letter


def inlined(html: str) -> str:
    """Mail programs read style attributes; only the rules for the dark half stay in the head."""
    return INLINER.inline(html)


def one_line(text: object) -> str:
    """A line break in a name must not begin a new header."""
    return " ".join(str(text).split())
