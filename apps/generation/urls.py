from django.urls import URLPattern, path

from apps.generation import views

app_name = "generation"
urlpatterns: list[URLPattern] = [
    path("", views.index, name="index"),
    path("new/", views.new, name="new"),
    path("<int:run_id>/", views.detail, name="run"),
    path("<int:run_id>/stop/", views.stop, name="stop"),
    path("<int:run_id>/resume/", views.resume, name="resume"),
]
