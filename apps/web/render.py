"""The only views' code that asks what htmx wants: a fragment the view itself has named, or the page."""

from collections.abc import Collection, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.cache import patch_vary_headers


def render_page(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any] | None = None,
    *,
    fragments: Collection[str] = (),
    status: int = 200,
) -> HttpResponse:
    """The whole page, unless HX-Target is one of `fragments`: then that partial of the same template."""
    target = _target(request)
    name = f"{template}#{target}" if target in fragments else template
    response = TemplateResponse(request, name, dict(context or {}), status=status)
    if fragments:
        patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


def render_fragment(
    request: HttpRequest,
    template: str,
    fragment: str,
    context: Mapping[str, Any] | None = None,
    *,
    else_to: Any,
    status: int = 200,
) -> HttpResponse:
    """After a change: the fresh fragment for whoever swaps it in, a redirect to `else_to` for everyone else."""
    if _target(request) == fragment:
        return render_page(request, template, context, fragments=(fragment,), status=status)
    return redirect(else_to)


def render_row(
    request: HttpRequest,
    template: str,
    row_id: str,
    context: Mapping[str, Any] | None = None,
    *,
    else_to: Any,
) -> HttpResponse:
    """After a change to one of many like elements: its own small template, when htmx swaps the element `row_id`."""
    if _target(request) != row_id:
        return redirect(else_to)
    response = TemplateResponse(request, template, dict(context or {}))
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


def _target(request: HttpRequest) -> str | None:
    return request.htmx.target if request.htmx else None  # type: ignore[attr-defined]
