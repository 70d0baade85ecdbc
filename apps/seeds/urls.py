from django.urls import URLPattern, path

from apps.seeds import views

app_name = "seeds"
urlpatterns: list[URLPattern] = [
    path("", views.index, name="index"),
    path("<int:seed_id>/", views.seed, name="seed"),
    path("sources/", views.sources, name="sources"),
    path("gather/", views.gather, name="gather"),
    path("gatherings/<int:gathering_id>/", views.gathering, name="gathering"),
    path("gatherings/<int:gathering_id>/stop/", views.stop, name="stop"),
    path("gatherings/<int:gathering_id>/resume/", views.resume, name="resume"),
    path("gatherings/<int:gathering_id>/rejected/<slug:reason>/", views.rejected, name="rejected"),
]
