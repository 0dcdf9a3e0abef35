from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_POST

from apps.web.http import HttpRequest, page_before
from apps.web.render import render_page

THEMES = ("light", "dark", "auto")
A_YEAR = 365 * 24 * 3600


@require_POST
@login_not_required
def theme(request: HttpRequest) -> HttpResponse:
    """Light or dark without script; with it, theme.js writes the same cookie and asks nobody."""
    response = redirect(page_before(request))
    if request.POST.get("theme") in THEMES:
        response.set_cookie(
            "theme",
            request.POST["theme"],
            A_YEAR,
            samesite="Lax",
            secure=request.is_secure(),
        )
    return response


@require_GET
def shortcuts(request: HttpRequest) -> HttpResponse:
    return render_page(request, "web/shortcuts.html")
