"""Django as a WSGI application, for pages and webhooks."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "recalldash.settings")

application = get_wsgi_application()
