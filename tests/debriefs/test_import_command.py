"""`manage.py import_postmortem`: a line for each file, whatever it is."""

import os
import time
from io import StringIO
from pathlib import Path

import pytest
import time_machine
from django.core.management import CommandError, call_command

from apps.debriefs.models import Debrief
from apps.debriefs.phases import Phase
from apps.teams.models import Role
from tests.factories import AT, a_person, join

REAL_FILES = sorted((Path(__file__).parents[3] / "shared/data/postmortems").glob("*.md"))

OVENS = """\
---
title: The ovens stayed cold until nine
start: 2026-03-06T06:00+01:00
end: 2026-03-06T09:10+01:00
summary: No bread before half past ten.
categories: [ovens, early shift]
link: https://example.org/our-notes/ovens
---

The lamps came on as well.
"""
A_COLON = "We could not read the front matter near line 2. Does a value with a colon want quotes?"
NO_FRONT_MATTER = "There is no front matter: the first line should be --- with the title and the dates below it."


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Where one types the command, with a good file in it."""
    (tmp_path / "ovens.md").write_text(OVENS)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str) -> list[str]:
    said = StringIO()
    with time_machine.travel(AT, tick=False):
        call_command("import_postmortem", *arguments, stdout=said)
    return said.getvalue().splitlines()


def refused(*arguments: str) -> tuple[list[str], str]:
    """What it says where it ends with 1, and why."""
    said = StringIO()
    with pytest.raises(CommandError) as why, time_machine.travel(AT, tick=False):
        call_command("import_postmortem", *arguments, stdout=said)
    assert why.value.returncode == 1
    return said.getvalue().splitlines(), str(why.value)


def test_a_file_becomes_a_draft_of_the_first_leader(folder, team, alice, bob):
    assert run("ovens.md", "--team", "payments") == [
        "imported       ovens.md: The ovens stayed cold until nine",
        "1 imported.",
    ]
    draft = Debrief.objects.get()
    assert (draft.phase, draft.team, draft.created_by, draft.facilitator) == (Phase.DRAFT, team, alice, alice)
    assert (draft.title, draft.created_at) == ("The ovens stayed cold until nine", AT)
    assert draft.happened == "No bread before half past ten.\n\nThe lamps came on as well."
    assert (draft.started_at.isoformat(), draft.ended_at.isoformat()) == (
        "2026-03-06T05:00:00+00:00",
        "2026-03-06T08:10:00+00:00",
    )
    assert (draft.tags, draft.source_url) == (["ovens", "early shift"], "https://example.org/our-notes/ovens")
    assert {one.person for one in draft.participations.all()} == {alice, bob}
    assert not draft.moves.exists()


def test_twice_is_still_one_and_keeps_what_the_team_wrote(folder, team):
    run("ovens.md", "--team", "payments")
    Debrief.objects.get().set_up(title="Cold ovens")
    (folder / "copy.md").write_text(OVENS + "\nOne more line.\n")
    assert run("ovens.md", "copy.md", "--team", "payments") == [
        "known already  ovens.md: Cold ovens",
        "known already  copy.md: Cold ovens",
        "2 known already.",
    ]
    assert Debrief.objects.get().happened == "No bread before half past ten.\n\nThe lamps came on as well."


def test_two_teams_may_each_have_it(folder, team, other_team):
    run("ovens.md", "--team", "payments")
    assert run("ovens.md", "--team", other_team.slug)[-1] == "1 imported."
    assert {debrief.team for debrief in Debrief.objects.all()} == {team, other_team}


def test_a_bad_file_has_its_reason_and_the_others_go_on(folder, team):
    (folder / "empty.md").write_text("\n")
    (folder / "photo.jpg").write_bytes(b"\xff\xd8\xff\xe0\x00\x10JFIF")
    (folder / "note.md").write_text("# Ovens\n\nCold.\n")
    (folder / "long.md").write_bytes(b"x" * 5_000_000)
    (folder / "half.md").write_text("---\ntitle: Bread: none\n---\n")
    files = ("empty.md", "photo.jpg", "note.md", "long.md", "half.md", "gone.md", str(folder), "ovens.md")
    assert refused(*files, "--team", "payments") == (
        [
            "refused        empty.md: This file is empty.",
            "refused        photo.jpg: This file is not text that we can read. Save it as UTF-8 text and try again.",
            f"refused        note.md: {NO_FRONT_MATTER}",
            "refused        long.md: This file has 5.0 MB. We read postmortems of up to 1 MB.",
            f"refused        half.md: {A_COLON}",
            "refused        gone.md: There is no such file.",
            f"refused        {folder.name}: This is a folder. Name the files in it, for example with /*.md at the end.",
            "imported       ovens.md: The ovens stayed cold until nine",
            "7 refused, 1 imported.",
        ],
        "7 files were refused; the reasons are above.",
    )
    assert Debrief.objects.get().title == "The ovens stayed cold until nine"


def test_odd_fields_are_told_below_the_file_once(folder, team):
    (folder / "odd.md").write_text("---\nstart: the other day\ndate: 2026-03-06\n---\n# Cold ovens\n")
    assert run("odd.md", "--team", "payments") == [
        "imported       odd.md: Cold ovens",
        "                 There is no title; we took the first heading.",
        "                 We could not read the start “the other day” as a date; we left it out.",
        "1 imported.",
    ]
    assert run("odd.md", "--team", "payments") == ["known already  odd.md: Cold ovens", "1 known already."]


def test_what_cannot_be_opened_is_a_line_too(folder, team):
    (folder / "round.md").symlink_to("round.md")
    lines, why = refused("round.md", "x" * 300, "ovens.md", "--team", "payments")
    assert lines[0] == "refused        round.md: We could not read this file: Too many levels of symbolic links."
    assert lines[1] == f"refused        {'x' * 67}…{'x' * 12}: We could not read this file: File name too long."
    assert lines[2:] == ["imported       ovens.md: The ovens stayed cold until nine", "2 refused, 1 imported."]
    assert why == "2 files were refused; the reasons are above."


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_that_we_may_not_read(folder, team):
    (folder / "ovens.md").chmod(0)
    lines, why = refused("ovens.md", "--team", "payments")
    assert lines[0] == "refused        ovens.md: We may not read this file. Its permissions keep us out."
    assert why == "A file was refused; the reason is above."


def test_a_file_may_be_called_anything(folder, team):
    name = os.fsdecode(b"a\x1b[31m\nb\xff.md")
    (folder / name).write_text(OVENS)
    lines = run(name, "--team", "payments")
    assert lines[0] == "imported       a\ufffd[31m\ufffdb\ufffd.md: The ovens stayed cold until nine"
    lines[0].encode()  # a terminal can print it


def test_something_without_an_end_is_not_read_to_its_end(folder, team):
    began = time.monotonic()
    lines, _why = refused("/dev/zero", "--team", "payments")
    assert lines[0] == "refused        zero: This file has 1.0 MB. We read postmortems of up to 1 MB."
    assert time.monotonic() - began < 5


def test_a_leader_who_is_named(folder, team, alice, bob):
    zoe = join(team, a_person("Zoe"), Role.LEADER)
    run("ovens.md", "--team", "payments", "--by", "Zoe@Example.org")
    assert Debrief.objects.get().created_by == zoe
    with pytest.raises(CommandError) as why:
        run("ovens.md", "--team", "payments", "--by", "bob@example.org")
    assert str(why.value) == (
        "bob@example.org does not lead the team “payments”. Debriefs are opened by those who do: "
        "alice@example.org, zoe@example.org."
    )


def test_a_team_that_is_not_there(folder, db):
    with pytest.raises(CommandError) as why:
        run("ovens.md", "--team", "payments")
    assert str(why.value) == (
        "There is no team “payments”. There is no team yet; start one in the browser, or with the demo."
    )


def test_a_slip_in_the_name_of_the_team_lists_those_there_are(folder, team, other_team):
    with pytest.raises(CommandError) as why:
        run("ovens.md", "--team", "payment")
    assert str(why.value) == f"There is no team “payment”. There are: {other_team.slug}, payments."


def test_into_an_archived_team_nothing_is_imported(folder, team, alice):
    team.archive(by=alice, at=AT)
    with pytest.raises(CommandError, match="^The team “payments” is archived"):
        run("ovens.md", "--team", "payments")
    assert not Debrief.objects.exists()


@pytest.mark.skipif(not REAL_FILES, reason="the folder of real postmortems is not beside the project")
def test_every_real_postmortem_comes_in_and_twice_doubles_none(team):
    files = [str(path) for path in REAL_FILES]
    began = time.monotonic()
    lines = run(*files, "--team", "payments")
    assert time.monotonic() - began < 20
    assert lines[-1] == f"{len(files)} imported."
    assert Debrief.objects.filter(team=team, phase=Phase.DRAFT).count() == len(files)
    assert not Debrief.objects.filter(title="").exists()
    assert run(*files, "--team", "payments")[-1] == f"{len(files)} known already."
    assert Debrief.objects.count() == len(files)
