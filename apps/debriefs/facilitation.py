"""What the facilitator says and ticks, phase by phase, and what an empty or private place says for itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from apps.debriefs.factor_kinds import FACTOR_KINDS, SENSE_QUESTIONS

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# The kinds of factors have a file of their own; whoever asks here for the facilitator's words gets them as well.
__all__ = [
    "ANONYMITY_LIMITS",
    "CHECKLIST",
    "CHECK_IN",
    "EMPTY",
    "FACTOR_KINDS",
    "GUEST_LIMITS",
    "OPENING_STARTERS",
    "PAUSE",
    "PHASES",
    "PHASE_TEXT",
    "SAY_ALOUD",
    "SENSE_QUESTIONS",
    "THEME_HALVES",
]

PHASES = ("draft", "prepare", "recognize", "rationalize", "realign", "follow_through", "learned")


@dataclass(frozen=True)
class PhaseText:
    """A phase in words; `minutes` is its share of a meeting of sixty, and 0 where it happens outside the meeting."""

    name: StrOrPromise
    purpose: StrOrPromise
    who_sees: StrOrPromise
    minutes: int


@dataclass(frozen=True)
class CheckItem:
    """One line of the facilitator's checklist; code that can prove a line from the data ticks it by its key."""

    key: str
    text: StrOrPromise
    hint: StrOrPromise


@dataclass(frozen=True)
class Pause:
    """The moment before the first word is written."""

    title: StrOrPromise
    text: StrOrPromise
    questions: tuple[StrOrPromise, ...]


@dataclass(frozen=True)
class Stage:
    """Where somebody stands with what happened, and a sentence for that person alone."""

    key: str
    name: StrOrPromise
    kind_word: StrOrPromise


@dataclass(frozen=True)
class CheckIn:
    """The private check-in; weight runs from 1 to 5 and only its two ends carry a word."""

    title: StrOrPromise
    privacy: StrOrPromise
    weight_question: StrOrPromise
    weight_lightest: StrOrPromise
    weight_heaviest: StrOrPromise
    stage_question: StrOrPromise
    stage_note: StrOrPromise
    stages: tuple[Stage, ...]


@dataclass(frozen=True)
class ThemeHalf:
    """One side of the theme that is talked about: what to ask, and what to say when no card is there."""

    heading: StrOrPromise
    questions: tuple[StrOrPromise, ...]
    empty: StrOrPromise


@dataclass(frozen=True)
class Empty:
    """What an empty place says: what belongs here, and what to do next."""

    title: StrOrPromise
    text: StrOrPromise


PHASE_TEXT: dict[str, PhaseText] = {
    "draft": PhaseText(
        name=_("Draft"),
        purpose=_("the facts, the people and the time"),
        who_sees=_("Only the leaders of the team see a draft."),
        minutes=0,
    ),
    "prepare": PhaseText(
        name=_("Prepare"),
        purpose=_("each of us writes alone"),
        who_sees=_(
            "You see your own cards and nobody else's; the facilitator too. All see how many are ready, not who."
        ),
        minutes=0,
    ),
    "recognize": PhaseText(
        name=_("Recognize"),
        purpose=_("what happened, wrong and right"),
        who_sees=_("Everyone who takes part sees the same board; managers do not see it."),
        minutes=35,
    ),
    "rationalize": PhaseText(
        name=_("Rationalize"),
        purpose=_("why it made sense then"),
        who_sees=_("You see your own dots; the totals appear for all who take part once voting has closed."),
        minutes=15,
    ),
    "realign": PhaseText(
        name=_("Realign"),
        purpose=_("what we do now"),
        who_sees=_("Everyone who takes part sees ideas and steps as they are written."),
        minutes=10,
    ),
    "follow_through": PhaseText(
        name=_("Follow through"),
        purpose=_("kept? worked?"),
        who_sees=_("Those who took part see everything; managers see the steps and the summary, never a card."),
        minutes=0,
    ),
    "learned": PhaseText(
        name=_("Learn"),
        purpose=_("who else needs to know?"),
        who_sees=_("The summary and the lessons go to those the team chose; the cards stay with those who took part."),
        minutes=0,
    ),
}

