from django.urls import include, path

from apps.debriefs.views import analysis, closing, desk, formats, meeting, room, summary, tray

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

# Recognize: what participants do to the board together.
meeting_urls = [
    path("timeline/add/", meeting.add_entry, name="add_entry"),
    path("timeline/<uuid:entry_id>/", meeting.edit_entry, name="edit_entry"),
    path("timeline/<uuid:entry_id>/remove/", meeting.remove_entry, name="remove_entry"),
    path("themes/add/", meeting.add_theme, name="add_theme"),
    path("themes/<uuid:theme_id>/", meeting.edit_theme, name="edit_theme"),
    path("themes/<uuid:theme_id>/merge/", meeting.merge_theme, name="merge_theme"),
    path("themes/<uuid:theme_id>/remove/", meeting.remove_theme, name="remove_theme"),
    path("cards/<uuid:card_id>/move/", meeting.move_card, name="move_card"),
    path("parking/add/", meeting.park, name="park"),
    path("parking/<uuid:idea_id>/remove/", meeting.unpark, name="unpark"),
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
        include([*room_urls, *tray_urls, *meeting_urls, *analysis_urls, *closing_urls, *summary_urls]),
    ),
]
