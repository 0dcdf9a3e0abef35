import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives, get_connection

from apps.web import dev


@pytest.fixture
def sent(settings, tmp_path):
    """Two letters written by Django's own file backend."""
    settings.DEBUG = True
    settings.EMAIL_FILE_PATH = tmp_path
    connection = get_connection("django.core.mail.backends.filebased.EmailBackend", file_path=tmp_path)
    first = mail.EmailMessage("Grüße", "Plain words, äöü.", "a@example.org", ["bob@example.org"])
    second = EmailMultiAlternatives("A step is due", "Due today.", "a@example.org", ["alice@example.org"])
    second.attach_alternative("<html><style>p{color:red}</style><p>Due <b>today</b>.</p></html>", "text/html")
    connection.send_messages([first, second])


@pytest.mark.parametrize("path", ["/dev/components/", "/dev/mail/", "/dev/mail/x/", "/dev/mail/x/html/"])
def test_dev_pages_do_not_exist_without_debug(visitor, settings, path):
    settings.DEBUG = False
    assert visitor.get(path).status_code == 404


def test_every_letter_of_a_file_is_read(sent):
    assert {(letter.subject, letter.to, letter.text.strip()) for letter in dev.letters()} == {
        ("Grüße", "bob@example.org", "Plain words, äöü."),
        ("A step is due", "alice@example.org", "Due today."),
    }


def test_mailbox_lists_what_was_sent(sent, visitor):
    body = visitor.get("/dev/mail/").content.decode()
    assert body.count("<b>Grüße</b>") == body.count("<b>A step is due</b>") == 1


def test_letter_is_framed_in_a_sandbox(sent, visitor):
    name = next(letter.name for letter in dev.letters() if letter.html)
    body = visitor.get(f"/dev/mail/{name}/").content.decode()
    assert '<iframe class="letter-frame" sandbox="allow-popups allow-top-navigation-by-user-activation"' in body
    assert '<pre class="letter-text">Due today.' in body


def test_framed_letter_runs_nothing(sent, visitor):
    name = next(letter.name for letter in dev.letters() if letter.html)
    response = visitor.get(f"/dev/mail/{name}/html/")
    assert "<p>Due <b>today</b>.</p>" in response.content.decode()
    assert "script-src 'none'" in response["Content-Security-Policy"]
    assert response["X-Frame-Options"] == "SAMEORIGIN"


def test_unknown_letter_is_404(sent, visitor):
    assert visitor.get("/dev/mail/..%2F..%2Fsettings-0/").status_code == 404


def test_gallery_shows_every_state_and_icon(visitor, settings):
    settings.DEBUG = True
    body = visitor.get("/dev/components/").content.decode()
    assert body.count('<ul class="icon-list"><li>') == 1
    assert "did not work" in body
    assert " style=" not in body