SAY_ALOUD: dict[str, tuple[StrOrPromise, ...]] = {
    "draft": (
        _("Something did not go as we hoped. I would like us to learn from it together."),
        _("This is not about who. It is about how it came about, and what we can build on."),
        _("Here is the part that I see as mine. There will be more to see than I can see alone."),
        _("I have written down only what is known. Tell me what is missing."),
    ),
    "prepare": (
        _("Please write before we meet, alone, for ten quiet minutes."),
        _("Write both halves: what went wrong, and what went right that we can build on."),
        _("What you saw counts, also when it seems small or known to everyone."),
        _("You may be the only one who saw it. You need not be sure."),
        _("When you are finished, say that you are ready. That is all the rest of us will see."),
    ),
    "recognize": (
        _("Everybody here did the best they could with what they knew, what they had and how that day was."),
        _("One word from each of us, so that every voice has sounded once."),
        _("We start with what went right. Who would like to say more about a card?"),
        _("Now the timeline, forward and in order. What did you see or hear at the time, and what did you do next?"),
        _("Did anyone see it differently? Both accounts may stand side by side."),
        _("Ideas for steps go to the parking lot; they are safe there. What is still missing?"),
    ),
    "rationalize": (
        _("We vote in silence. The totals come when everyone is done."),
        _("What goals and pressures were there? How did it make sense at the time?"),
        _("What could lead any person in that seat to do the same?"),
        _("How does this usually go right? What was there that helped, and can we rely on it?"),
        _("Which assumption turned out wrong? Was it a risk we took with open eyes?"),
        _("If none of us knows, we write it down as a question, with a name and a date."),
    ),
    "realign": (
        _("Each factor gets a step, or we accept it and say why."),
        _("Each strength gets an answer as well: keep it, amplify it, or spread it."),
        _("Can we remove it, automate it or design it away, before we ask people to remember?"),
        _("How will we know that it worked, and on which day do we look?"),
        _("What will we not do? Let us say that too."),
        _("A last round: what does each of us take along?"),
    ),
    "follow_through": (
        _("Results first: which steps are done, and did they work?"),
        _("Now the open questions. What are the facts, and where do they come from?"),
        _("What have we learned since, that we did not know in the meeting?"),
        _("Where nothing moved: what got in the way? We may change the step or drop it."),
        _("What worked well enough to show it to another team?"),
    ),
    "learned": (
        _("What do we know today that we did not know before?"),
        _("Who else could use it? We share the lesson, never the cards."),
        _("I got this wrong, and here is what I have learned."),
        _("Thank you for what you wrote, most of all where it was not easy."),
        _("We are not where we began. Look at how far this team has come."),
    ),
}

