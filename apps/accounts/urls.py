from django.contrib.auth.views import LogoutView
from django.urls import URLPattern, path

from apps.accounts import views, views_invitations, views_oidc, views_people

app_name = "accounts"
urlpatterns: list[URLPattern] = [
    path("login/", views.LoginView.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("password/", views.PasswordView.as_view(), name="password"),
    path("users/", views.users, name="users"),
    path("users/<int:user_id>/", views_people.user, name="user"),
    path("users/<int:user_id>/role/", views.user_role, name="user_role"),
    path("users/<int:user_id>/activity/", views.user_activity, name="user_activity"),
    path("users/<int:user_id>/password/", views.user_password, name="user_password"),
    path("users/<int:user_id>/leave/", views_people.leave, name="user_leave"),
    path("groups/", views_people.groups, name="groups"),
    path("groups/<int:group_id>/", views_people.group, name="group"),
    path("groups/<int:group_id>/delete/", views_people.group_delete, name="group_delete"),
    path("roles/", views_people.roles, name="roles"),
    path("audit/", views_people.audit, name="audit"),
    path("invitations/", views_invitations.invitations, name="invitations"),
    path(
        "invitations/<int:invitation_id>/take-back/",
        views_invitations.invitation_take_back,
        name="invitation_take_back",
    ),
    path("invited/<str:token>/", views_invitations.invited, name="invited"),
    path("reset/", views_invitations.reset, name="reset"),
    path(
        "reset/<str:uidb64>/<str:token>/",
        views_invitations.ResetConfirmView.as_view(),
        name="reset_confirm",
    ),
    path("sso/", views_oidc.begin, name="sso"),
    path("sso/back/", views_oidc.back, name="sso_back"),
]
