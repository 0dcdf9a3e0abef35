from django.apps import AppConfig


class PseudoConfig(AppConfig):
    name = "tests.pseudo"
    label = "pseudo"

    def ready(self) -> None:
        from tests.pseudo import speak

        speak()
