"""What every test may use; the people are in tests/people.py."""

import pytest
from django.core.cache import cache

from tests.people import *


@pytest.fixture(autouse=True)
def an_empty_cache() -> None:
    cache.clear()
