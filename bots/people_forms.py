"""The forms of members and teams: who is asked in, what a member may do, how a team is called."""

import unicodedata
from typing import Any

from django import forms

from bots import people
from bots.models import Invitation, Membership, Role, Team


class TeamsField(forms.ModelMultipleChoiceField):
    """Teams to be in; none means the default one."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            Team.objects.none(),
            required=False,
            label="Teams",
            error_messages={"invalid_choice": "One of these teams is not there any more."},
            **kwargs,
        )


class InviteForm(forms.Form):
    """Whom to ask in, as what, into which teams."""

    email = forms.EmailField(
        label="E-mail address",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off", "placeholder": "name@company.com"}),
        error_messages={"required": "Type the address of whom to invite."},
    )
    role = forms.ChoiceField(label="Role", initial=Role.OPERATOR)
    teams = TeamsField()

    def __init__(self, *args: Any, by: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self, people.roles_to_give(by), by)

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"])
        longest = Invitation._meta.get_field("email").max_length or 254
        if len(email) > longest:
            raise forms.ValidationError("This address is too long.")
        return email.lower()


class MemberForm(forms.Form):
    """A member's role and teams; the role stands still where this person may not change it."""

    role = forms.ChoiceField(label="Role")
    teams = TeamsField()

    def __init__(self, *args: Any, by: Membership, member: Membership, **kwargs: Any) -> None:
        teams = [team.pk for team in member.teams.all()]
        super().__init__(*args, **{"initial": {"role": member.role, "teams": teams}, **kwargs})
        if people.may_change_role(by, member):
            roles = people.roles_to_give(by)
        else:
            roles = [(member.role, member.get_role_display())]
        _offer(self, roles, by)


class NameForm(forms.Form):
    """The name of a team or of a workspace."""

    name = forms.CharField(
        label="Name",
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "Type a name."},
    )

    def clean_name(self) -> str:
        name = " ".join(str(self.cleaned_data["name"]).split())
        # What turns the direction of text, or can't be seen, makes one name look like another.
        if any(unicodedata.category(letter) in ("Cc", "Cf", "Cs") for letter in name):
            raise forms.ValidationError("This name has characters in it that nobody can see.")
        return name


def _offer(form: forms.Form, roles: list[tuple[str, str]], by: Membership) -> None:
    role, teams = form.fields["role"], form.fields["teams"]
    assert isinstance(role, forms.ChoiceField)
    assert isinstance(teams, forms.ModelMultipleChoiceField)
    role.choices = roles
    teams.queryset = by.workspace.teams.active().order_by("pk")
