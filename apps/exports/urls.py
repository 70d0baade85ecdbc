from django.urls import URLPattern, path

from apps.exports import views, views_push, views_verify

app_name = "exports"
urlpatterns: list[URLPattern] = [
    path("", views.index, name="index"),
    path("new/", views.new, name="new"),
    path("<int:export_id>/", views.detail, name="export"),
    path("<int:export_id>/stop/", views.stop, name="stop"),
    path("<int:export_id>/again/", views.again, name="again"),
    path("<int:export_id>/rule/", views.rule, name="rule"),
    path("<int:other_id>/since/<int:export_id>/", views.diff, name="diff"),
    path("<int:export_id>/delete/", views.delete, name="delete"),
    path("<int:export_id>/push/", views_push.new, name="push"),
    path("pushes/<int:push_id>/stop/", views_push.stop, name="push-stop"),
    path("pushes/<int:push_id>/again/", views_push.again, name="push-again"),
    path("<int:export_id>/verify/", views_verify.new, name="verify"),
    path("verifications/<int:verification_id>/", views_verify.detail, name="verification"),
    path("verifications/<int:verification_id>/stop/", views_verify.stop, name="verification-stop"),
    path("<int:export_id>/<slug:part>/", views.download, name="download"),
]
