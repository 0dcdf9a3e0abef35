import uuid
from datetime import date, timedelta

from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.models import User
from apps.actions.models import Step
from apps.follow_through import permissions
from apps.follow_through.calendar import Rhythm, local_date, when
from apps.follow_through.emails import person_and_kinds
from apps.follow_through.forms import PreferencesForm, SnoozeForm, UnsubscribeForm
from apps.follow_through.models import Reminder
from apps.web.http import HttpRequest, MemberRequest, page_before, require, toast
from apps.web.render import render_page

PAGE = 10


@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: MemberRequest) -> HttpResponse:
    at = now()
    today = timezone.localdate(at)
    said = request.POST if request.method == "POST" else None
    form = PreferencesForm(said, initial=PreferencesForm.initial_of(request.user, today), today=today)
    if form.is_valid():
        request.user.change_rhythm(**form.rhythm())
        toast(request, _("Saved. What is planned for you follows within a minute."))
        return redirect("follow_through:preferences")
    planned = Paginator(planned_for(request.user), PAGE).get_page(request.GET.get("page"))
    context = {"form": form, "page_obj": planned, "now": at}
    return render_page(request, "follow_through/preferences.html", context, status=422 if form.is_bound else 200)


def planned_for(person: User) -> QuerySet[Reminder]:
    """What this person will hear next; what has been switched off since is left out at once."""
    waiting = Reminder.objects.waiting().filter(person=person).exclude(kind__in=person.muted_kinds)
    return waiting.select_related("step__debrief", "debrief", "question__debrief").order_by("due_at", "pk")


@require_POST
def snooze(request: MemberRequest, step_id: uuid.UUID) -> HttpResponse:
    step = get_object_or_404(Step.objects.visible_to(request.user), pk=step_id)
    require(permissions.can_snooze(request.user, step))
    form = SnoozeForm(request.POST)
    if not form.is_valid():
        raise Http404
    rhythm = Rhythm.of(request.user)
    until = when(local_date(now(), rhythm) + timedelta(days=form.cleaned_data["days"]), rhythm)
    following = Reminder.objects.snooze(step, person=request.user, until=until)
    toast(request, _snoozed(following and local_date(following, rhythm)))
    return redirect(page_before(request))


def _snoozed(day: date | None) -> str:
    if day is None:
        return _("Nothing more is planned for you about this step.")
    return _("We write to you about this step on %(day)s.") % {"day": date_format(day, "l j F")}


@csrf_exempt  # a mail program's one-click post has no cookie and no token of ours; the link is signed
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """A GET changes nothing: mail scanners open every link."""
    if not (found := person_and_kinds(token)):
        raise Http404
    person, kinds = found
    stopped = request.method == "POST"
    if stopped:
        form = UnsubscribeForm(request.POST)
        form.is_valid()
        person.change_rhythm(**form.rhythm(person, kinds, local_date(now(), Rhythm.of(person))))
    context = {"person": person, "kinds": [kind.label for kind in kinds], "stopped": stopped}
    return render_page(request, "follow_through/unsubscribe.html", context)
