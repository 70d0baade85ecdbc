from django.urls import URLPattern, path, register_converter
from django.urls.converters import PathConverter

from apps.api import views


class AnyText(PathConverter):
    """Line ends too: whatever is asked here is answered as the API answers."""

    regex = "(?s:.+)"


register_converter(AnyText, "text")
app_name = "api"
urlpatterns: list[URLPattern] = [
    path("", views.reference, name="reference"),
    path("v1/openapi.json", views.openapi, name="openapi"),
    path("v1/<text:rest>", views.answer, name="v1"),
]
