from django.urls import URLPattern

app_name = "seeds"
urlpatterns: list[URLPattern] = []
