from django.urls import URLPattern

app_name = "follow_through"

urlpatterns: list[URLPattern] = []
