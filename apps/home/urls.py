from django.urls import URLPattern, path

from apps.home import views

app_name = "home"
urlpatterns: list[URLPattern] = [
    path("", views.index, name="index"),
    path("sample/remove/", views.sample_removal, name="sample-remove"),
    path("metrics", views.metrics, name="metrics"),
    path("status/", views.status, name="status"),
    path("favicon.ico", views.icon, name="icon"),
]
