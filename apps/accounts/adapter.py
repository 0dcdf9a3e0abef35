from typing import Any
from urllib.parse import urlsplit, urlunsplit

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from apps.web import letters
from apps.web.verdict import Refused

VERIFIED = "account_verified_email"  # allauth's own key in the session


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Asked before each sign-up: an address proved by a letter counts only on the way that the letter opened."""
        if request.method == "GET" and not request.GET.get("next"):
            request.session.pop(VERIFIED, None)
        return super().is_open_for_signup(request)

    def save_user(self, request: HttpRequest, user: Any, form: Any, commit: bool = True) -> Any:
        """The same form twice at the same instant makes one person; the second is told, not broken."""
        try:
            with transaction.atomic():
                return super().save_user(request, user, form, commit)
        except IntegrityError:
            raise Refused(
                _(
                    "Somebody signed up with this address a moment ago. If it was you, the letter with the code is on its way."
                )
            ) from None

    def render_mail(
        self, template_prefix: str, email: str, context: dict[str, Any], headers: dict[str, str] | None = None
    ) -> EmailMultiAlternatives:
        """Links lead to BASE_URL, whatever host the request named."""
        on_base = {key: on_base_url(value) if key.endswith("_url") else value for key, value in context.items()}
        letter = super().render_mail(template_prefix, email, on_base, headers)
        if isinstance(letter, EmailMultiAlternatives):
            letter.alternatives = [inlined(part) for part in letter.alternatives]
        return letter


def inlined(part: Any) -> Any:
    """Mail programs read style attributes, people write style sheets."""
    return part._replace(content=letters.inlined(part.content)) if part.mimetype == "text/html" else part


def on_base_url(url: Any) -> Any:
    if not isinstance(url, str) or not urlsplit(url).netloc:
        return url
    base = urlsplit(settings.BASE_URL)
    parts = urlsplit(url)
    return urlunsplit((base.scheme, base.netloc, base.path.rstrip("/") + parts.path, parts.query, parts.fragment))
