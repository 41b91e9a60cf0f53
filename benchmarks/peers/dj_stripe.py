"""dj-stripe's full endpoint as a Django project in one file: settings, addresses, application.

`DATABASE_URL`, `ENDPOINT` (its UUID) and `SECRET` come from outside. `python dj_stripe.py make`
makes the tables and the endpoint; `python dj_stripe.py statements <signature>` takes an event from
standard input and prints what it cost. Stripe's own address is a port where nobody listens: an
event for which dj-stripe had to call would be answered 500.
"""

import os
import sys
from urllib.parse import urlsplit

import django
from django.conf import settings
from django.core.management import call_command

ENDPOINT = os.environ["ENDPOINT"]
PATH = f"/stripe/webhook/{ENDPOINT}/"
API_KEY = "sk_test_" + "benchmark" * 3
parts = urlsplit(os.environ["DATABASE_URL"])

settings.configure(
    ALLOWED_HOSTS=["*"],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": parts.path.strip("/"),
            "USER": parts.username or "",
            "PASSWORD": parts.password or "",
            "HOST": parts.hostname or "",
            "PORT": parts.port or "",
            # Each of the server's threads keeps its connection.
            "CONN_MAX_AGE": None,
        }
    },
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    DJSTRIPE_FOREIGN_KEY_TO_FIELD="id",
    DJSTRIPE_WEBHOOK_VALIDATION="verify_signature",
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "djstripe"],
    # It says how long an answer is, without which gunicorn would send it in chunks. Nothing else:
    # the less there is around dj-stripe, the better for it.
    MIDDLEWARE=["django.middleware.common.CommonMiddleware"],
    # The tables as the models have them, in a second; through its migrations it takes forty.
    MIGRATION_MODULES={"auth": None, "contenttypes": None, "djstripe": None},
    ROOT_URLCONF=__name__,
    SECRET_KEY="benchmark",
    STRIPE_API_HOST="http://127.0.0.1:9",
    STRIPE_LIVE_MODE=False,
    STRIPE_TEST_SECRET_KEY=API_KEY,
    USE_TZ=True,
)
django.setup()

from django.core.handlers.wsgi import WSGIHandler  # noqa: E402
from django.urls import include, path  # noqa: E402

urlpatterns = [path("stripe/", include("djstripe.urls", namespace="djstripe"))]
application = WSGIHandler()


def make() -> None:
    """The tables, and an endpoint that belongs to an account, as one made in Stripe does."""
    from djstripe.models import Account, APIKey, WebhookEndpoint

    call_command("migrate", run_syncdb=True, verbosity=0)
    account = Account.objects.create(id="acct_benchmark", livemode=False)
    APIKey.objects.create(
        type="secret", secret=API_KEY, livemode=False, djstripe_owner_account=account
    )
    WebhookEndpoint.objects.create(
        id="we_benchmark",
        djstripe_uuid=ENDPOINT,
        djstripe_owner_account=account,
        djstripe_tolerance=300,
        djstripe_validation_method="verify_signature",
        enabled_events=["*"],
        livemode=False,
        secret=os.environ["SECRET"],
        status="enabled",
        url=f"https://dashboard.example{PATH}",
    )


def statements(signature: str, body: bytes) -> int:
    """How many SQL statements one event takes, with those that begin and end transactions."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client(headers={"stripe-signature": signature})
    with CaptureQueriesContext(connection) as asked:
        answer = client.post(PATH, body, content_type="application/json")
    assert answer.status_code == 200, answer.status_code
    return len(asked)


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make()
    else:
        print(statements(sys.argv[2], sys.stdin.buffer.read()))
