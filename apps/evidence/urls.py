from django.urls import URLPattern, path

from apps.evidence import views

app_name = "evidence"
urlpatterns: list[URLPattern] = [
    path("versions/<int:version_id>/", views.version, name="version"),
]
