"""A few doors that only the tests of apps.web go through."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import include, path
from django.utils import timezone

from apps.web import views
from apps.web.http import require, toast
from apps.web.render import render_fragment, render_page
from apps.web.verdict import Refused, no


@login_not_required
def page(request: HttpRequest) -> HttpResponse:
    return render_page(request, "web_tests/page.html", {"word": "hello"}, fragments=("people",))


@login_not_required
def change(request: HttpRequest) -> HttpResponse:
    toast(request, "The card was removed.", undo="/undo/")
    return render_fragment(request, "web_tests/page.html", "people", {"word": "changed"}, else_to="/page/")


@login_not_required
def faulty(request: HttpRequest) -> HttpResponse:
    return render_page(
        request,
        "web_tests/page.html",
        {"word": "faulty"},
        fragments=("people",),
        status=422,
    )


@login_not_required
def denied(request: HttpRequest) -> HttpResponse:
    require(no("Only a leader can show the cards."))
    raise AssertionError("nobody gets here")


@login_not_required
def refused(request: HttpRequest) -> HttpResponse:
    raise Refused("The cards were shown a moment ago.")


@login_not_required
def elsewhere(request: HttpRequest) -> HttpResponse:
    messages.success(request, "Kept for the next page.")
    return redirect(request.GET.get("to", "/page/"))


def members_only(request: HttpRequest) -> HttpResponse:
    return HttpResponse(timezone.get_current_timezone_name())


urlpatterns = [
    path("page/", page),
    path("change/", change),
    path("faulty/", faulty),
    path("denied/", denied),
    path("refused/", refused),
    path("elsewhere/", elsewhere),
    path("members/", members_only),
    path("theme/", views.theme, name="theme"),
    path("accounts/", include("allauth.account.urls")),
    path("dev/", include("apps.web.dev_urls")),
]
