"""Cards: drafts that only their writer sees, the reveal, and what comes after it."""

import uuid
from collections.abc import Callable

import pytest

from apps.accounts.models import User
from apps.debriefs.models import Anonymity, Debrief, Draft, Perspective
from apps.debriefs.models.debrief import WrongPhase
from apps.debriefs.models.perspectives import WhoWrites, put_on_board, save_draft
from apps.debriefs.phases import Phase
from apps.web.verdict import Refused
from tests.at_once import at_once
from tests.factories import AT, Written, prompt_of, write

DebriefIn = Callable[..., Debrief]


@pytest.mark.parametrize("phase", [Phase.DRAFT, Phase.RATIONALIZE, Phase.REALIGN, Phase.FOLLOW_THROUGH, Phase.LEARNED])
@pytest.mark.parametrize("is_anonymous", [True, False])
def test_no_card_in_a_phase_without_writing(debrief_in: DebriefIn, bob: User, phase: Phase, is_anonymous: bool) -> None:
    debrief = debrief_in(phase, anonymity=Anonymity.CHOICE)
    rows = (Draft.objects.count(), Perspective.objects.count())
    with pytest.raises(WrongPhase, match=f"now in “{phase.label}”.*What you typed is still here"):
        write(debrief, bob, "Too late?", is_anonymous=is_anonymous)
    assert (Draft.objects.count(), Perspective.objects.count()) == rows


@pytest.mark.parametrize("is_anonymous", [True, False])
@pytest.mark.django_db(transaction=True)
def test_the_same_card_sent_twenty_times_is_one(debrief_in: DebriefIn, bob: User, is_anonymous: bool) -> None:
    debrief = debrief_in(Phase.PREPARE, anonymity=Anonymity.CHOICE, cards=[])
    key = uuid.uuid4()
    at_once(lambda _n: write(debrief, bob, "Once", key=key, is_anonymous=is_anonymous), list(range(20)))
    assert [(one.pk, one.text) for one in debrief.drafts.all()] == [(key, "Once")]


@pytest.mark.parametrize("is_anonymous", [True, False])
def test_the_key_of_another_writer_is_refused(debrief_in: DebriefIn, bob: User, dana: User, is_anonymous: bool) -> None:
    debrief = debrief_in(Phase.PREPARE, anonymity=Anonymity.CHOICE, cards=[])
    written = write(debrief, bob, "Bob’s", is_anonymous=is_anonymous)
    for as_anonymous in (True, False):
        with pytest.raises(Refused, match="sent already"):
            write(debrief, dana, "Dana’s", key=written.key, is_anonymous=as_anonymous)
    assert [(one.pk, one.text) for one in debrief.drafts.all()] == [(written.key, "Bob’s")]


def test_a_key_of_another_debrief_is_refused_for_a_card(debrief_in: DebriefIn, bob: User) -> None:
    ours, theirs = debrief_in(Phase.PREPARE, cards=[]), debrief_in(Phase.PREPARE, cards=[])
    written = write(theirs, bob, "There")
    with pytest.raises(Refused, match="sent already"):
        write(ours, bob, "Here", key=written.key)
    assert Draft.objects.get().debrief == theirs


def rewrite(
    debrief: Debrief,
    written: Written,
    text: str,
    *,
    is_anonymous: bool,
    new_key: uuid.UUID | None = None,
    keep: bool = True,
) -> str | None:
    return save_draft(
        debrief, written.key, prompt=prompt_of(debrief), text=text, is_anonymous=is_anonymous, keep=keep,
        writer=written.writer, at=AT, new_key=new_key,
    )  # fmt: skip


