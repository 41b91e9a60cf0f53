"""Every setting, read from the environment; the table of them stands in README.md."""

from pathlib import Path
from typing import Any

import environ
from csp.constants import NONE, SELF
from kombu import Exchange, Queue

from bots import archive_address, lines
from recalldash import sentry

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="insecure-for-this-machine-only")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
DATA_DIR = Path(env.str("DATA_DIR", default=str(BASE_DIR / ".data"))).resolve()

# Where browsers and Recall reach this dashboard. Empty: Recall cannot reach us, workspaces are
# *sync only*.
PUBLIC_URL = env.str("PUBLIC_URL", default="").rstrip("/")
# Where Recall lives; only the sandbox changes it.
RECALL_BASE_URL = env.str("RECALL_BASE_URL", default="https://{region}.recall.ai")
# Fernet keys that secrets are stored under, newest first.
ENCRYPTION_KEYS = env.list("ENCRYPTION_KEYS", default=[])
# Hosts, besides the page's own, that recordings may be played from.
MEDIA_HOSTS = env.list("MEDIA_HOSTS", default=["https://*.amazonaws.com", "https://*.recall.ai"])
# Private hosts, `name` or `name:port`, at which assistants may ask: a model that runs beside this.
RESPONDER_HOSTS = env.list("RESPONDER_HOSTS", default=[])
# Where a team's own copies of recordings lie: a folder, or a bucket at something that speaks S3.
ARCHIVE_URL = env.str("ARCHIVE_URL", default="")
ARCHIVE = archive_address.read(ARCHIVE_URL, folder=DATA_DIR / "archive")
# How large one file of them may be.
ARCHIVE_MOST_GB = env.float("ARCHIVE_MOST_GB", default=20.0)

# Whether bots tell what is said while they record, at an address of their own.
LIVE_WORDS = env.bool("LIVE_WORDS", default=True)

SANDBOX = env.bool("SANDBOX", default=False)
SANDBOX_SPEED = env.float("SANDBOX_SPEED", default=1.0)
SANDBOX_ORIGIN = env.str("SANDBOX_ORIGIN", default=PUBLIC_URL)

# How mail leaves, e.g. smtp+tls://user:password@host:587. Empty: none does, but for a laptop's
# console. Links of invitations are then handed on by whoever made them.
EMAIL_URL = env.str("EMAIL_URL", default="")
SENDS_MAIL = bool(EMAIL_URL) or SANDBOX
vars().update(env.email_url_config(EMAIL_URL or ("consolemail://" if SANDBOX else "dummymail://")))
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str("EMAIL_FROM", default="recalldash@localhost")

REDIS_URL = env.str("REDIS_URL", default="")
CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default="") or REDIS_URL

INSTALLED_APPS = [
    "recalldash.apps.RecalldashConfig",
    # What staff see is loaded with the addresses, by `recalldash.urls`; workers need none of it.
    "django.contrib.admin.apps.SimpleAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "csp",
    "django_htmx",
    "template_partials",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    # After allauth, some of whose pages in Django admin would show what nobody may see.
    "bots",
    "bots.sandbox",
]

MIDDLEWARE = [
    "recalldash.requests.middleware",
    "recalldash.headers.middleware",
    # Outside of whatever reads or changes what an answer holds.
    "recalldash.compression.Compression",
    "recalldash.pages.middleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "bots.sessions.NoteSessions",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "recalldash.urls"
WSGI_APPLICATION = "recalldash.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "bots.views.context.shell",
            ],
        },
    }
]

# SQLite answers several processes well only in WAL mode and with transactions that take the
# write lock at once: a deferred one that is upgraded later fails instead of waiting. What is read
# is mapped, once for all; each thread's own cache only holds what it writes, and is small.
SQLITE = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": (
        "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;PRAGMA mmap_size=134217728;"
        "PRAGMA cache_size=-2000;PRAGMA foreign_keys=ON;"
    ),
}

