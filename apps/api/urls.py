from django.urls import URLPattern, path, re_path

from apps.api import views

app_name = "api"
urlpatterns: list[URLPattern] = [
    path("", views.reference, name="reference"),
    path("v1/openapi.json", views.openapi, name="openapi"),
    # Any text, line ends too: whatever is asked here is answered as the API answers.
    re_path(r"^v1/(?P<rest>(?s:.+))\Z", views.answer, name="v1"),
]
