from django.urls import include, path

from apps.actions.views import changes, pages

app_name = "actions"

list_urls = [
    path("", pages.mine, name="mine"),
    path("team/<slug:slug>/", pages.of_team, name="of_team"),
]

debrief_urls = [
    path("", pages.of_debrief, name="of_debrief"),
    path("new/", pages.new, name="new"),
]

step_urls = [
    path("", pages.detail, name="detail"),
    path("edit/", pages.edit, name="edit"),
    path("start/", changes.start, name="start"),
    path("finish/", changes.finish, name="finish"),
    path("reopen/", changes.reopen, name="reopen"),
    path("drop/", changes.drop, name="drop"),
    path("block/", changes.block, name="block"),
    path("unblock/", changes.unblock, name="unblock"),
    path("help/", changes.ask_for_help, name="help"),
    path("check/", changes.check, name="check"),
]

urlpatterns = [
    *list_urls,
    path("hint/", pages.hint, name="hint"),
    path("debrief/<int:debrief_id>/", include(debrief_urls)),
    path("<uuid:step_id>/", include(step_urls)),
]
