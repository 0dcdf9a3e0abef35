import hashlib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.debriefs.postmortems import (
    KEY_MAX,
    MAX_BYTES,
    TAG_MAX,
    TAGS_MAX,
    TEXT_MAX,
    TITLE_MAX,
    URL_MAX,
    NotAPostmortem,
    Postmortem,
    happened_text,
    parse,
)

# Real files lie beside the project, not in it; this test reads them where they are.
REAL_FILES = sorted((Path(__file__).parents[3] / "shared/data/postmortems").glob("*.md"))

WHOLE = """\
---
uuid: 3F2B8C1E-5A4D-4E6F-9B7A-1C2D3E4F5A6B
url: https://example.com/what-happened?id=7
title: "Tills stood still: twelve minutes at noon"
start_time: 2026-03-06T12:00:00+01:00
end_time: 2026-03-06T11:12:00Z
categories:
- payments
- config-change
keywords: tills, Payments, cash desk
company: Corner Shop
summary: Every till in the shop waited for an answer.
---

The tills asked a server that had moved.

## What went right

Two colleagues wrote receipts by hand.
"""


def front(**fields: str) -> str:
    lines = "\n".join(f"{name}: {value}" for name, value in fields.items())
    return f"---\n{lines}\n---\nSomething happened.\n"


def reason_for(content: bytes | str) -> str:
    with pytest.raises(NotAPostmortem) as refused:
        parse(content, name="notes.md")
    assert str(refused.value) == refused.value.reason
    return refused.value.reason


def test_a_whole_file():
    assert parse(WHOLE, name="tills.md") == Postmortem(
        title="Tills stood still: twelve minutes at noon",
        started_at=datetime(2026, 3, 6, 11, 0, tzinfo=UTC),
        ended_at=datetime(2026, 3, 6, 11, 12, tzinfo=UTC),
        summary="Every till in the shop waited for an answer.",
        body=(
            "The tills asked a server that had moved.\n\n## What went right\n\nTwo colleagues wrote receipts by hand."
        ),
        tags=("payments", "config-change", "tills", "cash desk"),
        source_url="https://example.com/what-happened?id=7",
        source_key="3f2b8c1e-5a4d-4e6f-9b7a-1c2d3e4f5a6b",
        notes=(),
    )


def test_what_happened_is_the_summary_and_then_the_body():
    assert happened_text(parse(WHOLE, name="tills.md")) == (
        "Every till in the shop waited for an answer.\n\n"
        "The tills asked a server that had moved.\n\n"
        "## What went right\n\nTwo colleagues wrote receipts by hand."
    )
    twice = parse("---\ntitle: a\nsummary: It rained.\n---\nIt rained. Then it stopped.", name="rain.md")
    assert happened_text(twice) == "It rained. Then it stopped."
    assert happened_text(parse("---\ntitle: a\nsummary: It rained.\n---\n", name="rain.md")) == "It rained."


def test_line_ends_and_byte_order_mark_make_no_difference():
    windows = b"\xef\xbb\xbf" + WHOLE.replace("\n", "\r\n").encode()
    assert parse(windows, name="tills.md") == parse(WHOLE, name="tills.md")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "notes.md is empty."),
        (b" \n\n", "notes.md is empty."),
        (b"\xff\xfe\x00\x01", "notes.md is not text that we can read. Save it as UTF-8 text and try again."),
        (b"---\ntitle: a\x00b\n---\n", "notes.md is not a text file. We read Markdown with front matter."),
        (b"x" * 5_000_000, "notes.md has 5.0 MB. We read postmortems of up to 1 MB."),
        ("x" * 5_000_000, "notes.md has 5.0 MB. We read postmortems of up to 1 MB."),
        (
            "# A heading\n\nand text",
            "There is no front matter: the first line should be --- with the title and the dates below it.",
        ),
        ("---\ntitle: a\n", "The front matter has no end: a second line with --- is missing."),
        (
            "---\nurl: https://example.com\ntitle: Outage: the tills\n---\n",
            "We could not read the front matter near line 3. Does a value with a colon want quotes?",
        ),
        ("---\n- a\n- b\n---\n", "The front matter holds no fields, such as a line that begins with title:"),
        ("---\n---\nText.", "The front matter holds no fields, such as a line that begins with title:"),
        ("---\ntitle: ' '\n---\n", "There is no title, no heading and no text that could stand in for one."),
        (
            "---\n" + "a: b\n" * 20_000 + "---\n",
            "The front matter is longer than we read; the text belongs below it.",
        ),
    ],
)
def test_what_is_no_postmortem_gets_a_sentence(content, reason):
    assert reason_for(content) == reason


