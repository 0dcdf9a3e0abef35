from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import timezone

from apps.web.templatetags.ui import KINDS, SIDES, STATES

NOW = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)


def draw(source: str, **context: object) -> str:
    return Template("{% load ui %}" + source).render(Context(context))


def words(html: str) -> str:
    return html.split(">", 1)[1].removesuffix("</time>")


def test_icon_beside_a_word_is_silent():
    assert draw('{% icon "wrong" %}') == (
        '<svg class="icon" aria-hidden="true"><use href="/static/icons.svg#i-wrong"/></svg>'
    )


def test_icon_alone_has_a_name_and_escapes_it():
    assert draw('{% icon "look" "large" label=label %}', label="Look & see") == (
        '<svg class="icon large" role="img" aria-label="Look &amp; see"><use href="/static/icons.svg#i-look"/></svg>'
    )


@pytest.mark.parametrize("names", [STATES, KINDS, SIDES])
def test_every_badge_has_an_icon_that_exists(names, settings):
    sprite = (settings.BASE_DIR / "static/icons.svg").read_text()
    assert [icon for icon, _word, _side in names.values() if f'id="i-{icon}"' not in sprite] == []


def test_late_has_no_hue_and_only_a_verdict_has_one():
    assert [state for state, (_icon, _word, side) in STATES.items() if side] == [
        "worked",
        "did_not_work",
    ]


def test_side_badge_says_it_by_word_shape_and_hue():
    html = draw('{% side_badge "right" %}')
    assert html.startswith('<span class="badge" data-side="right"><svg class="icon glyph"')
    assert html.endswith("</svg>went right</span>")


def test_badge_takes_its_own_words_escaped():
    assert draw('{% state_badge "overdue" label %}', label="<4 days over>").endswith("</svg>&lt;4 days over&gt;</span>")


def test_state_icon_alone_says_its_state():
    assert 'role="img" aria-label="in progress"' in draw('{% state_icon "in_progress" %}')


@pytest.mark.parametrize(
    ("on", "said"),
    [
        (date(2026, 11, 22), "today"),
        (date(2026, 11, 23), "tomorrow"),
        (date(2026, 11, 21), "yesterday"),
        (date(2026, 11, 27), "Friday 27 November"),
        (date(2026, 3, 2), "2 March"),
        (date(2027, 1, 4), "4 January 2027"),
    ],
)
def test_day_is_said_as_people_say_it(on, said):
    with time_machine.travel(NOW, tick=False):
        html = draw("{% day on %}", on=on)
    assert html == f'<time datetime="{on.isoformat()}">{said}</time>'


def test_today_is_the_readers_today():
    with time_machine.travel(NOW, tick=False), timezone.override("Europe/Berlin"):
        assert words(draw("{% day when %}", when=NOW)) == "today"
        assert words(draw("{% day on %}", on=date(2026, 11, 22))) == "yesterday"
        assert words(draw("{% moment when %}", when=NOW)) == "today at 00:30"


@pytest.mark.parametrize(
    ("passed", "said"),
    [
        (timedelta(seconds=20), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(minutes=59), "59 minutes ago"),
        (timedelta(hours=23), "23 hours ago"),
        (timedelta(days=6), "6 days ago"),
        (timedelta(days=9), "Friday 13 November"),
    ],
)
def test_ago(passed, said):
    with time_machine.travel(NOW, tick=False):
        assert words(draw("{% ago when %}", when=NOW - passed)) == said


def test_no_date_says_nothing():
    assert draw("{% day nothing %}{% moment nothing %}{% ago nothing %}", nothing=None) == ""


def test_card_escapes_what_people_write():
    html = draw(
        '{% card side="wrong" id="card-7" %}<p>{{ text }}</p>{% endcard %}',
        text="<script>alert(1)</script>",
    )
    assert html.startswith('<article class="card" id="card-7" data-side="wrong"><svg class="icon glyph" role="img"')
    assert html.endswith("<p>&lt;script&gt;alert(1)&lt;/script&gt;</p></article>")


def test_empty_and_notice_keep_their_content():
    assert draw('{% empty "No step yet" 3 %}<p>Agree one.</p>{% endempty %}') == (
        '<div class="empty"><h3>No step yet</h3><p>Agree one.</p></div>'
    )
    assert draw('{% notice "lock" role="status" %}<p>Kept.</p>{% endnotice %}').startswith(
        '<div class="notice" role="status"><svg'
    )


@pytest.mark.parametrize(
    ("path", "current"),
    [("/accounts/email/", True), ("/accounts/email/more/", True), ("/steps/", False)],
)
def test_tab_is_current_on_its_page_and_below(doors, path, current):
    request = RequestFactory().get(path)
    html = draw('{% tab "account_email" "mail" %}Mail{% endtab %}', request=request)
    assert ('aria-current="page"' in html) is current


def test_tab_to_a_page_that_does_not_exist_is_absent(doors):
    assert (
        draw(
            '{% tab "nothing:here" "mail" %}Mail{% endtab %}',
            request=RequestFactory().get("/"),
        )
        == ""
    )
