from django.urls import URLPattern, path

from apps.api import views_tokens

app_name = "tokens"
urlpatterns: list[URLPattern] = [
    path("", views_tokens.tokens, name="index"),
    path("<int:token_id>/revoke/", views_tokens.revoke, name="revoke"),
]
