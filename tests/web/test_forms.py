import re

from django import forms
from django.template.loader import render_to_string

from apps.web.forms import (
    BrowserTimeZone,
    Date,
    DateTime,
    Described,
    Scale,
    Sides,
    Text,
)


class Card(forms.Form):
    title = forms.CharField(max_length=40, help_text="As one says it in a corridor.")
    text = forms.CharField(widget=Text, max_length=2000, required=False)
    due = forms.DateField(widget=Date, required=False)
    at = forms.DateTimeField(widget=DateTime, required=False)
    named = forms.ChoiceField(
        widget=forms.RadioSelect,
        help_text="It stays so.",
        choices=[
            ("yes", Described("named", "Everyone <sees>", "person")),
            ("no", "anonymous"),
        ],
    )
    side = forms.ChoiceField(widget=Sides, choices=[("wrong", "Went wrong"), ("right", "Went right")])
    weight = forms.ChoiceField(widget=Scale, choices=[("1", "1"), ("2", "2")], required=False)
    nameless = forms.BooleanField(required=False, help_text="Nothing joins it to you.")
    zone = forms.CharField(widget=BrowserTimeZone, required=False)


def field(form: forms.Form, name: str) -> str:
    return re.sub(r"\s+", " ", form[name].as_field_group())


def test_every_described_by_leads_somewhere_and_every_id_is_once():
    html = str(Card({"title": "", "text": "x" * 3000}))
    ids = re.findall(r'(?<![\w-])id="([^"]+)"', html)
    described = " ".join(re.findall(r'aria-describedby="([^"]+)"', html)).split()
    assert sorted(ids) == sorted(set(ids))
    assert described == [
        "id_title_helptext",
        "id_title_error",
        "id_text_error",
        "id_named_helptext",
        "id_named_error",
        "id_side_error",
        "id_nameless_helptext",
    ]
    assert [name for name in described if name not in ids] == []


def test_every_control_has_a_label_or_a_legend():
    html = str(Card())
    controls = re.findall(r'<(?:input|textarea|select)(?![^>]*type="hidden")[^>]* id="([^"]+)"', html)
    assert [name for name in controls if f'for="{name}"' not in html] == []
    assert html.count("<fieldset") == html.count("<legend") == 3


def test_a_fault_is_said_at_the_field_and_in_the_summary_which_takes_focus():
    form = Card({"title": "", "named": "yes", "side": "wrong"})
    assert '<div class="error" id="id_title_error">' in field(form, "title")
    assert field(form, "title").count("<p>Please fill this in.</p>") == 1
    summary = render_to_string("components/errors.html", {"form": form})
    assert 'role="alert" tabindex="-1" data-focus' in summary
    assert summary.count("<li>") == 1
    assert '<a href="#id_title">Title</a>: Please fill this in.' in summary


def test_summary_says_faults_of_the_whole_form():
    form = Card({"title": "A", "named": "yes", "side": "wrong"})
    form.add_error(None, "The debrief has moved on.")
    assert "<p><b>The debrief has moved on.</b></p>" in render_to_string("components/errors.html", {"form": form})


def test_no_fault_no_summary():
    assert render_to_string("components/errors.html", {"form": Card()}).strip() == ""


def test_what_was_typed_is_kept_and_escaped():
    assert "&lt;b&gt;two&lt;/b&gt; plans</textarea>" in field(Card({"text": "<b>two</b> plans"}), "text")


def test_text_grows_and_counts():
    html = field(Card(), "text")
    assert 'rows="3" data-autogrow="" maxlength="2000"' in html
    assert '<p class="counter" data-counter="id_text" role="status" hidden></p>' in html
    assert "cols" not in html


def test_dates_are_native_and_in_the_form_browsers_read():
    form = Card({"due": "2026-11-30", "at": "2026-11-30T14:05"})
    assert form["due"].as_widget() == '<input type="date" name="due" value="2026-11-30" id="id_due">'
    assert 'type="datetime-local" name="at" value="2026-11-30T14:05"' in form["at"].as_widget()
    form.full_clean()
    assert str(form.cleaned_data["due"]) == "2026-11-30"


def test_described_choice_shows_label_hint_and_icon_and_gives_a_plain_value():
    html = field(Card(), "named")
    assert "<span>named<small>Everyone &lt;sees&gt;</small></span>" in html
    assert "#i-person" in html
    form = Card({"title": "A", "named": "yes", "side": "right"})
    assert form.is_valid()
    assert form.cleaned_data["named"] == "yes"


def test_optional_is_said_unless_the_form_hides_it():
    form = Card()
    assert '<span class="optional">optional</span>' in field(form, "text")
    form.hide_optional = True
    assert "optional" not in field(form, "text")


def test_time_zone_is_hidden_and_left_to_the_browser():
    assert field(Card(), "zone").strip() == '<input type="hidden" name="zone" data-timezone="" id="id_zone">'
