import re

import pytest
from django.core import mail

from apps.accounts.models import User

WORD = "correct horse battery"
SAID = {"email": "Zoe@Example.org", "display_name": "  Zoe \r\n Marsh ", "password1": WORD, "time_zone": "Asia/Tokyo"}


def sign_up(client, **changes):
    return client.post("/accounts/signup/", {**SAID, **changes})


def test_a_person_signs_up_and_proves_the_address_with_the_code_of_the_letter(client, db):
    assert sign_up(client)["Location"] == "/accounts/confirm-email/"
    zoe = User.objects.get()
    assert (zoe.email, zoe.display_name, zoe.time_zone) == ("zoe@example.org", "Zoe Marsh", "Asia/Tokyo")
    [letter] = mail.outbox
    assert letter.to == ["zoe@example.org"]
    code = re.search(r"asked for it:\s+(\S+)", letter.body)[1]
    assert client.get("/teams/").status_code == 302
    client.post("/accounts/confirm-email/", {"code": code})
    assert client.get("/teams/").status_code == 200


@pytest.mark.parametrize("zone", ["", "Mars/Base", "../../etc/passwd", "x" * 64])
def test_an_unknown_zone_becomes_utc(client, db, zone):
    sign_up(client, time_zone=zone)
    assert User.objects.get().time_zone == "UTC"


@pytest.mark.parametrize("name", ["", " ", "\u200b", "x" * 81])
def test_a_name_that_cannot_be_seen_or_is_too_long_is_refused_and_the_rest_kept(client, db, name):
    response = sign_up(client, display_name=name)
    assert not User.objects.exists()
    assert 'value="Zoe@Example.org"' in response.content.decode()


def test_a_known_address_is_not_given_away(client, db):
    User.objects.create_user("zoe@example.org", WORD, display_name="Zoe")
    assert sign_up(client)["Location"] == "/accounts/confirm-email/"
    assert User.objects.count() == 1


@pytest.mark.parametrize("host", ["evil.example", "localhost", "127.0.0.1"])
def test_links_in_letters_start_with_our_address_whatever_host_was_asked(client, db, settings, host):
    settings.ALLOWED_HOSTS = ["*"]
    settings.BASE_URL = "https://realign.example.org"
    User.objects.create_user("zoe@example.org", WORD, display_name="Zoe")
    sign_up(client)
    client.post("/accounts/signup/", SAID, headers={"host": host, "x-forwarded-host": host})
    client.post("/accounts/password/reset/", {"email": "zoe@example.org"}, headers={"host": host})
    assert len(mail.outbox) >= 2
    for letter in mail.outbox:
        texts = [letter.body, *(part.content for part in letter.alternatives)]
        hosts = {found for text in texts for found in re.findall(r"https?://([^/\s\"]+)", text)}
        assert hosts <= {"realign.example.org"}
        assert host not in " ".join(texts).replace("realign.example.org", "")
