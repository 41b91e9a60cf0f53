"""What people fill in about themselves: to sign in, to join, and what they are called."""

from typing import Any

from allauth.account.forms import (
    ChangePasswordForm,
    LoginForm,
    ReauthenticateForm,
    ResetPasswordForm,
    ResetPasswordKeyForm,
)
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.base.forms import ReauthenticateForm as CodeAgainForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from django import forms
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import (
    validate_password,
)

from bots import seals

LONGEST_LOGIN = 254


class Plain:
    """In our words: labels above the fields, and none within them."""

    fields: dict[str, forms.Field]
    labels: dict[str, str] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.label = self.labels.get(name, field.label)
            field.help_text = ""
            field.widget.attrs.pop("placeholder", None)


class SignInForm(Plain, LoginForm):
    """E-mail address or user name, and a password."""

    labels = {"login": "E-mail or user name"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].widget = forms.TextInput(
            {"autocomplete": "username", "maxlength": LONGEST_LOGIN, "autocapitalize": "none"}
        )
        if self.is_bound:
            self.fields["password"].widget.attrs["autofocus"] = True

    def clean_login(self) -> str:
        """What was typed, in so far as it can be a name. Raises ValidationError."""
        said = str(super().clean_login())
        if len(said) > LONGEST_LOGIN:
            raise forms.ValidationError(f"A name has at most {LONGEST_LOGIN} characters.")
        return said


class NewPasswordForm(Plain, ChangePasswordForm):
    """The password, and another one twice."""

    labels = {
        "oldpassword": "Your password now",
        "password1": "New password",
        "password2": "New password, again",
    }


class PasswordAgainForm(Plain, ReauthenticateForm):
    """The password of whoever is signed in."""


class ForgottenForm(Plain, ResetPasswordForm):
    """The address that a link is sent to."""

    labels = {"email": "E-mail"}


class ForgottenPasswordForm(Plain, ResetPasswordKeyForm):
    """A new password twice, with the link of a mail."""

    labels = {"password1": "New password", "password2": "New password, again"}


class Code(Plain):
    """A code of digits, which telephones have other keys for."""

    labels = {"code": "Code"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].widget.attrs["inputmode"] = "numeric"

    def clean_code(self) -> str:
        """The code, if it fits. Raises ValidationError, also where no secret can be read."""
        try:
            code: str = super().clean_code()  # type: ignore[misc]
        except seals.CannotOpen as problem:
            raise forms.ValidationError(
                f"What your codes are checked with can't be read. {problem} Whoever runs this "
                "copy can put the key back, or remove the second step in Django admin."
            ) from None
        return code


class CodeForm(Code, AuthenticateForm):
    """A code of the app, or a recovery code, to sign in."""


class OtherCodeForm(Code, CodeAgainForm):
    """The same, of whoever is signed in."""


class FirstCodeForm(Code, ActivateTOTPForm):
    """The first code of an app that has just been told the secret."""

    labels = {"code": "Code that the app shows"}


class NameForm(forms.ModelForm):
    """What others call a person."""

    first_name = forms.CharField(
        label="Your name", max_length=150, widget=forms.TextInput({"autocomplete": "name"})
    )

    class Meta:
        model = User
        fields = ("first_name",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["first_name"] = self.instance.get_full_name()

    def save(self, commit: bool = True) -> User:
        """Keep the whole name in one field: not every name has a first and a last part."""
        self.instance.last_name = ""
        saved: User = super().save(commit)
        return saved


class JoinForm(forms.Form):
    """The name and the password of an account that is made for an invitation."""

    name = forms.CharField(
        label="Your name", max_length=150, widget=forms.TextInput({"autocomplete": "name"})
    )
    password = forms.CharField(
        label="Choose a password",
        strip=False,
        max_length=4096,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._email = email

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if password := given.get("password"):
            person = User(username=self._email, email=self._email, first_name=given.get("name", ""))
            try:
                validate_password(password, person)
            except forms.ValidationError as error:
                self.add_error("password", error)
        return given