@pytest.mark.parametrize("is_anonymous", [True, False])
def test_the_same_key_rewrites_and_stays_kept(debrief_in: DebriefIn, bob: User, is_anonymous: bool) -> None:
    debrief = debrief_in(Phase.PREPARE, anonymity=Anonymity.CHOICE, cards=[])
    written = write(debrief, bob, "First", is_anonymous=is_anonymous)
    assert rewrite(debrief, written, "Second", is_anonymous=is_anonymous, keep=False) is None
    assert [(one.pk, one.text, one.is_kept) for one in debrief.drafts.all()] == [(written.key, "Second", True)]


@pytest.mark.parametrize("was_anonymous", [True, False])
def test_what_is_only_typed_takes_no_name_off_and_puts_none_on(
    debrief_in: DebriefIn, bob: User, was_anonymous: bool
) -> None:
    """A save that was still under way when the card was put with the others."""
    debrief = debrief_in(Phase.PREPARE, anonymity=Anonymity.CHOICE, cards=[])
    written = write(debrief, bob, "First", is_anonymous=was_anonymous)
    rewrite(debrief, written, "Second", is_anonymous=not was_anonymous, keep=False)
    assert [(one.pk, one.text, one.is_anonymous) for one in debrief.drafts.all()] == [
        (written.key, "Second", was_anonymous)
    ]


@pytest.mark.parametrize("was_anonymous", [True, False])
def test_taking_the_name_off_or_on_leaves_one_new_row(debrief_in: DebriefIn, bob: User, was_anonymous: bool) -> None:
    debrief = debrief_in(Phase.PREPARE, anonymity=Anonymity.CHOICE, cards=[])
    written = write(debrief, bob, "First", is_anonymous=was_anonymous)
    secret = rewrite(debrief, written, "Second", is_anonymous=not was_anonymous)
    one = Draft.objects.get()
    assert (one.text, one.is_anonymous, one.is_kept) == ("Second", not was_anonymous, True)
    assert one.author == (bob if was_anonymous else None)
    assert (secret is None) == was_anonymous
    assert one.pk != written.key


@pytest.mark.parametrize("was_anonymous", [True, False])
@pytest.mark.django_db(transaction=True)
def test_taking_it_off_in_twenty_equal_forms_leaves_one_row(
    debrief_in: DebriefIn, bob: User, was_anonymous: bool
) -> None:
    debrief = debrief_in(Phase.PREPARE, anonymity=Anonymity.CHOICE, cards=[])
    written, new_key = write(debrief, bob, "First", is_anonymous=was_anonymous), uuid.uuid4()
    at_once(
        lambda _n: rewrite(debrief, written, "Second", is_anonymous=not was_anonymous, new_key=new_key),
        list(range(20)),
    )
    assert [(one.pk, one.text, one.is_anonymous) for one in Draft.objects.all()] == [
        (new_key, "Second", not was_anonymous)
    ]


def test_an_anonymous_draft_opens_with_its_secret_only(debrief_in: DebriefIn, bob: User) -> None:
    debrief = debrief_in(Phase.PREPARE, anonymity=Anonymity.ANONYMOUS, cards=[])
    written = write(debrief, bob, "Mine", is_anonymous=True)
    assert [one.text for one in written.writer.drafts(debrief)] == ["Mine"]
    assert list(WhoWrites(bob, {}).drafts(debrief)) == []
    assert list(WhoWrites(bob, {written.key: "another secret"}).drafts(debrief)) == []
    assert len(str(written.secret)) == 22  # 128 bits


@pytest.mark.parametrize(("anonymity", "is_anonymous"), [("named", True), ("anonymous", False)])
def test_a_card_follows_what_the_debrief_promises(
    debrief_in: DebriefIn, bob: User, anonymity: str, is_anonymous: bool
) -> None:
    debrief = debrief_in(Phase.PREPARE, anonymity=anonymity, cards=[])
    with pytest.raises(Refused, match="In this debrief"):
        write(debrief, bob, "Other than promised", is_anonymous=is_anonymous)
    assert Draft.objects.count() == 0


