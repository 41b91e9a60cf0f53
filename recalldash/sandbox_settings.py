"""The settings of `make sandbox`: the other company by itself, without the dashboard."""

import os

os.environ["SANDBOX"] = "1"

from recalldash.settings import *  # noqa: E402,F403
from recalldash.settings import DATABASES  # noqa: E402

ROOT_URLCONF = "recalldash.sandbox_urls"
SANDBOX_ALONE = True
INSTALLED_APPS = [
    "django.contrib.staticfiles",
    "django_htmx",
    "template_partials",
    "bots.sandbox",
]
MIDDLEWARE = [
    "recalldash.headers.middleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
DATABASES = {"default": DATABASES["sandbox"], "sandbox": DATABASES["sandbox"]}
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    }
]
