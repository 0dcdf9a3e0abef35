import re
from datetime import timedelta
from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected

import pytest
import time_machine
from django.core import mail

from apps.teams.models import INVITATION_LIFE, LETTER_TRIES, Invitation
from apps.teams.tasks import send_invitations
from tests.factories import AT


@pytest.fixture(autouse=True)
def now():
    with time_machine.travel(AT, tick=False) as traveller:
        yield traveller


def test_the_letter_goes_to_one_person_once_with_the_link_on_our_own_address(invited, settings):
    settings.BASE_URL = "https://realign.example.org"
    invitation = invited("zoe@example.org")
    send_invitations()
    send_invitations()
    [letter] = mail.outbox
    assert (letter.to, letter.cc, letter.bcc) == (["zoe@example.org"], [], [])
    assert letter.subject == "Alice invites you to the team Payments"
    url = f"https://realign.example.org/teams/invitations/{invitation.token}/"
    html = letter.alternatives[0].content
    assert re.findall(r"https?://\S+", letter.body) == [url]
    assert set(re.findall(r'(?:href|src)="([^"]+)"', html)) == {url}
    assert letter.extra_headers["Auto-Submitted"] == "auto-generated"
    assert Invitation.objects.get().sent_at == AT


def test_names_with_line_breaks_and_tags_stay_inert(invited, team, alice):
    team.rename("Pay\r\nBcc: eve@example.org\r\n\r\n<img src=x onerror=alert(1)>")
    alice.change_rhythm(display_name="Al\nSubject: x <b>ice</b>")
    invited("zoe@example.org")
    send_invitations()
    [letter] = mail.outbox
    message = letter.message()
    assert [" ".join(str(subject).split()) for subject in message.get_all("Subject")] == [
        "Al Subject: x <b>ice</b> invites you to the team Pay Bcc: eve@example.org <img src=x onerror=alert(1)>"
    ]
    assert letter.recipients() == ["zoe@example.org"]
    assert message["Bcc"] is None
    html = letter.alternatives[0].content
    assert "<img" not in html
    assert "<b>ice" not in html


def test_a_letter_that_could_not_be_handed_over_is_tried_again_and_given_up_after_five(invited, monkeypatch, now):
    tried = []

    def refuse(letter, *args, **kwargs):
        tried.append(letter.to)
        raise SMTPRecipientsRefused({"zoe@example.org": (550, b"no such mailbox")})

    monkeypatch.setattr("django.core.mail.EmailMultiAlternatives.send", refuse)
    invited("zoe@example.org")
    send_invitations()
    send_invitations()
    assert len(tried) == 1  # the lease holds
    for _ in range(LETTER_TRIES + 2):
        Invitation.objects.update(lease_until=AT - timedelta(days=1))
        send_invitations()
    assert len(tried) == LETTER_TRIES
    assert Invitation.objects.get().letter_failed


def test_one_bad_mailbox_does_not_hold_up_the_others(invited, monkeypatch):
    from django.core.mail import EmailMultiAlternatives

    send = EmailMultiAlternatives.send

    def refuse_zoe(letter, *args, **kwargs):
        if letter.to == ["zoe@example.org"]:
            raise SMTPServerDisconnected
        return send(letter, *args, **kwargs)

    monkeypatch.setattr(EmailMultiAlternatives, "send", refuse_zoe)
    invited("zoe@example.org")
    invited("yan@example.org")
    send_invitations()
    assert [letter.to for letter in mail.outbox] == [["yan@example.org"]]
    assert list(Invitation.objects.filter(sent_at=None).values_list("email", flat=True)) == ["zoe@example.org"]


def test_nobody_gets_a_letter_that_is_no_longer_meant(invited, team, alice, now):
    invited("withdrawn@example.org")
    Invitation.objects.all().withdraw()
    invited("late@example.org", at=AT - INVITATION_LIFE)
    send_invitations()
    invited("archived@example.org")
    team.archive(by=alice, at=AT)
    send_invitations()
    assert mail.outbox == []


def test_withdrawn_between_the_look_and_the_claim_means_no_letter(invited):
    invitation = invited("zoe@example.org")
    Invitation.objects.all().withdraw()
    assert invitation.claim(lease=timedelta(minutes=5)) is False


def test_a_claim_is_for_one_worker(invited):
    invitation = invited("zoe@example.org")
    assert [invitation.claim(lease=timedelta(minutes=5)) for _ in range(3)] == [True, False, False]


def test_a_letter_sent_again_after_a_crash_keeps_its_message_id(invited):
    invited("zoe@example.org")
    send_invitations()
    Invitation.objects.update(sent_at=None, lease_until=None)
    send_invitations()
    first, second = (letter.extra_headers["Message-ID"] for letter in mail.outbox)
    assert first == second