def test_only_kept_drafts_are_revealed(debrief_in: DebriefIn, alice: User, bob: User) -> None:
    debrief = debrief_in(Phase.PREPARE, cards=[(bob, "wrong", "Kept")])
    write(debrief, bob, "Still typing", keep=False)
    debrief.reveal(by=alice, at=AT)
    assert [(card.text, card.author) for card in debrief.perspectives.all()] == [("Kept", bob)]
    assert [one.text for one in debrief.drafts.all()] == ["Still typing"]


@pytest.mark.parametrize("_run", range(3))
@pytest.mark.django_db(transaction=True)
def test_a_card_written_while_the_reveal_runs_is_never_lost(
    debrief_in: DebriefIn, alice: User, bob: User, _run: int
) -> None:
    debrief = debrief_in(Phase.PREPARE, cards=[])
    texts = [f"Card {n}" for n in range(8)]
    kept = [write(debrief, bob, "as it was") for _ in texts]

    def act(n: int) -> None:
        seen = Debrief.objects.get(pk=debrief.pk)
        if n < 8:
            rewrite(seen, kept[n], texts[n], is_anonymous=False)
        else:
            seen.reveal(by=alice, at=AT)

    answers = at_once(act, list(range(9)))
    acknowledged = {texts[n] for n in range(8) if answers[n] is None}
    there = {*debrief.perspectives.values_list("text", flat=True), *debrief.drafts.values_list("text", flat=True)}
    assert acknowledged - there == set()
    assert debrief.perspectives.count() + debrief.drafts.count() == 8


def test_a_named_card_after_the_reveal_is_there_once(debrief_in: DebriefIn, bob: User, dana: User) -> None:
    debrief = debrief_in(Phase.RECOGNIZE)
    key, seq = uuid.uuid4(), debrief.seq
    for _ in range(2):
        put_on_board(debrief, key, prompt=prompt_of(debrief), text="One more thing", writer=WhoWrites(bob, {}), at=AT)
    card = Perspective.objects.get(pk=key)
    assert (card.text, card.author, card.position, debrief.perspectives.count()) == ("One more thing", bob, 5, 5)
    assert list(debrief.live_events.filter(seq__gt=seq).values_list("region", flat=True)) == [f"card-{card.position}"]
    with pytest.raises(Refused, match="sent already"):
        put_on_board(debrief, key, prompt=prompt_of(debrief), text="Dana’s", writer=WhoWrites(dana, {}), at=AT)


@pytest.mark.django_db(transaction=True)
def test_twelve_cards_at_once_get_twelve_places(debrief_in: DebriefIn, bob: User) -> None:
    debrief = debrief_in(Phase.RECOGNIZE, cards=[])
    prompt = prompt_of(debrief)
    at_once(
        lambda n: put_on_board(debrief, uuid.uuid4(), prompt=prompt, text=f"{n}", writer=WhoWrites(bob, {}), at=AT),
        list(range(12)),
    )
    assert list(debrief.perspectives.values_list("position", flat=True)) == list(range(1, 13))


def test_a_page_from_before_the_reveal_cannot_put_a_card_there_twice(
    debrief_in: DebriefIn, alice: User, bob: User
) -> None:
    debrief = debrief_in(Phase.PREPARE, cards=[])
    card = write(debrief, bob, "as it was")
    debrief.reveal(by=alice, at=AT)
    with pytest.raises(Refused, match="on the board already"):
        put_on_board(
            debrief, card.key, prompt=prompt_of(debrief), text="changed too late", writer=WhoWrites(bob, {}), at=AT
        )
    with pytest.raises(Refused, match="on the board already"):
        rewrite(debrief, card, "changed too late", is_anonymous=False)
    assert (
        put_on_board(
            debrief, card.key, prompt=prompt_of(debrief), text="as it was", writer=WhoWrites(bob, {}), at=AT
        ).author
        == bob
    )
    assert list(debrief.perspectives.values_list("text", flat=True)) == ["as it was"]
    assert not debrief.drafts.exists()
