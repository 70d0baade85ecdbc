from django.urls import URLPattern

app_name = "fewshot"
urlpatterns: list[URLPattern] = []
