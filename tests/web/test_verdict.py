import pytest
from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext_lazy as _

from apps.web.http import require
from apps.web.verdict import YES, no


def test_yes_is_true_and_needs_no_reason():
    assert (bool(YES), YES.why) == (True, "")


def test_no_is_false_and_says_why():
    verdict = no("Only a leader can do that.")
    assert (bool(verdict), verdict.why) == (False, "Only a leader can do that.")


def test_require_lets_pass():
    assert require(YES) is None


def test_require_refuses_with_the_same_sentence_the_button_shows():
    with pytest.raises(PermissionDenied) as refusal:
        require(no(_("Only a leader can do that.")))
    assert str(refusal.value) == "Only a leader can do that."