DATABASES: dict[str, dict[str, Any]] = {
    "default": (
        env.db_url("DATABASE_URL")
        if env.str("DATABASE_URL", default="")
        else {"ENGINE": "django.db.backends.sqlite3", "NAME": DATA_DIR / "recalldash.sqlite3"}
    ),
    # Another company's data: a file of its own, whatever the dashboard uses.
    "sandbox": {"ENGINE": "django.db.backends.sqlite3", "NAME": DATA_DIR / "sandbox.sqlite3"},
}
for database in DATABASES.values():
    database["CONN_MAX_AGE"] = None
    if database["ENGINE"] == "django.db.backends.sqlite3":
        database["OPTIONS"] = SQLITE
    else:
        database["CONN_HEALTH_CHECKS"] = True
        database.setdefault("OPTIONS", {})["connect_timeout"] = 3
DATABASE_ROUTERS = ["bots.sandbox.database.SandboxRouter"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# What slows down guessing is counted here, by all processes together and without another server,
# and who opened a share link within the hour. Nothing else uses the cache.
# It is culled only beyond what nobody can guess away in an hour.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "recalldash_cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}

# Without a broker server, messages are files. A message may be lost with a killed worker; that is
# allowed, because a task is only a wake-up for rows that say themselves when they are due.
BROKER_DIR = DATA_DIR / "broker"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
# A page must not wait for a broker that is away: the sweep finds what no wake-up announced.
CELERY_BROKER_CONNECTION_TIMEOUT = 2
CELERY_TASK_PUBLISH_RETRY = False
if CELERY_BROKER_URL:
    CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {
        "visibility_timeout": 120,
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
        "socket_connect_timeout": 2,
        "socket_timeout": 3,
        "max_retries": 0,  # when publishing; a worker comes back for ever
    }
else:
    CELERY_BROKER_URL = "filesystem://localhost"
    CELERY_BROKER_TRANSPORT = "recalldash.broker:Transport"
    CELERY_WORKER_ENABLE_REMOTE_CONTROL = False  # its queues would be polled files, too
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(BROKER_DIR / "queue"),
        "data_folder_out": str(BROKER_DIR / "queue"),
        "control_folder": str(BROKER_DIR / "control"),
        "polling_interval": 0.05,
    }
# A worker takes from all lines in turn, or from those that it is started for (`-Q clicks,sync`).
CELERY_TASK_QUEUES = [Queue(name, Exchange(name), routing_key=name) for name in lines.ALL]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULER = "recalldash.celery:BeatScheduler"
CELERY_BEAT_SCHEDULE = {
    "sweep": {"task": "bots.tasks.sweep", "schedule": 2.0, "options": {"expires": 10}},
    "prune": {"task": "bots.tasks.prune", "schedule": 600.0, "options": {"expires": 600}},
}

# Accounts: django-allauth, with our own word in `bots.entrance` and `bots.single_sign_on`.
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"
AUTHENTICATION_BACKENDS = ["bots.entrance.Backend"]
PASSWORD_RESET_TIMEOUT = 3600
ACCOUNT_ADAPTER = "bots.entrance.Accounts"
ACCOUNT_FORMS = {
    "login": "bots.account_forms.SignInForm",
    "change_password": "bots.account_forms.NewPasswordForm",
    "reauthenticate": "bots.account_forms.PasswordAgainForm",
    "reset_password": "bots.account_forms.ForgottenForm",
    "reset_password_from_key": "bots.account_forms.ForgottenPasswordForm",
}
MFA_FORMS = {
    "authenticate": "bots.account_forms.CodeForm",
    "reauthenticate": "bots.account_forms.OtherCodeForm",
    "activate_totp": "bots.account_forms.FirstCodeForm",
}
ACCOUNT_LOGIN_METHODS = {"email", "username"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
# Addresses are verified by the invitation or by whoever made the account, not at sign-in.
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_SESSION_REMEMBER = True
# No codes by mail: whoever has a second step uses that.
ACCOUNT_REAUTHENTICATION_METHODS = ["password", "mfa"]
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if PUBLIC_URL.startswith("https://") else "http"
ACCOUNT_RATE_LIMITS = {
    # Every form sent to the sign-in page; then, what did not match: by address of the network,
    # and by account, whether there is one or not.
    "login": "60/m/ip",
    "login_failed": "30/10m/ip,100/h/ip,5/5m/key,20/h/key",
    "reset_password": "20/h/ip,3/h/key",
    "reset_password_from_key": "20/m/ip",
    "reauthenticate": "10/m/user",
    "change_password": "5/m/user",
}
# Share links, whose tokens nobody guesses: addresses that were never one, by network; and films,
# by network and by link.
SHARE_RATE_LIMITS = {"token": "30/10m/ip,100/h/ip", "film": "120/m/ip,600/m/key"}
# Tokens of the API that were never one, or are one no more; how often a right one may call is
# counted for itself.
API_RATE_LIMITS = {"token": "30/m/ip"}
# How many proxies stand in front, each of which adds to X-Forwarded-For. 0: the header is not read.
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXIES", default=0)
MFA_ADAPTER = "bots.entrance.SecondSteps"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "recalldash"
MFA_TOTP_TOLERANCE = 1
MFA_ALLOW_UNVERIFIED_EMAIL = True

# Single sign-on at an OpenID Connect provider; off without an issuer.
OIDC_ISSUER = env.str("OIDC_ISSUER", default="").rstrip("/")
OIDC_CLIENT_ID = env.str("OIDC_CLIENT_ID", default="")
OIDC_CLIENT_SECRET = env.str("OIDC_CLIENT_SECRET", default="")
OIDC_NAME = env.str("OIDC_NAME", default="single sign-on")
OIDC_ONLY = env.bool("OIDC_ONLY", default=False) and bool(OIDC_ISSUER)
SOCIALACCOUNT_ADAPTER = "bots.single_sign_on.Strangers"
SOCIALACCOUNT_EMAIL_VERIFICATION = "none"
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": "oidc",
                "name": OIDC_NAME,
                "client_id": OIDC_CLIENT_ID,
                "secret": OIDC_CLIENT_SECRET,
                "settings": {"server_url": OIDC_ISSUER},
            }
        ]
        if OIDC_ISSUER
        else [],
    }
}
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

