from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from apps.accounts.models import User
from apps.teams import addresses
from apps.teams.models import Organization, Role
from apps.web.forms import Described, Line, Text

NEW = "new"

ROLES = (
    (Role.MEMBER, Described(_("Member"), _("Writes, votes and takes on steps in the team’s debriefs."))),
    (Role.LEADER, Described(_("Leader"), _("Opens debriefs too, and looks after the team’s people."))),
    (Role.MANAGER, Described(_("Manager"), _("Sees steps and summaries, never what people wrote."))),
)


class NameForm(forms.Form):
    """Of a team or an organization."""

    name = Line(label=_("Name"), max_length=80)


class NewTeamForm(forms.Form):
    name = Line(
        label=_("Name of the team"),
        max_length=80,
        help_text=_("What people call it: Ward 6 East, the payment crew, Saturday kitchen."),
    )
    organization = forms.ChoiceField(label=_("Organization"), widget=forms.RadioSelect)
    new_organization = Line(
        label=_("Name of the new organization"),
        max_length=80,
        required=False,
        help_text=_("A company, a hospital, a club: what holds your teams together."),
    )

    # The one field that may stay empty is shown only when it is asked for.
    hide_optional = True

    def __init__(self, data: Any = None, *, organizations: QuerySet[Organization], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.known = {str(one.pk): one for one in organizations}
        # Whoever saw no choice, because this is the first, is not asked for one when the form comes twice.
        if self.known and (data is None or "organization" in data):
            choices = [*((pk, one.name) for pk, one in self.known.items()), (NEW, _("A new organization"))]
            self.fields["organization"].choices = choices
            self.fields["organization"].initial = choices[0][0]
        else:
            del self.fields["organization"]
            self.fields["new_organization"].label = _("Name of your organization")
            self.fields["new_organization"].required = True
            self.order_fields(["new_organization", "name"])

    @property
    def chosen(self) -> Organization | None:
        return self.known.get(self.cleaned_data.get("organization", NEW))

    def clean(self) -> dict[str, Any]:
        wants_new = self.cleaned_data.get("organization") == NEW
        if wants_new and not self.cleaned_data.get("new_organization") and "new_organization" not in self.errors:
            self.add_error("new_organization", _("Give the new organization a name."))
        return self.cleaned_data


class InviteForm(forms.Form):
    addresses = forms.CharField(
        label=_("E-mail addresses"),
        max_length=20_000,
        widget=Text(rows=3),
        help_text=_("One or many, up to fifty at once, as you have them: with commas, lines or names around them."),
    )
    role = forms.ChoiceField(label=_("They join as"), choices=ROLES, widget=forms.RadioSelect, initial=Role.MEMBER)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # No counter and no cut-off while pasting: what is too much is said, and stays in the field.
        self.fields["addresses"].widget.attrs.pop("maxlength", None)

    def clean_addresses(self) -> str:
        self.found = addresses.read(self.cleaned_data["addresses"])
        if not (self.found.good or self.found.bad):
            raise forms.ValidationError(_("There is no address in this."))
        return self.cleaned_data["addresses"]

    def with_what_is_left(self) -> "InviteForm | None":
        """The same form holding only what could not be used, each with its reason; None when all was used."""
        if not (self.found.bad or self.found.waiting):
            return None
        left = [*(bad.typed for bad in self.found.bad), *self.found.waiting]
        form = InviteForm({"addresses": "\n".join(left), "role": self.cleaned_data["role"]})
        form.full_clean()
        for bad in self.found.bad:
            form.add_error("addresses", _("“%(typed)s”: %(why)s.") % {"typed": bad.typed[:100], "why": bad.why})
        if waiting := len(self.found.waiting):
            said = ngettext(
                "Fifty at a time: one more is here for the next round.",
                "Fifty at a time: %(n)s more are here for the next round.",
                waiting,
            )
            form.add_error("addresses", said % {"n": waiting})
        return form


class RoleForm(forms.Form):
    role = forms.ChoiceField(label=_("Role"), choices=ROLES)


class AdminForm(forms.Form):
    """Finds somebody who is already in one of the organization's teams, and nobody else."""

    email = forms.EmailField(label=_("E-mail address"), max_length=254)

    def __init__(self, data: Any = None, *, organization: Organization, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.organization = organization

    def clean_email(self) -> str:
        people = User.objects.filter(memberships__team__organization=self.organization)
        person = people.filter(email=self.cleaned_data["email"].lower()).first()
        if not person:
            raise forms.ValidationError(
                _("Nobody in this organization’s teams has this address. Invite them to a team first.")
            )
        self.person = person
        return self.cleaned_data["email"]
