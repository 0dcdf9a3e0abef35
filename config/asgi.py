"""The web process."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("DATABASE_POOL", "10")  # only here: see DATABASE_POOL in the settings

django = get_asgi_application()

from apps.debriefs import stream  # noqa: E402 - models can be imported only now

application = stream.beside(django)
