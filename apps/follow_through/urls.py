from django.urls import path

from apps.follow_through import views

app_name = "follow_through"

urlpatterns = [
    path("", views.preferences, name="preferences"),
    path("steps/<uuid:step_id>/snooze/", views.snooze, name="snooze"),
    path("unsubscribe/<str:token>/", views.unsubscribe, name="unsubscribe"),
]
