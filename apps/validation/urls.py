from django.urls import URLPattern, path

from apps.validation import views

app_name = "validation"
urlpatterns: list[URLPattern] = [
    path("", views.index, name="index"),
    path("<int:run_id>/", views.run, name="run"),
    path("<int:run_id>/pairs/", views.pairs, name="pairs"),
    path("<int:run_id>/again/", views.again, name="again"),
    path("try/", views.try_new, name="try"),
    path("try/<int:job_id>/", views.try_result, name="try_result"),
    path("jobs/<int:job_id>/stop/", views.stop, name="stop"),
]
