from django.urls import URLPattern, path

from apps.fewshot import views, views_drafts, views_order, views_running

app_name = "fewshot"
urlpatterns: list[URLPattern] = [
    path("", views.index, name="index"),
    path("sets/new/", views_drafts.set_new, name="set_new"),
    path("sets/<int:set_id>/draft/", views_drafts.draft_open, name="draft_open"),
    path("versions/<int:version_id>/", views.version, name="version"),
    path("versions/<int:version_id>/file/", views.version_file, name="version_file"),
    path("versions/<int:version_id>/publish/", views_drafts.publish, name="publish"),
    path("versions/<int:version_id>/discard/", views_drafts.draft_discard, name="draft_discard"),
    path("versions/<int:version_id>/systems/", views_drafts.systems_edit, name="systems_edit"),
    path("versions/<int:version_id>/add/", views.example_add, name="example_add"),
    path("versions/<int:version_id>/order/", views_order.examples_order, name="examples_order"),
    path(
        "versions/<int:version_id>/check/<int:number>/", views.example_check, name="example_check"
    ),
    path(
        "versions/<int:version_id>/verdicts/",
        views_running.version_verdicts,
        name="version_verdicts",
    ),
    path("versions/<int:version_id>/run/", views_running.version_run, name="version_run"),
    path(
        "examples/<int:example_id>/verdicts/",
        views_running.example_verdicts,
        name="example_verdicts",
    ),
    path("examples/<int:example_id>/run/", views_running.example_run, name="example_run"),
    path(
        "examples/<int:example_id>/duplicate/",
        views_order.example_duplicate,
        name="example_duplicate",
    ),
    path(
        "examples/<int:example_id>/switch/<str:state>/",
        views_order.example_switch,
        name="example_switch",
    ),
    path("examples/<int:example_id>/", views.example, name="example"),
    path("examples/<int:example_id>/edit/", views.example_edit, name="example_edit"),
    path("examples/<int:example_id>/remove/", views_order.example_remove, name="example_remove"),
    path(
        "examples/<int:example_id>/<str:direction>/", views_order.example_move, name="example_move"
    ),
]
