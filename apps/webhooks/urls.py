from django.urls import URLPattern, path

from apps.webhooks import views

app_name = "webhooks"
urlpatterns: list[URLPattern] = [
    path("", views.index, name="index"),
    path("<int:endpoint_id>/", views.endpoint, name="endpoint"),
    path("<int:endpoint_id>/change/", views.change, name="change"),
    path("<int:endpoint_id>/switch/", views.switch, name="switch"),
    path("<int:endpoint_id>/secret/", views.rotate, name="rotate"),
    path("<int:endpoint_id>/test/", views.example, name="example"),
    path("<int:endpoint_id>/delete/", views.delete, name="delete"),
    path("messages/<int:message_id>/", views.message, name="message"),
    path("messages/<int:message_id>/replay/", views.replay, name="replay"),
    path("messages/<int:message_id>/skip/", views.skip, name="skip"),
]
