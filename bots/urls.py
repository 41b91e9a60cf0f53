"""The addresses of the dashboard's pages."""

from django.urls import URLPattern, path, register_converter

from bots.views import (
    account,
    audit,
    bot,
    bots,
    calls,
    deliveries,
    doctor,
    dryrun,
    files,
    health,
    leave_all,
    members,
    notetakers,
    orders,
    policy,
    policy_history,
    policy_scheduled,
    recording,
    send,
    settings,
    shell,
    teams,
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
    path("login/", account.SignIn.as_view(), name="login"),
    path("logout/", account.sign_out, name="logout"),
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
    path("w/<slug:slug>/leave-all/", leave_all.ask, name="leave_all"),
    path("w/<slug:slug>/leave-all/<int:pk>/", leave_all.batch, name="batch"),
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
    # Who belongs to the workspace, and as what.
    path("w/<slug:slug>/members/", members.page, name="members"),
    path("w/<slug:slug>/members/roles/", members.roles, name="members_roles"),
    path("w/<slug:slug>/members/leave/", members.leave, name="members_leave"),
    path("w/<slug:slug>/members/<int:pk>/", members.one, name="members_one"),
    path("w/<slug:slug>/members/<int:pk>/remove/", members.remove, name="members_remove"),
    path("w/<slug:slug>/invitations/<int:pk>/again/", members.invite_again, name="members_again"),
    path("w/<slug:slug>/invitations/<int:pk>/revoke/", members.revoke, name="members_revoke"),
    path("w/<slug:slug>/teams/", teams.page, name="teams"),
    path("w/<slug:slug>/teams/rename/", teams.rename_workspace, name="teams_workspace"),
    path("w/<slug:slug>/teams/<int:pk>/", teams.one, name="teams_one"),
    path("w/<slug:slug>/teams/<int:pk>/archive/", teams.archive, name="teams_archive"),
    path("w/<slug:slug>/teams/<int:pk>/restore/", teams.restore, name="teams_restore"),
    path("w/<slug:slug>/audit/", audit.page, name="audit"),
    path("w/<slug:slug>/audit/audit.<slug:ending>", audit.export, name="audit_export"),
    # What came from Recall and what went to it, and whether all is well between the two.
    path("w/<slug:slug>/deliveries/", deliveries.page, name="deliveries"),
    path("w/<slug:slug>/deliveries/<int:pk>/", deliveries.one, name="deliveries_one"),
    path("w/<slug:slug>/deliveries/<int:pk>/replay/", deliveries.replay, name="deliveries_replay"),
    path("w/<slug:slug>/calls/", calls.page, name="calls"),
    path("w/<slug:slug>/doctor/", doctor.page, name="settings_doctor"),
    # One bot, its orders and its recordings.
    path("w/<slug:slug>/bots/<int:pk>/", bot.bot, name="bot"),
    path("w/<slug:slug>/bots/<int:pk>/refresh/", bot.refresh, name="refresh"),
    path("w/<slug:slug>/bots/<int:pk>/deliveries/", bot.deliveries, name="bot_deliveries"),
    path("w/<slug:slug>/bots/<int:pk>/another/", orders.send_another, name="send_another"),
    path("w/<slug:slug>/bots/<int:pk>/<action:action>/", orders.order, name="order"),
    path("w/<slug:slug>/orders/<int:pk>/withdraw/", orders.withdraw, name="withdraw"),
    path(
        "w/<slug:slug>/orders/<int:pk>/schedule/",
        orders.schedule_instead,
        name="schedule_instead",
    ),
    path("w/<slug:slug>/recordings/<int:pk>/", recording.recording, name="recording"),
    path("w/<slug:slug>/recordings/<int:pk>/transcript/", recording.transcript, name="transcript"),
    path(
        "w/<slug:slug>/recordings/<int:pk>/<slug:what>.<slug:ending>",
        files.kept,
        name="kept_file",
    ),
    path("w/<slug:slug>/artifacts/<int:pk>/<str:which>/", recording.media, name="media"),
]
