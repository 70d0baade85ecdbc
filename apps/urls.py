"""Which app answers which address."""

from django.urls import URLPattern, URLResolver, include, path

handler500 = "apps.core.views.failed"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("apps.home.urls")),
    path("accounts/", include("apps.accounts.urls")),
    path("seeds/", include("apps.seeds.urls")),
    path("fewshot/", include("apps.fewshot.urls")),
    path("fewshot/", include("apps.studio.urls")),
    path("runs/", include("apps.generation.urls")),
    path("validation/", include("apps.validation.urls")),
    path("review/", include("apps.review.urls")),
    path("judge/", include("apps.judge.urls")),
    path("exports/", include("apps.exports.urls")),
    path("webhooks/", include("apps.webhooks.urls")),
]
