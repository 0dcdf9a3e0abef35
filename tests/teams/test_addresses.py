import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.teams.addresses import AT_ONCE, read


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("ann@example.org", ["ann@example.org"]),
        (
            "ann@example.org, ben@example.org;cleo@example.org",
            ["ann@example.org", "ben@example.org", "cleo@example.org"],
        ),
        (
            "ann@example.org ben@example.org\r\n\tcleo@example.org",
            ["ann@example.org", "ben@example.org", "cleo@example.org"],
        ),
        ("Ann Lee <ann@example.org>, Ben <ben@example.org>", ["ann@example.org", "ben@example.org"]),
        ('"Lee, Ann" <ann@example.org>; "Dr. Ben O\'Neil" <ben@example.org>', ["ann@example.org", "ben@example.org"]),
        (
            "cleo@example.org Ann <ann@example.org> ben@example.org",
            ["cleo@example.org", "ann@example.org", "ben@example.org"],
        ),
        ("Ann <ann@example.org>\nBen <ben@example.org>", ["ann@example.org", "ben@example.org"]),
        ("mailto:ann@example.org", ["ann@example.org"]),
        ("(ann@example.org). 'ben@example.org'", ["ann@example.org", "ben@example.org"]),
        ("ANN@Example.org ann@example.ORG", ["ann@example.org"]),
        ("\u200bann@example.org\u00a0ben@example.org", ["ann@example.org", "ben@example.org"]),
        (" ,;\n ", []),
    ],
)
def test_addresses_are_found_however_they_were_pasted(text, good):
    found = read(text)
    assert (found.good, found.bad, found.waiting) == (good, [], [])


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("ann.example.org", "it has no @"),
        ("ann@@example.org", "it has more than one @"),
        ("@example.org", "there is nothing before the @"),
        ("ann@", "the part after the @ is not complete"),
        ("ann@example", "the part after the @ is not complete"),
        ("ann@-example-.org", "it has characters an address cannot have"),
        ("änn@example.org", "it has characters an address cannot have"),
        (f"{'a' * 250}@example.org", "it is too long"),
    ],
)
def test_each_bad_one_is_named_with_its_reason_and_the_good_ones_stay(typed, why):
    found = read(f"first@example.org, {typed}\nlast@example.org")
    assert found.good == ["first@example.org", "last@example.org"]
    assert [(bad.typed, str(bad.why)) for bad in found.bad] == [(typed, why)]


def test_what_is_beyond_fifty_waits_for_the_next_round():
    many = [f"p{n}@example.org" for n in range(AT_ONCE + 2)]
    found = read(" ".join(many))
    assert (found.good, found.waiting, found.bad) == (many[:AT_ONCE], many[AT_ONCE:], [])


@given(st.text(max_size=300))
def test_any_text_is_read_and_nothing_good_holds_a_line_break(text):
    found = read(text)
    assert all("@" in address and not set(address) & set("\r\n\t <>,;") for address in found.good)
