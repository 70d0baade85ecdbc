from django.urls import URLPattern, path

from apps.studio import views_changes, views_preview, views_trials

app_name = "studio"
urlpatterns: list[URLPattern] = [
    path("versions/<int:version_id>/changes/", views_changes.changes, name="changes"),
    path("versions/<int:version_id>/preview/", views_preview.preview, name="preview"),
    path("versions/<int:version_id>/try/", views_trials.new, name="try"),
    path("tries/<int:trial_id>/", views_trials.detail, name="trial"),
    path("tries/<int:trial_id>/send/", views_trials.send, name="send"),
]
