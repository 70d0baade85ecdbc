from django.urls import URLPattern, path

from apps.review import views

app_name = "review"
urlpatterns: list[URLPattern] = [
    path("", views.index, name="index"),
    path("undo/", views.undo, name="undo"),
    path("leave/", views.leave, name="leave"),
    path("history/", views.history, name="history"),
    path("pairs/<int:response_id>/", views.pair, name="pair"),
    path("pairs/<int:response_id>/label/", views.label, name="label"),
    path("pairs/<int:response_id>/relabel/", views.relabel, name="relabel"),
    path("pairs/<int:response_id>/correct/", views.correct, name="correct"),
    path("pairs/<int:response_id>/skip/", views.skip, name="skip"),
]
