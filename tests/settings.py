"""The one settings file, with what only a test may change."""

import os

from config.settings import *  # noqa: F403
from config.settings import DATABASES, LOGGING, TEMPLATES

DATABASES["default"]["CONN_MAX_AGE"] = 0
DATABASES["default"]["TEST"] = {
    "NAME": os.environ.get("TEST_DATABASE", "test_realign"),
    "TEMPLATE": os.environ.get("TEST_TEMPLATE") or None,  # already migrated: see ops/testing.py
}
# Each worker of a parallel run has a cache of its own; the journeys use the real one.
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    "board": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "board"},
}
LIVE_CHANNEL_PREFIX = f"{os.environ.get('LIVE_CHANNEL_PREFIX', 'test')}-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
SERVESTATIC_USE_FINDERS = True
ACCOUNT_RATE_LIMITS = False
TEMPLATES[0]["OPTIONS"]["string_if_invalid"] = ""
LOGGING["loggers"]["mail.log"] = {"level": "ERROR"}  # the SMTP server of the tests tells every byte