def test_the_limit_itself_is_still_read():
    content = WHOLE.encode()
    full = content + b"x" * (MAX_BYTES - len(content))
    assert parse(full, name="tills.md").title == "Tills stood still: twelve minutes at noon"
    assert reason_for(full + b"x") == "notes.md has 1.0 MB. We read postmortems of up to 1 MB."


def test_a_file_that_swells_or_nests_is_refused():
    swelling = "a0: &a0 [x, x]\n" + "".join(f"a{n + 1}: &a{n + 1} [*a{n}, *a{n}]\n" for n in range(40))
    for yaml in (swelling, "title: " + "[" * 30_000, "title: " + "{a: " * 5_000, "? " * 5_000 + "a"):
        assert reason_for(f"---\n{yaml}\n---\n") == "The front matter is nested too deeply or repeats itself too often."


def test_a_file_cannot_make_python_objects():
    assert reason_for("---\ntitle: !!python/object/apply:os.getcwd []\n---\n").startswith("We could not read")


@pytest.mark.parametrize(
    ("content", "title", "body", "note"),
    [
        (
            "---\nurl: https://example.com\n---\nIt began.\n\n# The day ##\n\nIt ended.",
            "The day",
            "It began.\n\n\nIt ended.",
            "There is no title; we took the first heading.",
        ),
        (
            "---\ntitle:\n---\nThe [shop](https://example.com) `till` stood still. Then it rang.",
            "The shop till stood still",
            "The [shop](https://example.com) `till` stood still. Then it rang.",
            "There is no title; we took the first sentence. You may want a shorter one.",
        ),
        (
            "---\nsummary: It rained on us.\n---\n",
            "It rained on us",
            "",
            "There is no title; we took the first sentence. You may want a shorter one.",
        ),
    ],
)
def test_a_missing_title_is_found_elsewhere(content, title, body, note):
    postmortem = parse(content, name="notes.md")
    assert (postmortem.title, postmortem.body, postmortem.notes) == (title, body, (note,))


@pytest.mark.parametrize(
    ("written", "title"),
    [("2026-03-06", "2026-03-06"), ("118", "118"), ("yes", "yes"), ("[one, two]", "one"), ('"a\\n  b\\0c"', "a bc")],
)
def test_a_title_that_is_no_plain_text_is_kept_as_written(written, title):
    assert parse(front(title=written), name="notes.md").title == title


def test_a_long_title_ends_at_a_word():
    postmortem = parse(front(title="word " * 100), name="notes.md")
    assert postmortem.title == ("word " * 39).strip() + "…"
    assert postmortem.notes == ("The title is longer than 200 characters; we cut it.",)
    assert parse(front(title="x" * 500), name="notes.md").title == "x" * 199 + "…"


def test_a_long_text_keeps_its_beginning():
    postmortem = parse("---\ntitle: a\nsummary: First.\n---\n" + "word " * 10_000, name="notes.md")
    assert len(happened_text(postmortem)) <= TEXT_MAX
    assert happened_text(postmortem).startswith("First.\n\nword word")
    assert happened_text(postmortem).endswith("word…")
    assert postmortem.notes == ("The text is longer than 20000 characters; we kept the beginning.",)


