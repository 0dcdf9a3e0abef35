from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from apps.accounts.forms import ProfileForm
from apps.web.http import MemberRequest, toast
from apps.web.render import render_page


@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: MemberRequest) -> HttpResponse:
    form = ProfileForm.of(request.user, request.POST or None)
    if form.is_valid():
        if form.has_changed():
            request.user.change_rhythm(**form.cleaned_data)
        toast(request, _("Saved."))
        return redirect("accounts:profile")
    return render_page(request, "accounts/profile.html", {"form": form}, status=422 if form.is_bound else 200)
