from django.urls import include, path

from apps.debriefs.views import (
    analysis,
    closing,
    desk,
    formats,
    grouping,
    guests,
    meeting,
    room,
    running,
    summary,
    tray,
    undo,
)

app_name = "debriefs"

room_urls = [
    path("", room.detail, name="detail"),
    path("live/", room.live, name="live"),
    path("bar/", room.bar, name="bar"),
    path("move/", room.move, name="move"),
    path("setup/", desk.setup, name="setup"),
    path("cancel/", desk.cancel, name="cancel"),
    path("worries/", room.worries, name="worries"),
]

# What is mine: only I load it.
tray_urls = [
    path("tray/", tray.tray, name="tray"),
    path("write/", tray.write, name="write"),
    path("write/forget/", tray.forget, name="forget"),
    path("ready/", tray.ready, name="ready"),
    path("check-in/", tray.check_in, name="check_in"),
    path("worry/", tray.worry, name="worry"),
    path("vote/", tray.vote, name="vote"),
    path("abstain/", tray.abstain, name="abstain"),
]

# While the meeting runs: what the facilitator steers, and my own voice.
running_urls = [
    path("timer/", running.timer, name="timer"),
    path("agenda/", running.agenda, name="agenda"),
    path("word/", running.word, name="word"),
    path("hand/", running.hand, name="hand"),
    path("voice/", running.voice, name="voice"),
    path("voice/had/", running.spoken, name="spoken"),
]

# Recognize: what participants do to the board together.
meeting_urls = [
    path("timeline/add/", meeting.add_entry, name="add_entry"),
    path("timeline/<uuid:entry_id>/", meeting.edit_entry, name="edit_entry"),
    path("timeline/<uuid:entry_id>/remove/", meeting.remove_entry, name="remove_entry"),
    path("themes/add/", grouping.add_theme, name="add_theme"),
    path("themes/<uuid:theme_id>/", grouping.edit_theme, name="edit_theme"),
    path("themes/<uuid:theme_id>/merge/", grouping.merge_theme, name="merge_theme"),
    path("themes/<uuid:theme_id>/split/", grouping.split_theme, name="split_theme"),
    path("themes/<uuid:theme_id>/remove/", grouping.remove_theme, name="remove_theme"),
    path("cards/<int:card_number>/move/", grouping.move_card, name="move_card"),
    path("parking/add/", meeting.park, name="park"),
    path("parking/<uuid:idea_id>/", meeting.edit_idea, name="edit_idea"),
    path("parking/<uuid:idea_id>/remove/", meeting.unpark, name="unpark"),
    path("undo/<str:token>/", undo.undo, name="undo"),
]

# Rationalize and realign: why it made sense, and what follows.
analysis_urls = [
    path("voting/", analysis.voting, name="voting"),
    path("focus/", analysis.focus, name="focus"),
    path("factors/new/", analysis.new_factor, name="new_factor"),
    path("factors/<uuid:factor_id>/", analysis.edit_factor, name="edit_factor"),
    path("factors/<uuid:factor_id>/accept/", analysis.accept_factor, name="accept_factor"),
    path("factors/<uuid:factor_id>/remove/", analysis.remove_factor, name="remove_factor"),
    path("strengths/new/", analysis.new_strength, name="new_strength"),
    path("strengths/<uuid:strength_id>/", analysis.edit_strength, name="edit_strength"),
    path("strengths/<uuid:strength_id>/answer/", analysis.answer_strength, name="answer_strength"),
    path("strengths/<uuid:strength_id>/remove/", analysis.remove_strength, name="remove_strength"),
    path("questions/new/", analysis.new_question, name="new_question"),
    path("questions/<uuid:question_id>/", analysis.edit_question, name="edit_question"),
    path("questions/<uuid:question_id>/answer/", analysis.answer_question, name="answer_question"),
    path("questions/<uuid:question_id>/remove/", analysis.remove_question, name="remove_question"),
    path("lessons/add/", analysis.add_lesson, name="add_lesson"),
    path("lessons/<uuid:lesson_id>/", analysis.edit_lesson, name="edit_lesson"),
    path("lessons/<uuid:lesson_id>/remove/", analysis.remove_lesson, name="remove_lesson"),
    path("dates/", analysis.dates, name="dates"),
]

# How the meeting closes: my line, my two answers, and what they add up to.
closing_urls = [
    path("closing/", closing.mine, name="closing"),
    path("closing/line/", closing.say_line, name="say_line"),
    path("closing/answers/", closing.answer_two, name="answer_two"),
    path("closing/show/", closing.show_tally, name="show_tally"),
]

summary_urls = [
    path("summary/", summary.summary, name="summary"),
    path("publish/", summary.publish, name="publish"),
]

# What the leader does so that people without an account can write ...
ask_guests_urls = [
    path("guests/", guests.links, name="guests"),
    path("guests/end/", guests.end, name="end_guests"),
]

# ... and what they see: config/urls.py puts it under an address of its own.
guest_urls = (
    [
        path("<str:token>/", guests.page, name="page"),
        path("<str:token>/write/", guests.write, name="write"),
        path("<str:token>/write/forget/", guests.forget, name="forget"),
    ],
    "guests",
)

format_urls = [
    path("<slug:slug>/", formats.index, name="formats"),
    path("<slug:slug>/copy/", formats.copy, name="copy_format"),
    path("<slug:slug>/<int:format_id>/", formats.edit, name="edit_format"),
    path("<slug:slug>/<int:format_id>/remove/", formats.remove, name="remove_format"),
]

urlpatterns = [
    path("", desk.index, name="list"),
    path("new/", desk.new, name="new"),
    path("similar/", desk.similar, name="similar"),
    path("import/", desk.import_files, name="import"),
    path("formats/", include(format_urls)),
    path(
        "<int:debrief_id>/",
        include(
            [
                *room_urls,
                *tray_urls,
                *running_urls,
                *meeting_urls,
                *analysis_urls,
                *closing_urls,
                *summary_urls,
                *ask_guests_urls,
            ]
        ),
    ),
]
