from django.contrib.auth.views import LogoutView
from django.urls import URLPattern, path

from apps.accounts import views

app_name = "accounts"
urlpatterns: list[URLPattern] = [
    path("login/", views.LoginView.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("password/", views.PasswordView.as_view(), name="password"),
    path("tour/", views.tour, name="tour"),
    path("users/", views.users, name="users"),
    path("users/<int:user_id>/role/", views.user_role, name="user_role"),
    path("users/<int:user_id>/activity/", views.user_activity, name="user_activity"),
    path("users/<int:user_id>/password/", views.user_password, name="user_password"),
]
