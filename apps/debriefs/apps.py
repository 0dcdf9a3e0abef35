from django.apps import AppConfig


class DebriefsConfig(AppConfig):
    name = "apps.debriefs"
    label = "debriefs"
