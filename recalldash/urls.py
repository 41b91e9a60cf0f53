"""Every address of the dashboard, and of the sandbox where it is on."""

from allauth.account.decorators import secure_admin_login
from django.conf import settings
from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

# Here and not wherever Django is set up; in the order of INSTALLED_APPS, because ours takes back
# some of what allauth shows.
admin.autodiscover()

from bots.admin import glance  # noqa: E402

# One door for everyone: what slows down guessing, and the second step, count for staff, too.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
change_password = RedirectView.as_view(pattern_name="account_change_password")

urlpatterns = [
    path("admin/glance/", admin.site.admin_view(glance.page), name="admin-glance"),
    path("admin/password_change/", change_password),
    path("admin/", admin.site.urls),
    path("", include("bots.urls")),
    path("", include("bots.account_urls")),
]
handler429 = "bots.views.account.too_many"
handler500 = "bots.api.door.broken"
if settings.SANDBOX:
    urlpatterns.insert(0, path("sandbox/", include("bots.sandbox.urls")))
