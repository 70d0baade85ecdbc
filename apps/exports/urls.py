from django.urls import URLPattern, path

from apps.exports import views

app_name = "exports"
urlpatterns: list[URLPattern] = [
    path("", views.index, name="index"),
    path("new/", views.new, name="new"),
    path("<int:export_id>/", views.detail, name="export"),
    path("<int:export_id>/stop/", views.stop, name="stop"),
    path("<int:export_id>/rule/", views.rule, name="rule"),
    path("<int:other_id>/since/<int:export_id>/", views.diff, name="diff"),
    path("<int:export_id>/delete/", views.delete, name="delete"),
    path("<int:export_id>/<slug:part>/", views.download, name="download"),
]
