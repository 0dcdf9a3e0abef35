"""From due reminders to letters that have left: gather, claim, send. Safe to run many times at once.

Times come from the database's clock, one for all workers; what is passed in as `clock` only tests replace.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException
from types import TracebackType

import structlog
from django.core.mail import EmailMessage, get_connection
from django.db import connection, transaction

from apps.accounts.models import User
from apps.follow_through import emails
from apps.follow_through.calendar import A_DAY, Rhythm, local_date, next_working_moment, when
from apps.follow_through.models import NEWS, Letter, Reminder
from apps.follow_through.planning import still_wanted

log = structlog.get_logger(__name__)

Clock = Callable[[], datetime]

PEOPLE_AT_ONCE = 100
LETTERS_AT_ONCE = 20
# Longer ago than this a judgement is made again: a meeting may have begun meanwhile.
FRESH = timedelta(seconds=30)


def database_clock() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        at: datetime = cursor.fetchone()[0]
    return at


# Gather: one letter a person and day


def gather(*, at: datetime) -> int:
    """Put what is due for a person into one letter; says for how many people there was something."""
    people = list(Reminder.objects.due(at).order_by().values_list("person", flat=True).distinct())
    for n in range(0, len(people), PEOPLE_AT_ONCE):
        with transaction.atomic():
            # The person's row is the lock of their day: no two sweeps fill it at once.
            locked = User.objects.filter(pk__in=people[n : n + PEOPLE_AT_ONCE]).select_for_update(
                skip_locked=True, no_key=True
            )
            _gather_for({person.pk: person for person in locked}, at)
    return len(people)


def _gather_for(people: dict[int, User], at: datetime) -> None:
    due: dict[int, list[Reminder]] = {pk: [] for pk in people}
    for reminder in Reminder.objects.due(at).filter(person__in=people).select_for_update():
        due[reminder.person_id].append(reminder)
    earlier = _letters_of_the_day(people.values(), at)
    for pk, reminders in due.items():
        if reminders:
            _into_a_letter(people[pk], reminders, earlier[pk], at)


def _letters_of_the_day(people: Iterable[User], at: datetime) -> dict[int, list[Letter]]:
    days = {person.pk: local_date(at, Rhythm.of(person)) for person in people}
    letters = Letter.objects.filter(person__in=days, local_date__in=set(days.values())).prefetch_related("reminders")
    found: dict[int, list[Letter]] = {pk: [] for pk in days}
    for letter in letters:
        if letter.local_date == days[letter.person_id]:
            found[letter.person_id].append(letter)
    return found


def _into_a_letter(person: User, due: list[Reminder], earlier: list[Letter], at: datetime) -> None:
    rhythm = Rhythm.of(person)
    today = local_date(at, rhythm)
    moment = next_working_moment(at, rhythm)
    if moment == at and not _may_write_again(due, earlier):
        moment = when(today + A_DAY, rhythm)
    pks = [reminder.pk for reminder in due]
    if moment > at:
        Reminder.objects.filter(pk__in=pks).update(due_at=moment)
        return
    letter = Letter.objects.create(person=person, local_date=today, slot=len(earlier), due_at=at)
    Reminder.objects.filter(pk__in=pks).update(letter=letter)


def _may_write_again(due: list[Reminder], earlier: list[Letter]) -> bool:
    """One letter a day, and besides it the day's first invitation and the day's first new step, which do not wait."""
    written = [letter for letter in earlier if letter.state != Letter.State.EMPTY]
    told = {reminder.kind for letter in written for reminder in letter.reminders.all()}
    return not written or any(reminder.kind in NEWS and reminder.kind not in told for reminder in due)


# Send


class Unreachable(Exception):
    """The mail server does not answer: nobody's letter is to blame, and none has used up a try."""


class Post:
    """One connection to the mail server, kept between letters and made anew after any trouble."""

    def __enter__(self) -> "Post":
        self.connection = get_connection()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.hang_up()

    def reach(self) -> None:
        """Answers before the letter is begun: a server that hung up between two letters leaves none in doubt."""
        try:
            if not self.connection.open() and not self._is_there():
                self.hang_up()
                self.connection.open()
        except Exception as error:
            self.hang_up()
            raise Unreachable(f"{type(error).__name__}: {error}") from error

    def _is_there(self) -> bool:
        smtp = getattr(self.connection, "connection", None)
        try:
            return not smtp or smtp.noop()[0] == 250
        except (SMTPException, OSError):
            return False

    def send(self, message: EmailMessage) -> None:
        try:
            self.connection.send_messages([message])
        except Exception:
            self.hang_up()
            raise

    def hang_up(self) -> None:
        with suppress(Exception):
            self.connection.close()
        self.connection = get_connection()


