from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from apps import live
from tests.live.house import House


@pytest.fixture(scope="module")
def open_house(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    house = House(tmp_path_factory.mktemp("house"), connection.settings_dict["NAME"])
    yield house
    house.close()


@pytest.fixture
def house(open_house: House, settings: Any, monkeypatch: pytest.MonkeyPatch) -> House:
    """What the test itself changes, as a worker would, is told in this house too."""
    settings.REDIS_URL, settings.LIVE_CHANNEL_PREFIX = open_house.redis_url, open_house.prefix
    monkeypatch.setattr(live, "_client", None)
    monkeypatch.setattr(live, "_away_until", 0.0)
    return open_house