@pytest.mark.parametrize(
    ("written", "moment", "notes"),
    [
        ("2026-03-06T12:00:00Z", datetime(2026, 3, 6, 12, tzinfo=UTC), ()),
        ('"2026-03-06 12:00 UTC"', datetime(2026, 3, 6, 12, tzinfo=UTC), ()),
        ("2026-03-06T23:30:00-07:00", datetime(2026, 3, 7, 6, 30, tzinfo=UTC), ()),
        ("Fri, 06 Mar 2026 12:00:00 +0100", datetime(2026, 3, 6, 11, tzinfo=UTC), ()),
        (
            "2026-03-06 12:00:00",
            datetime(2026, 3, 6, 12, tzinfo=UTC),
            ("The start has no time zone; we took it as UTC.",),
        ),
        ("2026-03-06", datetime(2026, 3, 6, tzinfo=UTC), ("The start has no time of day; we took midnight, UTC.",)),
        ("6 March 2026", datetime(2026, 3, 6, tzinfo=UTC), ("The start has no time of day; we took midnight, UTC.",)),
        ("2026-02-31", None, ("We could not read the start “2026-02-31” as a date; we left it out.",)),
        ("last Tuesday", None, ("We could not read the start “last Tuesday” as a date; we left it out.",)),
        ("2026", None, ("We could not read the start “2026” as a date; we left it out.",)),
        ("0001-01-01", None, ("We could not read the start “0001-01-01” as a date; we left it out.",)),
        ('""', None, ()),
        ("{a: b}", None, ()),
    ],
)
def test_when_it_began(written, moment, notes):
    postmortem = parse(front(title="a", start_time=written), name="notes.md")
    assert (postmortem.started_at, postmortem.notes) == (moment, notes)


def test_an_end_before_the_start_is_left_out():
    postmortem = parse(front(title="a", start_time="2026-03-06T12:00Z", end_time="2026-03-06T11:00Z"), name="notes.md")
    assert postmortem.started_at == datetime(2026, 3, 6, 12, tzinfo=UTC)
    assert postmortem.ended_at is None
    assert postmortem.notes == ("The end is before the start; we left it out.",)


@pytest.mark.parametrize(
    ("written", "tags"),
    [
        ("cloud, dns , cloud,", ("cloud", "dns")),
        ("[cloud, DNS, Dns, {a: b}, [c], '']", ("cloud", "DNS")),
        ("'#outage'", ("outage",)),
        ("[]", ()),
        ("{a: b}", ()),
        ("x" * 60, ("x" * 39 + "…",)),
    ],
)
def test_tags_from_lists_and_lines(written, tags):
    assert parse(front(title="a", tags=written), name="notes.md").tags == tags


def test_no_more_tags_than_a_person_reads():
    postmortem = parse(front(title="a", keywords=", ".join(f"tag{n}" for n in range(15))), name="notes.md")
    assert postmortem.tags == tuple(f"tag{n}" for n in range(12))
    assert postmortem.notes == ("There are 15 tags; we kept the first 12.",)


@pytest.mark.parametrize(
    "written",
    ["javascript:alert(1)", "'data:text/html,x'", "ftp://example.com/a", "example.com", "'http://'", "'http://[a'",
     "'https://example.com/a b'", "'https://example.com:99999/'", "https://example.com/" + "x" * 500],
)  # fmt: skip
def test_only_web_links_are_kept(written):
    postmortem = parse(front(title="a", url=written), name="notes.md")
    assert postmortem.source_url == ""
    assert len(postmortem.notes) == 1
    assert postmortem.notes[0].endswith("is no http or https link; we left it out.")


