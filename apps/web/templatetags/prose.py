"""Longer texts that people write, as HTML."""

from django import template
from django.utils.safestring import SafeString

from apps.web import markdown

register = template.Library()


@register.filter
def prose(text: str | None) -> SafeString:
    """Markdown, made safe to show."""
    return markdown.render(text or "")
