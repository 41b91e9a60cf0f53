"""The addresses of the dashboard's pages."""

from django.contrib.auth.views import LogoutView
from django.urls import URLPattern, path, register_converter

from bots.views import (
    bot,
    bots,
    dryrun,
    files,
    health,
    notetakers,
    orders,
    policy,
    policy_history,
    policy_scheduled,
    recording,
    send,
    settings,
    shell,
    webhooks,
)

register_converter(orders.ActionConverter, "action")


def of_a_policy(name: str, whose: str) -> list[URLPattern]:
    """The pages of one policy: a team's, or the workspace default."""
    root = f"w/<slug:slug>/policy/{whose}/"
    history, one = f"{root}history/", f"{root}history/<int:number>/"
    return [
        path(root, policy.page, name=name),
        path(f"{root}check/", policy.check, name=f"{name}_check"),
        path(f"{root}try/", policy.try_it, name=f"{name}_try"),
        path(f"{root}scheduled/", policy_scheduled.page, name=f"{name}_scheduled"),
        path(history, policy_history.history, name=f"{name}_history"),
        path(one, policy_history.version, name=f"{name}_version"),
        path(f"{one}restore/", policy_history.restore, name=f"{name}_restore"),
    ]


urlpatterns = [
    path("", shell.home, name="home"),
    path("healthz", health.healthz, name="healthz"),
    path("login/", shell.SignIn.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("try/", shell.try_it, name="try"),
    path("webhooks/recall/<str:token>/", webhooks.receive, name="webhook"),
    path("send", send.anywhere, name="send"),
    path("w/<slug:slug>/", bots.page, name="bots"),
    path("w/<slug:slug>/recognise/", send.recognise, name="recognise"),
    path("w/<slug:slug>/send/", send.page, name="send_to"),
    path("w/<slug:slug>/notices/", shell.notices, name="notices"),
    path("w/<slug:slug>/notetakers/", notetakers.first, name="notetakers_of"),
    path("w/<slug:slug>/notetakers/shared/", notetakers.shared, name="notetakers_shared"),
    path("w/<slug:slug>/notetakers/<int:pk>/", notetakers.page, name="notetakers"),
    # A team's recording policy, and the workspace default beneath all of them.
    path("w/<slug:slug>/policy/", policy.first, name="policy_of"),
    path("w/<slug:slug>/policy/pictures/<slug:digest>/", policy.picture, name="policy_picture"),
    *of_a_policy("policy", "<int:pk>"),
    *of_a_policy("policy_default", "workspace"),
    path("w/<slug:slug>/policy/<int:pk>/dry-run/", dryrun.page, name="dry_runs"),
    path("w/<slug:slug>/policy/<int:pk>/dry-run/<int:run>/", dryrun.result, name="dry_run"),
    path(
        "w/<slug:slug>/policy/<int:pk>/dry-run/<int:run>/<int:bot>/",
        dryrun.one,
        name="dry_run_meeting",
    ),
    path("w/<slug:slug>/settings/", settings.settings, name="settings"),
    path("w/<slug:slug>/settings/secret/", settings.secret, name="secret"),
    # One bot, its orders and its recordings.
    path("w/<slug:slug>/bots/<int:pk>/", bot.bot, name="bot"),
    path("w/<slug:slug>/bots/<int:pk>/refresh/", bot.refresh, name="refresh"),
    path("w/<slug:slug>/bots/<int:pk>/deliveries/", bot.deliveries, name="bot_deliveries"),
    path("w/<slug:slug>/bots/<int:pk>/another/", orders.send_another, name="send_another"),
    path("w/<slug:slug>/bots/<int:pk>/<action:action>/", orders.order, name="order"),
    path("w/<slug:slug>/orders/<int:pk>/withdraw/", orders.withdraw, name="withdraw"),
    path("w/<slug:slug>/recordings/<int:pk>/", recording.recording, name="recording"),
    path("w/<slug:slug>/recordings/<int:pk>/transcript/", recording.transcript, name="transcript"),
    path(
        "w/<slug:slug>/recordings/<int:pk>/<slug:what>.<slug:ending>",
        files.kept,
        name="kept_file",
    ),
    path("w/<slug:slug>/artifacts/<int:pk>/<str:which>/", recording.media, name="media"),
]
