"""Django admin for the people who run it: search, filters, actions, and never a secret."""

from django.contrib import admin

from bots import account_admin
from bots.admin import (
    alerts,
    assistants,
    audit,
    erasing,
    meetings,
    news,
    orders,
    policies,
    workspaces,
)

# Each registers by being imported.
__all__ = [
    "account_admin",
    "alerts",
    "assistants",
    "audit",
    "erasing",
    "meetings",
    "news",
    "orders",
    "policies",
    "workspaces",
]

admin.site.site_header = "recalldash"
admin.site.site_title = "recalldash"
admin.site.index_title = "What the dashboard knows"