CHECKLIST: dict[str, tuple[CheckItem, ...]] = {
    "draft": (
        CheckItem(
            "title", _("A title without a culprit"), _("Name the event as one would in a corridor, not a person.")
        ),
        CheckItem(
            "facts", _("What happened, facts only"), _("What could be seen or heard. Reasons come in the meeting.")
        ),
        CheckItem(
            "opening", _("An opening statement"), _("If a part of it is yours, say so first. Nobody will make you.")
        ),
        CheckItem(
            "people", _("The people who were there"), _("Those who saw it, and one person who was not involved.")
        ),
        CheckItem(
            "meeting_at", _("A time for the meeting"), _("Within three days for something big, five for the rest.")
        ),
    ),
    "prepare": (
        CheckItem(
            "ready", _("At least three people are ready"), _("Those who are not yet get one letter. You see how many.")
        ),
        CheckItem(
            "talked", _("A word with those who may fear blame"), _("What worries them? What would they like looked at?")
        ),
        CheckItem("notes", _("Somebody who takes notes"), _("You listen better when you need not write.")),
        CheckItem(
            "meeting", _("The meeting is near or has begun"), _("The reveal belongs in the meeting, not before it.")
        ),
    ),
    "recognize": (
        CheckItem(
            "both_sides", _("Both halves of the board have cards"), _("If one is empty, ask: what kept it from worse?")
        ),
        CheckItem(
            "round", _("Every voice has sounded once"), _("Go round with one word each. The leader speaks last.")
        ),
        CheckItem(
            "timeline",
            _("The timeline starts before the event"),
            _("Facts with their source; two accounts may differ."),
        ),
        CheckItem(
            "themes", _("The cards are grouped into themes"), _("A theme may hold both sides. Two or three will do.")
        ),
    ),
    "rationalize": (
        CheckItem("voted", _("Voting is closed"), _("Wait for those who need longer. The leader votes last.")),
        CheckItem(
            "factors", _("The top themes have factors"), _("More than one. The first good story is seldom all of it.")
        ),
        CheckItem(
            "strengths",
            _("What went right has its reasons"),
            _("Not only what, but why, and whether it will hold again."),
        ),
        CheckItem("questions", _("Open questions have a name and a date"), _("Better a question than a guess.")),
    ),
    "realign": (
        CheckItem("factors_answered", _("Every factor has an answer"), _("A step, or “accepted, because …”.")),
        CheckItem("strengths_answered", _("Every strength has an answer"), _("Keep, amplify or spread.")),
        CheckItem("steps_signal", _("Every step can be checked"), _("One owner, a date, and a sign that it worked.")),
        CheckItem("follow_up", _("A follow-up meeting has a date"), _("Choose it now, while everyone is here.")),
        CheckItem("commitment", _("Everyone has said what they take along"), _("One sentence each. Passing is fine.")),
    ),
    "follow_through": (
        CheckItem(
            "checked", _("Every step is checked or dropped"), _("Did it work? The owner says, and a second person.")
        ),
        CheckItem(
            "questions_answered", _("The open questions have answers"), _("Facts with their source, or a new date.")
        ),
        CheckItem("results_first", _("The follow-up began with results"), _("Then the answers, then what we learned.")),
    ),
    "learned": (
        CheckItem(
            "lessons", _("Lessons are written"), _("One or two sentences each, of use to someone who was not there.")
        ),
        CheckItem("closing", _("A closing statement"), _("What was got wrong, what has been learned, and thanks.")),
        CheckItem("audience", _("Those who could use it can read it"), _("The team, or everyone in the organization.")),
    ),
}

PAUSE = Pause(
    title=_("Nothing to hide, nothing to dress up. Stay with it a moment."),
    text=_("Take a minute before you write. Nobody is waiting, and nobody sees you write."),
    questions=(
        _("What might this be trying to show us?"),
        _("Is there somebody whom we have not heard yet?"),
        _("Is there a corner that none of us can see from where we stand?"),
        _("What would you tell a good friend to whom this had happened?"),
    ),
)

# What else somebody without an account should know before writing.
GUEST_LIMITS: tuple[StrOrPromise, ...] = (
    _("Whoever gave you the link knows that you have it."),
    _(
        "Whoever opens the link in this browser after you sees your cards until the reveal. "
        "On a computer that is not yours, use a private window and close it."
    ),
)

ANONYMITY_LIMITS: tuple[StrOrPromise, ...] = (
    _("We keep nothing that joins an anonymous card to a person: no name, no time, no order. Nobody can look it up."),
    _("Your way of writing can still give you away to people who know you well."),
    _("So can a detail that only you were there to see. Leave it out, or tell it under your name."),
    _("Somebody who stands beside you can see your screen, and whoever manages your computer may see what it does."),
    _("Until the reveal only this browser can change the card. If you clear its data, the card stays as it is."),
    _("After the reveal nobody can change or withdraw the card, and neither can you."),
    _("In a very small group it is easy to guess. That is why we offer it to four people or more."),
)

