"""The meeting as it runs: the one shared timer, who has a hand up, and how many have had a word."""

import math
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.debriefs.models.debrief import Debrief, Participation
from apps.debriefs.phases import Phase
from apps.web.verdict import Refused

IN_THE_MEETING = (Phase.RECOGNIZE, Phase.RATIONALIZE, Phase.REALIGN, Phase.FOLLOW_THROUGH)
LONGEST = 180  # minutes
NO_TIMER = _("There is no timer now; somebody may just have stopped it. Start one when you like.")


# The timer. It ends softly: at zero nothing locks, and five more minutes can be had at any time.


def start_timer(debrief: Debrief, *, minutes: int, at: datetime) -> None:
    """Begin anew with so many minutes, whatever ran before."""
    with transaction.atomic():
        _hold(debrief, minutes)
        _set(debrief, ends_at=at + timedelta(minutes=minutes))


def extend_timer(debrief: Debrief, *, minutes: int, at: datetime) -> None:
    """So many minutes more; once the time is up they count from now."""
    with transaction.atomic():
        _hold(debrief, minutes)
        if debrief.timer_left is not None:
            _set(debrief, left=min(debrief.timer_left + 60 * minutes, 60 * LONGEST))
        elif debrief.timer_ends_at:
            ends_at = max(debrief.timer_ends_at, at) + timedelta(minutes=minutes)
            _set(debrief, ends_at=min(ends_at, at + timedelta(minutes=LONGEST)))
        else:
            raise Refused(NO_TIMER)


def pause_timer(debrief: Debrief, *, at: datetime) -> None:
    """Keep what is left. Nothing happens where the timer rests already, or has run out."""
    with transaction.atomic():
        _hold(debrief)
        if debrief.timer_ends_at and debrief.timer_ends_at > at:
            _set(debrief, left=math.ceil((debrief.timer_ends_at - at).total_seconds()))


def resume_timer(debrief: Debrief, *, at: datetime) -> None:
    with transaction.atomic():
        _hold(debrief)
        if debrief.timer_left is not None:
            _set(debrief, ends_at=at + timedelta(seconds=debrief.timer_left))


def stop_timer(debrief: Debrief) -> None:
    with transaction.atomic():
        _hold(debrief)
        if debrief.timer_ends_at or debrief.timer_left is not None:
            _set(debrief)


def _hold(debrief: Debrief, minutes: int = 1) -> None:
    """Read the timer afresh, and let nobody else change it in this transaction."""
    if not 1 <= minutes <= LONGEST:
        raise Refused(_("A timer runs for 1 to %(longest)s minutes.") % {"longest": LONGEST})
    debrief._require(*IN_THE_MEETING)
    debrief.refresh_from_db(fields=["timer_ends_at", "timer_left"])


def _set(debrief: Debrief, *, ends_at: datetime | None = None, left: int | None = None) -> None:
    """The row is held since `_hold`, so what was read there still stands."""
    debrief.timer_ends_at, debrief.timer_left = ends_at, left
    debrief.save(update_fields=["timer_ends_at", "timer_left"])
    debrief._changed("timer")


# Hands. A hand is up until its owner takes it down, gets the word, or the phase ends.


def raise_hand(debrief: Debrief, person: User, *, at: datetime) -> None:
    """A second click keeps the place in the row."""
    with transaction.atomic():
        debrief._require(*IN_THE_MEETING)
        if debrief.participations.filter(person=person, hand_up_at=None).update(hand_up_at=at):
            debrief._changed("hands")


def take_hand_down(debrief: Debrief, person: User) -> None:
    with transaction.atomic():
        debrief._require(*IN_THE_MEETING)
        if debrief.participations.filter(person=person, hand_up_at__isnull=False).update(hand_up_at=None):
            debrief._changed("hands")


def give_word(one: Participation) -> bool:
    """The hand comes down, and who gets the word counts as heard; False if the hand was down by then."""
    debrief = one.debrief
    with transaction.atomic():
        debrief._require(*IN_THE_MEETING)
        up = debrief.participations.filter(pk=one.pk, hand_up_at__isnull=False)
        if given := bool(up.update(hand_up_at=None, spoke_in=debrief.phase)):
            debrief._changed("hands", "voices")
    return given


def hands_up(debrief: Debrief) -> QuerySet[Participation]:
    """Who has a hand up, the first one first."""
    return debrief.participations.filter(hand_up_at__isnull=False).select_related("person").order_by("hand_up_at", "pk")


# Voices: how many have had a word in this phase. Who they are is asked by nothing but the person's own tray.


def say_spoken(debrief: Debrief, person: User) -> None:
    with transaction.atomic():
        debrief._require(*IN_THE_MEETING)
        quiet = debrief.participations.filter(person=person).exclude(spoke_in=debrief.phase)
        if quiet.update(spoke_in=debrief.phase):
            debrief._changed("voices")


def voices(debrief: Debrief) -> tuple[int, int]:
    """(how many have had a word in this phase, how many take part)."""
    spoken = Count("pk", filter=Q(spoke_in=debrief.phase))
    counted = debrief.eligible_writers().aggregate(spoken=spoken, people=Count("pk"))
    return counted["spoken"], counted["people"]
