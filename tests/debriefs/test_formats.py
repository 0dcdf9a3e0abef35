from collections import Counter

import pytest

from apps.debriefs.formats import DEFAULT, FORMATS, SIDES


def test_the_four_formats_and_their_prompts():
    assert {key: [(p.key, p.side) for p in one.prompts] for key, one in FORMATS.items()} == {
        "three_rs": [("went_wrong", "wrong"), ("went_right", "right")],
        "after_action": [
            ("expected", "expected"),
            ("happened", "surprise"),
            ("improve", "wrong"),
            ("sustain", "right"),
        ],
        "incident": [
            ("impact", "wrong"),
            ("trigger", "surprise"),
            ("detection", "right"),
            ("went_wrong", "wrong"),
            ("went_well", "right"),
            ("lucky", "luck"),
        ],
        "one_root_cause": [("hoped", "expected"), ("beneath", "wrong"), ("opens", "right")],
    }


def test_the_default_asks_the_two_questions_of_the_board():
    assert [str(prompt.title) for prompt in FORMATS[DEFAULT].prompts] == [
        "What went wrong",
        "What went right that we can build on",
    ]


@pytest.mark.parametrize("key", FORMATS)
def test_wrong_and_right_weigh_the_same(key):
    sides = Counter(prompt.side for prompt in FORMATS[key].prompts)
    assert sides["wrong"] == sides["right"] >= 1
    assert set(sides) <= set(SIDES)


@pytest.mark.parametrize("key", FORMATS)
def test_every_text_is_there_and_fits_its_column(key):
    one = FORMATS[key]
    assert one.key == key
    assert 0 < len(str(one.name)) <= 80
    assert 0 < len(str(one.description)) <= 300
    assert str(one.when_to_use)
    for prompt in one.prompts:
        assert 0 < len(str(prompt.title)) <= 40
        assert 0 < len(str(prompt.help)) <= 400
        assert 0 < len(str(prompt.example)) <= 300
