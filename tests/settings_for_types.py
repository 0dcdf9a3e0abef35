"""What mypy's Django plugin reads: the settings, with nothing of this machine."""

import os

os.environ.update(ENV_FILE="", DEBUG="True", SECRET_KEY="only for reading types", BASE_URL="http://localhost:8000")

from config.settings import *  # noqa: F403
