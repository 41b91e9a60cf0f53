"""What an error report may tell: where it broke and with what, but no secret of anybody."""

import re
from types import FrameType
from typing import Any

from django.http import HttpRequest
from django.utils.datastructures import MultiValueDict
from django.utils.safestring import SafeString, mark_safe
from django.views.debug import ExceptionReporter, SafeExceptionReporterFilter

from recalldash.logs import mask


class Filter(SafeExceptionReporterFilter):
    """Hides by name wherever a name is known, also in what is nested, and with DEBUG, too."""

    hidden_settings = re.compile(
        "API|AUTH|TOKEN|KEY|SECRET|PASS|SIGNATURE|COOKIE|CREDENTIAL|BROKER|REDIS|_URL|DIGEST|BODY",
        flags=re.IGNORECASE,
    )

    def is_active(self, request: HttpRequest | None) -> bool:
        return True

    def get_post_parameters(self, request: HttpRequest | None) -> Any:
        """What was typed is nobody's business: the names of the fields alone."""
        if request is None:
            return {}
        return MultiValueDict({name: [self.cleansed_substitute] for name in request.POST})

    def get_traceback_frame_variables(
        self, request: HttpRequest | None, tb_frame: FrameType
    ) -> Any:
        found = super().get_traceback_frame_variables(request, tb_frame)
        return [(name, self.cleanse_setting(name, value)) for name, value in found]


class Reporter(ExceptionReporter):
    """Reports as Django makes them, masked when they are whole."""

    def get_traceback_data(self) -> dict[str, Any]:
        """The address's parameters are typed, too: their names alone."""
        data = super().get_traceback_data()
        if self.request is not None:
            data["request_GET_items"] = [
                (name, Filter.cleansed_substitute) for name in self.request.GET
            ]
        return data

    def get_traceback_html(self) -> SafeString:
        return mark_safe(mask(super().get_traceback_html()))

    def get_traceback_text(self) -> SafeString:
        return mark_safe(mask(super().get_traceback_text()))
