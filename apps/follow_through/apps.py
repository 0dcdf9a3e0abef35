from django.apps import AppConfig


class FollowThroughConfig(AppConfig):
    name = "apps.follow_through"
    label = "follow_through"
