from allauth.account.decorators import secure_admin_login
from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from apps.debriefs.urls import guest_urls
from apps.web import views

admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    path("theme/", views.theme, name="theme"),
    path("shortcuts/", views.shortcuts, name="shortcuts"),
    path("", include("apps.insights.urls")),
    path("teams/", include("apps.teams.urls")),
    path("debriefs/", include("apps.debriefs.urls")),
    path("guests/", include(guest_urls)),
    path("steps/", include("apps.actions.urls")),
    path("reminders/", include("apps.follow_through.urls")),
    path("live/", include("apps.live.urls")),
    path("accounts/", include("apps.accounts.urls")),
    path("accounts/", include("allauth.account.urls")),
    path("admin/", admin.site.urls),
]

if settings.DEBUG:
    urlpatterns += [path("dev/", include("apps.web.dev_urls"))]
