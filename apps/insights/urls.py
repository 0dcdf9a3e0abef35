from django.urls import path

from apps.insights import views

app_name = "insights"

urlpatterns = [
    path("", views.home, name="home"),
    path("follow-through/", views.follow_through, name="follow_through"),
    path("follow-through/<slug:slug>/", views.as_manager, name="as_manager"),
    path("library/", views.library, name="library"),
]
