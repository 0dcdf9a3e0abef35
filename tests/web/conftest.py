import pytest
from django.test import Client

PAGE = (
    "<html><body><h1>{{ word }}</h1>"
    '{% partialdef people inline %}<div id="people">{{ word }}</div>{% endpartialdef %}</body></html>'
)


@pytest.fixture
def doors(settings, tmp_path):
    """The urls of tests/web/urls.py and their one template."""
    folder = tmp_path / "web_tests"
    folder.mkdir()
    (folder / "page.html").write_text(PAGE)
    templates = [{**settings.TEMPLATES[0], "DIRS": [*settings.TEMPLATES[0]["DIRS"], tmp_path]}]
    settings.TEMPLATES = templates
    settings.ROOT_URLCONF = "tests.web.urls"


@pytest.fixture
def visitor(doors) -> Client:
    return Client()


@pytest.fixture
def htmx():
    """The headers htmx sends: `client.get(url, headers=htmx("people"))`."""

    def headers(target: str = "", page: str = "http://testserver/page/") -> dict[str, str]:
        return {"HX-Request": "true", "HX-Target": target, "HX-Current-URL": page}

    return headers