class Judge:
    """What is still wanted, judged for many letters in few queries and looked at again before each of them leaves."""

    def __init__(self, letters: list[Letter]) -> None:
        self.letters = letters
        self.judged_at: datetime | None = None
        self.found: dict[int, list[Reminder]] = {}

    def told_in(self, letter: Letter, at: datetime) -> list[Reminder]:
        if self.judged_at is None or at - self.judged_at > FRESH:
            self._judge_all(at)
        judged = self.found.get(letter.pk, [])
        untouched = set(letter.reminders.untouched().values_list("pk", flat=True))
        return judged if untouched and untouched == {one.pk for one in judged} else self._judge([letter], at)

    def _judge_all(self, at: datetime) -> None:
        self.judged_at, self.found = at, {}
        try:
            judged = self._judge(self.letters, at)
        except Exception:
            log.exception("letters_not_judged_together")  # then each for itself, and only the poisoned one fails
            return
        for reminder in judged:
            self.found.setdefault(reminder.letter_id or 0, []).append(reminder)

    @staticmethod
    def _judge(letters: list[Letter], at: datetime) -> list[Reminder]:
        pks = [letter.pk for letter in letters]
        return still_wanted(Reminder.objects.waiting().with_subjects().filter(letter__in=pks).order_by("pk"), at=at)


def send_due(*, clock: Clock = database_clock, enough: Callable[[], bool] = lambda: False) -> Counter[str]:
    """Send what is due until nothing is, or until `enough` says so; counts by what became of it."""
    counts: Counter[str] = Counter()
    with Post() as post:
        while not enough() and (letters := Letter.objects.claim(at=clock(), limit=LETTERS_AT_ONCE)):
            judge = Judge(letters)
            for n, letter in enumerate(letters):
                try:
                    counts[_send_one(letter, judge, post, clock)] += 1
                except Unreachable as why:
                    log.warning("mail_server_unreachable", why=str(why))
                    for untried in letters[n:]:
                        untried.release()
                    counts["unreachable"] += len(letters) - n
                    return counts
    return counts


def _send_one(letter: Letter, judge: Judge, post: Post, clock: Clock) -> str:
    post.reach()
    at = clock()
    if not letter.begin(at=at):
        return "lost"
    try:
        told = judge.told_in(letter, at)
        if not told:
            letter.drop()
            return "empty"
        message = emails.letter(letter, told, at=at)
        message.message()  # what cannot be written down fails here, before anything leaves
    except Exception as error:
        log.exception("letter_not_written", letter=letter.pk)
        letter.put_off(f"{type(error).__name__}: {error}", at=at)
        return "put off"
    if not letter.hand_over(at=clock()):
        return "lost"
    return _leave(letter, told, message, post, clock)


def _leave(letter: Letter, told: list[Reminder], message: EmailMessage, post: Post, clock: Clock) -> str:
    """No transaction and no row lock is held while the mail server is spoken to."""
    try:
        post.send(message)
    except Exception as error:  # noqa: BLE001 (whatever it was, the letter needs a state)
        return _judge(letter, error, at=clock())
    letter.mark_sent(told, at=clock())
    return "sent"


def _judge(letter: Letter, error: Exception, *, at: datetime) -> str:
    """A clear no is put off or given up; silence after the body has begun to leave is a doubt."""
    why = f"{type(error).__name__}: {error}"
    code = _code_of(error)
    log.warning("letter_refused", letter=letter.pk, code=code, error=type(error).__name__)
    if code is None:
        letter.doubt(why, at=at)
        return "uncertain"
    if 400 <= code < 500:
        letter.put_off(why, at=at)
        return "put off"
    letter.fail(why)
    return "failed"


def _code_of(error: Exception) -> int | None:
    if isinstance(error, SMTPRecipientsRefused):
        return max((code for code, _why in error.recipients.values()), default=None)
    return error.smtp_code if isinstance(error, SMTPResponseException) else None


# For the operator


def status(*, at: datetime) -> dict[str, object]:
    open_letters = Letter.objects.open()
    oldest = [
        Reminder.objects.due(at).order_by("due_at").values_list("due_at", flat=True).first(),
        open_letters.filter(due_at__lte=at).order_by("due_at").values_list("due_at", flat=True).first(),
    ]
    return {
        "due": Reminder.objects.due(at).count(),
        "letters": open_letters.count(),
        "oldest": min((moment for moment in oldest if moment), default=None),
        "uncertain": Letter.objects.filter(state=Letter.State.UNCERTAIN).count(),
        "failed": Letter.objects.filter(state=Letter.State.FAILED).count(),
    }


def age(moment: datetime | None, at: datetime) -> timedelta:
    return at - moment if moment else timedelta(0)