LANGUAGE_CODE = "en"
USE_I18N = False
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = BASE_DIR / "staticfiles"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

SECURE = PUBLIC_URL.startswith("https://")
SECURE_SSL_REDIRECT = False  # a webhook URL never redirects; the proxy in front does this
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE else None
# What concerns the whole domain, and plain http, is the proxy's to decide.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W008", "security.W021"]
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SESSION_COOKIE_SECURE = SECURE
CSRF_COOKIE_SECURE = SECURE
# `__Host-`: browsers take such a cookie from this very host and over https alone.
SESSION_COOKIE_NAME = "__Host-recalldash" if SECURE else "recalldash"
CSRF_COOKIE_NAME = "__Host-recalldash_csrf" if SECURE else "recalldash_csrf"
SESSION_COOKIE_AGE = 14 * 24 * 3600
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if PUBLIC_URL else []
X_FRAME_OPTIONS = "DENY"
APPEND_SLASH = False

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "media-src": [SELF, *MEDIA_HOSTS, *ARCHIVE.origins],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "upgrade-insecure-requests": SECURE,
    }
}

# "line" for people, "json" for whatever gathers logs.
LOG_FORMAT = env.str("LOG_FORMAT", default="line")
# A line for each request.
LOG_REQUESTS = env.bool("LOG_REQUESTS", default=LOG_FORMAT == "json")
# Where what breaks is reported to, with what looks like a secret taken out. Empty: nowhere.
SENTRY_DSN = env.str("SENTRY_DSN", default="")
# Who reads /metrics has to say this. Empty: nobody does.
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")

DEFAULT_EXCEPTION_REPORTER = "recalldash.reports.Reporter"
DEFAULT_EXCEPTION_REPORTER_FILTER = "recalldash.reports.Filter"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"without_tokens": {"()": "recalldash.logs.WithoutTokens"}},
    "formatters": {
        "line": {
            "()": "recalldash.logs.Line",
            "format": "{asctime} {levelname} {name} {message}",
            "style": "{",
        },
        "json": {"()": "recalldash.logs.Json"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": LOG_FORMAT,
            "filters": ["without_tokens"],
        }
    },
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        # httpx logs every request line; the request log is ours to keep, without secrets.
        "httpx": {"level": "WARNING"},
        "httpcore": {"level": "INFO"},
        # At DEBUG each query with its values, at any level of the others.
        "django.db.backends": {"level": "INFO"},
        "django.request": {"level": "ERROR"},
        # At DEBUG they tell how requests to the storage are signed.
        "boto3": {"level": "INFO"},
        "botocore": {"level": "INFO"},
        "s3transfer": {"level": "INFO"},
    },
}

if SENTRY_DSN:
    sentry.begin(SENTRY_DSN)
