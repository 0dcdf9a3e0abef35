import re
from dataclasses import fields

import pytest

from apps.debriefs import facilitation
from apps.debriefs.facilitation import (
    ANONYMITY_LIMITS,
    CHECK_IN,
    CHECKLIST,
    EMPTY,
    FACTOR_KINDS,
    OPENING_STARTERS,
    PAUSE,
    PHASE_TEXT,
    PHASES,
    SAY_ALOUD,
    SENSE_QUESTIONS,
)

# Words that look for a person instead of a cause, or lecture from hindsight; the product never says them itself.
UNKIND = re.compile(
    r"\b(who did|who is to blame|fault|careless|human error|should have|could have|failed to)\b", re.IGNORECASE
)


def every_sentence(value):
    """Every text of this module, however deep it stands."""
    if isinstance(value, dict):
        return [text for each in value.values() for text in every_sentence(each)]
    if isinstance(value, tuple):
        return [text for each in value for text in every_sentence(each)]
    if hasattr(value, "__dataclass_fields__"):
        return [text for field in fields(value) for text in every_sentence(getattr(value, field.name))]
    return [] if isinstance(value, int) else [str(value)]


SENTENCES = every_sentence(
    (
        ANONYMITY_LIMITS,
        CHECK_IN,
        CHECKLIST,
        EMPTY,
        FACTOR_KINDS,
        OPENING_STARTERS,
        PAUSE,
        PHASE_TEXT,
        SAY_ALOUD,
        *SENSE_QUESTIONS,
    )
)


def test_every_phase_has_its_words():
    assert tuple(PHASE_TEXT) == tuple(SAY_ALOUD) == tuple(CHECKLIST) == PHASES
    assert all(3 <= len(sentences) <= 6 for sentences in SAY_ALOUD.values())


def test_the_meeting_fits_into_an_hour():
    assert {key: text.minutes for key, text in PHASE_TEXT.items() if text.minutes} == {
        "recognize": 35,
        "rationalize": 15,
        "realign": 10,
    }


def test_the_keys_that_code_ticks():
    assert {phase: [item.key for item in items] for phase, items in CHECKLIST.items()} == {
        "draft": ["title", "facts", "opening", "people", "meeting_at"],
        "prepare": ["ready", "talked", "notes", "meeting"],
        "recognize": ["both_sides", "round", "timeline", "themes"],
        "rationalize": ["voted", "factors", "strengths", "questions"],
        "realign": ["factors_answered", "strengths_answered", "steps_signal", "follow_up", "commitment"],
        "follow_through": ["checked", "questions_answered", "results_first"],
        "learned": ["lessons", "closing", "audience"],
    }


def test_each_kind_of_factor_probes_in_its_own_way():
    assert list(FACTOR_KINDS) == ["tactical_misstep", "unspoken", "unforeseeable"]
    questions = [str(question) for kind in FACTOR_KINDS.values() for question in kind.questions]
    assert len(set(questions)) == len(questions) == 15
    assert all(question.endswith("?") for question in questions + [str(each) for each in SENSE_QUESTIONS])


def test_the_check_in_knows_five_stages_and_judges_none():
    assert [stage.key for stage in CHECK_IN.stages] == ["denial", "anger", "bargaining", "low", "accepting"]


def test_every_empty_place_says_what_belongs_there():
    assert list(EMPTY) == [
        "board_wrong",
        "board_right",
        "timeline",
        "themes",
        "factors",
        "strengths",
        "only_strengths",
        "only_factors",
        "questions",
        "steps",
        "lessons",
        "parking",
    ]


@pytest.mark.parametrize("sentence", SENTENCES)
def test_our_own_words_are_kind_and_plain(sentence):
    assert sentence
    assert not UNKIND.search(sentence)
    assert "!" not in sentence
    assert len(sentence) <= 120


def test_every_text_is_marked_for_translation():
    assert not [text for phase in PHASES for text in SAY_ALOUD[phase] if isinstance(text, str)]
    assert facilitation.PAUSE.questions
