from django.urls import URLPattern, path

from apps.review import views, views_batches, views_pair, views_queues, views_settings, views_team

app_name = "review"
urlpatterns: list[URLPattern] = [
    path("", views.index, name="index"),
    path("undo/", views.undo, name="undo"),
    path("leave/", views.leave, name="leave"),
    path("history/", views_pair.history, name="history"),
    path("latest/", views_settings.latest, name="latest"),
    path("keys/", views_settings.keys, name="keys"),
    path("keys/usual/", views_settings.keys_reset, name="keys-reset"),
    path("reasons/", views_settings.reasons, name="reasons"),
    path("reasons/<int:reason_id>/", views_settings.reason, name="reason"),
    path("batches/", views_batches.batches, name="batches"),
    path("batches/new/", views_batches.batch_new, name="batch-new"),
    path("batches/<int:batch_id>/", views_batches.batch, name="batch"),
    path("batches/<int:batch_id>/undo/", views_batches.undo, name="batch-undo"),
    path("team/", views_team.team, name="team"),
    path("conflicts/", views_team.conflicts, name="conflicts"),
    path("queues/", views_queues.queues, name="queues"),
    path("queues/new/", views_queues.queue_new, name="queue-new"),
    path("queues/<int:queue_id>/", views_queues.queue, name="queue"),
    path("queues/<int:queue_id>/work/", views.work, name="work"),
    path("queues/<int:queue_id>/edit/", views_queues.queue_edit, name="queue-edit"),
    path("queues/<int:queue_id>/close/", views_queues.queue_close, name="queue-close"),
    path("pairs/", views_queues.pairs, name="pairs"),
    path("pairs/<int:response_id>/", views_pair.pair, name="pair"),
    path("pairs/<int:response_id>/label/", views.label, name="label"),
    path("pairs/<int:response_id>/relabel/", views_pair.relabel, name="relabel"),
    path("pairs/<int:response_id>/correct/", views_pair.correct, name="correct"),
    path("pairs/<int:response_id>/skip/", views.skip, name="skip"),
    path("pairs/<int:response_id>/rule/", views_team.rule, name="rule"),
    path("pairs/<int:response_id>/gold/", views_team.gold, name="gold"),
    path("pairs/<int:response_id>/flag/", views.flag, name="flag"),
    path("pairs/<int:response_id>/unflag/", views_pair.unflag, name="unflag"),
]
