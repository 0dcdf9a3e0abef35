"""The upload form: many files at once, each with a line of its own."""

import re
from html import unescape

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.debriefs.importing import shown_name
from apps.debriefs.models import Debrief
from apps.debriefs.postmortems import parse
from tests.factories import AT

PAGE = "/debriefs/import/"


def a_file(title: str, name: str = "notes.md") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, f"---\ntitle: {title}\nsummary: It did.\n---\n".encode(), "text/markdown")


@pytest.fixture
def send(clients, team):
    def send(*files, by="alice", to=team):
        with time_machine.travel(AT, tick=False):
            return clients[by].post(PAGE, {"team": to.pk, "files": files})

    return send


def lines_of(answer) -> list[tuple[str, str]]:
    return [(line.name, line.why or str(line.debrief)) for line in answer.context["lines"]]


def words(answer) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


def test_the_empty_page_shows_a_file_that_we_can_read(clients):
    page = clients["alice"].get(PAGE).content.decode()
    assert 'enctype="multipart/form-data"' in page
    example = unescape(re.search(r"<pre[^>]*>(.*?)</pre>", page, re.DOTALL)[1])
    read = parse(example, name="example.md")
    assert (read.title, read.notes) == ("The ovens stayed cold", ())
    assert read.started_at and read.ended_at and read.tags and read.source_url and read.body


def test_each_file_becomes_a_draft_of_whoever_sent_it(send, alice, team):
    answer = send(a_file("Cold ovens", "one.md"), a_file("Wet flour", "two.md"))
    assert lines_of(answer) == [("one.md", "Cold ovens"), ("two.md", "Wet flour")]
    assert set(Debrief.objects.values_list("title", "team", "created_by", "phase")) == {
        ("Cold ovens", team.pk, alice.pk, "draft"),
        ("Wet flour", team.pk, alice.pk, "draft"),
    }
    for draft in Debrief.objects.all():
        assert f'<a href="/debriefs/{draft.pk}/">{draft.title}</a>' in answer.content.decode()
    assert "2 new drafts" in words(answer)


def test_the_bad_ones_stand_first_with_their_reasons(send):
    answer = send(
        a_file("Cold ovens", "good.md"),
        SimpleUploadedFile("large.md", b"x" * 5_000_000),
        SimpleUploadedFile("photo.md", b"\xff\xd8\xff\x00"),
        SimpleUploadedFile("zip.md", b"PK\x00\x00"),
        SimpleUploadedFile("plain.md", b"# Ovens\n"),
        SimpleUploadedFile("empty.md", b""),
    )
    assert lines_of(answer) == [
        ("large.md", "This file has 5.0 MB. We read postmortems of up to 1 MB."),
        ("photo.md", "This file is not text that we can read. Save it as UTF-8 text and try again."),
        ("zip.md", "This file is not a text file. We read Markdown with front matter."),
        (
            "plain.md",
            "There is no front matter: the first line should be --- with the title and the dates below it.",
        ),
        ("empty.md", "This file is empty."),
        ("good.md", "Cold ovens"),
    ]
    said = words(answer)
    assert "One new draft from 6 files" in said
    assert "5 files could not be taken. They stand first, with their reasons" in said
    assert all(why in said for _name, why in lines_of(answer))


def test_the_same_file_again_leads_to_the_draft_that_is_there(send):
    send(a_file("Cold ovens"))
    answer = send(a_file("Cold ovens"), a_file("Cold ovens", "copy.md"))
    (draft,) = Debrief.objects.all()
    assert [(line.debrief, line.new) for line in answer.context["lines"]] == [(draft, False), (draft, False)]
    assert "No new draft from 2 files" in words(answer)
    assert "was imported before, and stays as your team has it" in words(answer)


def test_what_was_odd_is_told_at_its_draft(send):
    odd = SimpleUploadedFile("odd.md", b"---\ndate: soon\n---\n# Cold ovens\n")
    assert "We could not read the start “soon” as a date; we left it out." in words(send(odd))


def test_thirty_files_and_more_than_a_hundred(send, django_assert_max_num_queries):
    with django_assert_max_num_queries(30 * 30):
        answer = send(*(a_file(f"Day {n}", f"{n}.md") for n in range(30)))
    assert answer.context["new"] == Debrief.objects.count() == 30
    assert send(*(a_file(f"Day {n % 30}", f"{n}.md") for n in range(150))).context["new"] == 0


def test_too_many_at_once_is_said_at_the_field(send):
    answer = send(*(a_file(f"Day {n}") for n in range(201)))
    assert answer.status_code == 422
    assert answer.context["form"].errors == {
        "files": ["These are 201 files; we take up to 200 at a time. Choose some now, the others after."]
    }
    assert not Debrief.objects.exists()


def test_far_too_many_get_a_calm_page(send):
    answer = send(*(SimpleUploadedFile("a.md", b"x") for n in range(1001)))
    assert (answer.status_code, "We could not take that" in words(answer)) == (400, True)


def test_no_file_is_said_at_the_field(send):
    answer = send()
    assert (answer.status_code, answer.context["form"].errors) == (422, {"files": ["Choose at least one file."]})


def test_only_into_a_team_that_one_leads(send, other_team):
    answer = send(a_file("Cold ovens"), to=other_team)
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["team"])
    assert "A team’s leaders open a debrief" in words(send(a_file("Cold ovens"), by="bob"))
    assert not Debrief.objects.exists()


def test_names_of_files_do_no_harm(send):
    answer = send(SimpleUploadedFile("<b>\u202egnp.md", b"x"), SimpleUploadedFile("n" * 250 + ".md", b"x"))
    page = answer.content.decode()
    assert "\u202e" not in page
    assert "<b>gnp" not in page
    assert max(len(name) for name, _why in lines_of(answer)) == 80


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("ovens.md", "ovens.md"),
        ("Öfen – kalt.md", "Öfen – kalt.md"),
        ("a\nb\t\x00\x1b[2J.md", "a\ufffdb\ufffd\ufffd\ufffd[2J.md"),
        ("\u202egnp.md", "\ufffdgnp.md"),
        ("\udcff.md", "\ufffd.md"),
        ("n" * 80, "n" * 80),
        ("n" * 78 + ".md", "n" * 67 + "…" + "n" * 9 + ".md"),
    ],
)
def test_a_name_is_shown_safely(name, shown):
    assert shown_name(name) == shown
    assert len(shown_name(name)) <= 80