def test_the_key_is_the_uuid_else_the_link_else_the_content():
    link = "https://example.com/a"
    assert parse(front(title="a", url=link), name="one.md").source_key == link
    assert parse(front(title="a", url=link, uuid="7"), name="one.md").notes == (
        "The uuid is not one; we know the file by its link or its content instead.",
    )
    plain = front(title="a")
    content_key = "sha256:" + hashlib.sha256(plain.strip().encode()).hexdigest()
    assert parse(plain, name="one.md").source_key == content_key
    assert parse(plain.replace("\n", "\r\n"), name="two.md").source_key == content_key
    long_link = "https://example.com/" + "x" * 300
    assert parse(front(title="a", url=long_link), name="one.md").source_key == (
        "sha256:" + hashlib.sha256(long_link.encode()).hexdigest()
    )


def test_unknown_fields_are_of_no_concern():
    assert parse(front(title="a", severity="7", company="Corner Shop"), name="one.md").notes == ()


@pytest.mark.skipif(not REAL_FILES, reason="the real postmortems do not lie beside this project")
def test_every_real_file_becomes_a_postmortem():
    parsed = {path.name: parse(path.read_bytes(), name=path.name) for path in REAL_FILES}
    assert {name: one.source_key for name, one in parsed.items()} == {path.name: path.stem for path in REAL_FILES}
    untitled = {path.name for path in REAL_FILES if "\ntitle:" not in path.read_text()}
    assert {name for name, one in parsed.items() if any("no title" in note for note in one.notes)} == untitled
    for path, one in zip(REAL_FILES, parsed.values(), strict=True):
        assert_fits(one)
        assert one.body == path.read_text().split("\n---\n", 1)[1].strip()
        assert one.source_url
        assert not [note for note in one.notes if "left it out" in note]


def assert_fits(postmortem: Postmortem) -> None:
    assert 0 < len(postmortem.title) <= TITLE_MAX
    assert len(happened_text(postmortem)) <= TEXT_MAX
    assert len(postmortem.source_url) <= URL_MAX
    assert 0 < len(postmortem.source_key) <= KEY_MAX
    assert len(postmortem.tags) <= TAGS_MAX
    assert all(0 < len(tag) <= TAG_MAX for tag in postmortem.tags)
    for moment in (postmortem.started_at, postmortem.ended_at):
        assert moment is None or moment.tzinfo is UTC
    for text in (postmortem.title, happened_text(postmortem), *postmortem.tags, *postmortem.notes):
        assert "\x00" not in text.encode().decode()


def read_or_refuse(content: bytes | str) -> None:
    try:
        assert_fits(parse(content, name="any.md"))
    except NotAPostmortem as refused:
        assert refused.reason


@settings(max_examples=300, deadline=None)
@given(st.binary() | st.text(st.characters(exclude_categories=())))
def test_any_content_is_read_or_refused(content):
    read_or_refuse(content)


@settings(max_examples=300, deadline=None)
@given(st.text(st.characters(exclude_categories=())), st.text(max_size=50))
def test_any_front_matter_is_read_or_refused(yaml, body):
    read_or_refuse(f"---\n{yaml}\n---\n{body}")


ODD_VALUES = st.one_of(
    st.text(max_size=40),
    st.datetimes().map(str),
    st.sampled_from(['"\\ud800"', "&a [*a]", "*a", "[a, {b: c}]", "!!int a", "|", "1:2:3", "9999-12-31T23:59-14:00"]),
    st.lists(st.sampled_from(["Mon,", "4", "Feb", "2019", "25:61", "+9999", "-0000", "PDT", "T", "Z"])).map(" ".join),
)
FIELDS = st.sampled_from(["title", "start_time", "end_time", "date", "summary", "tags", "url", "uuid", "<<", "? a"])


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(FIELDS, ODD_VALUES)), st.text(max_size=50))
def test_any_odd_field_is_read_or_refused(fields, body):
    lines = "\n".join(f"{name}: {value}" for name, value in fields)
    read_or_refuse(f"---\n{lines}\n---\n{body}")
