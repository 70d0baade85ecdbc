from django.apps import AppConfig


class FewshotConfig(AppConfig):
    name = "apps.fewshot"
