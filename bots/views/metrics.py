"""`/metrics`: what a Prometheus server gathers, for whoever has METRICS_TOKEN."""

from collections.abc import Iterator

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.core import CollectorRegistry, GaugeMetricFamily, Metric

from bots import figures, live, vitals


@require_safe
@login_not_required
def metrics(request: HttpRequest) -> HttpResponse:
    """Figures of all processes from the database, and of this one from its memory; 404 without the
    right `Authorization: Bearer`."""
    said = request.headers.get("Authorization", "")
    wanted = settings.METRICS_TOKEN
    if not wanted or not constant_time_compare(said, f"Bearer {wanted}"):
        raise Http404("There is nothing here.")
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_House())
    text = generate_latest(registry) + generate_latest(live.REGISTRY)
    return HttpResponse(text, content_type=CONTENT_TYPE_LATEST)


class _House:
    """What `figures` gathers, in Prometheus' words."""

    def collect(self) -> Iterator[Metric]:
        found = figures.gather(timezone.now())
        yield GaugeMetricFamily("recalldash_live_bots", "Bots in meetings.", found.live_bots)
        told = GaugeMetricFamily(
            "recalldash_ingest_delay_seconds",
            "From Recall's time of a status to when it stood here, by webhook, lately.",
            labels=["quantile"],
        )
        for name, value in (
            ("0.5", found.told_s.p50_s),
            ("0.95", found.told_s.p95_s),
            ("1", found.told_s.max_s),
        ):
            told.add_metric([name], value)
        yield told
        yield GaugeMetricFamily(
            "recalldash_sync_share",
            "Share of what was learnt lately that only looks at Recall found.",
            found.by_sync_share,
        )
        yield _by("recalldash_deliveries", "Webhooks lately.", "state", found.deliveries)
        yield _by("recalldash_calls", "Calls to Recall lately.", "lane", found.calls)
        yield _by(
            "recalldash_budget_share",
            "How full the fullest limit of Recall's is.",
            "workspace",
            found.budget_shares,
        )
        yield _by("recalldash_due", "Rows that wait for a worker.", "chore", found.due)
        yield _by(
            "recalldash_silent_seconds",
            "Since the last sign of life.",
            "process",
            found.silent_s,
        )
        yield _by("recalldash_queue_length", "Messages at the broker.", "queue", vitals.lengths())
        yield GaugeMetricFamily(
            "recalldash_orders_waiting", "Orders that have not gone out.", found.orders_waiting
        )
        yield GaugeMetricFamily(
            "recalldash_oldest_order_seconds",
            "How long the one that is due for longest has waited.",
            found.oldest_order_s,
        )
        finished = GaugeMetricFamily(
            "recalldash_orders_finished", "Orders lately.", labels=["action", "state"]
        )
        took = GaugeMetricFamily(
            "recalldash_order_seconds",
            "From the click to its end, in the mean, lately.",
            labels=["action", "state"],
        )
        for each in found.orders:
            finished.add_metric([each.action, each.state], each.count)
            took.add_metric([each.action, each.state], each.mean_s)
        yield finished
        yield took


def _by(name: str, what: str, label: str, values: "dict[str, int] | dict[str, float]") -> Metric:
    family = GaugeMetricFamily(name, what, labels=[label])
    for word, value in values.items():
        family.add_metric([word], value)
    return family
