"""The real settings, in the made-up language: for a web process whose pages a test looks at."""

from config.settings import *  # noqa: F403
from config.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.pseudo"]
