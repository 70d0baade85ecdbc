from django.urls import URLPattern, path

from apps.evidence import views, views_searches, views_tests

app_name = "evidence"
urlpatterns: list[URLPattern] = [
    path("versions/<int:version_id>/", views.version, name="version"),
    path("tests/", views_tests.tests, name="tests"),
    path("tests/new/", views_tests.test_new, name="test_new"),
    path("tests/<int:test_id>/", views_tests.test, name="test"),
    path("tests/<int:test_id>/end/", views_tests.test_end, name="test_end"),
    path("searches/", views_searches.searches, name="searches"),
    path("searches/new/", views_searches.search_new, name="search_new"),
    path("searches/<int:search_id>/", views_searches.search, name="search"),
    path("searches/<int:search_id>/propose/", views_searches.propose, name="propose"),
]
