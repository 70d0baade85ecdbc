from django.urls import URLPattern, path

from apps.api import views

app_name = "api"
urlpatterns: list[URLPattern] = [
    path("", views.reference, name="reference"),
    path("v1/openapi.json", views.openapi, name="openapi"),
    path("v1/<path:rest>", views.answer, name="v1"),
]