CHECK_IN = CheckIn(
    title=_("How are you with it?"),
    privacy=_("For you alone. The room sees a band, and only when enough people have answered."),
    weight_question=_("How heavy is this for you?"),
    weight_lightest=_("light"),
    weight_heaviest=_("very heavy"),
    stage_question=_("Where are you with it?"),
    stage_note=_("Any of these is fine, in any order, also more than once."),
    stages=(
        Stage(
            "denial",
            _("denial"),
            _("It may not feel real yet. You need not have an opinion today; what you saw is enough."),
        ),
        Stage(
            "anger",
            _("anger"),
            _("Anger often guards something that matters to you. You may write that down, and then a fact."),
        ),
        Stage(
            "bargaining",
            _("bargaining"),
            _("“If only” wears one out. What if you tried one thing differently, just the next time?"),
        ),
        Stage(
            "low",
            _("low"),
            _("This is a heavy place, and it is no verdict on you. Tell someone you trust; you may write less."),
        ),
        Stage(
            "accepting",
            _("accepting"),
            _("Good that you are here. Perhaps you can lend some of your calm to the others."),
        ),
    ),
)

OPENING_STARTERS: tuple[StrOrPromise, ...] = (
    _("I got this wrong, and here is what I have learned: "),
    _("The part of this that is mine: "),
    _("I decided this, and here is what I did not ask first: "),
    _("Something I would like to have heard earlier, and why it may have been hard to tell me: "),
    _("What I saw you do that day, and am grateful for: "),
    _("I do not know yet which part is mine. What I would like to understand: "),
)

THEME_HALVES: dict[str, ThemeHalf] = {
    "wrong": ThemeHalf(
        heading=_("What went wrong here"),
        questions=SENSE_QUESTIONS[:3],
        empty=_("No card on this side. Was there nothing, or has nobody said it yet?"),
    ),
    "right": ThemeHalf(
        heading=_("What went right here"),
        questions=(
            _("What worked, and what made it work?"),
            _("Who adapted, and how?"),
            _("What kept it from being worse: luck, or something we can rely on?"),
        ),
        empty=_("No card on this side. Something kept it from being worse: what was it?"),
    ),
}

EMPTY: dict[str, Empty] = {
    "board_wrong": Empty(
        _("Nothing stands here yet"),
        _("What did you see or hear that differed from what you expected? Small things count. Write the first card."),
    ),
    "board_right": Empty(
        _("Nothing stands here yet, and something kept it from being worse"),
        _("Who adapted, and how? What worked as it always does? Write the first card."),
    ),
    "timeline": Empty(
        _("The timeline is empty"),
        _("Begin before the event, when all was still well. Add the first thing that was seen or heard, and by whom."),
    ),
    "themes": Empty(
        _("No themes yet"),
        _("Read the cards aloud. Where two speak of the same thing, give it a name; a theme may hold both sides."),
    ),
    "factors": Empty(
        _("No factor yet"),
        _("Take the theme with the most dots and ask what made it sensible then. There is usually more than one."),
    ),
    "strengths": Empty(
        _("No strength yet"),
        _("Take a card from the right-hand half and ask why it worked. If it would work again, it belongs here."),
    ),
    "only_strengths": Empty(
        _("So far we have only what went right"),
        _("Take the theme with the most dots: what contributed to it, and what made that sensible then?"),
    ),
    "only_factors": Empty(
        _("So far we have only what went wrong"),
        _("Something held, or it would have been worse. What was it, who adapted, and would it hold again?"),
    ),
    "questions": Empty(
        _("No open question yet"),
        _("When nobody in the room knows, write it here with a name and a date. Facts will replace the guess."),
    ),
    "steps": Empty(
        _("No step yet"),
        _("Take a factor or a strength. Say what will be done, by whom, by when, and how we will see that it worked."),
    ),
    "lessons": Empty(
        _("No lesson yet"),
        _("What do we know now? One or two sentences, so that somebody who was not there can use them."),
    ),
    "parking": Empty(
        _("The parking lot is empty"),
        _("An idea that comes too early is safe here until Realign. Park it in a few words."),
    ),
}
