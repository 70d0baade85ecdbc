from django.urls import URLPattern, path

from apps.judge import views

app_name = "judge"
urlpatterns: list[URLPattern] = [
    path("", views.index, name="index"),
    path("new/", views.new, name="new"),
    path("<int:judging_id>/", views.detail, name="judging"),
    path("<int:judging_id>/stop/", views.stop, name="stop"),
    path("<int:judging_id>/resume/", views.resume, name="resume"),
    path("judges/<int:judge_id>/show/", views.show, name="show"),
    path("pairs/<int:response_id>/", views.pair, name="pair"),
]
