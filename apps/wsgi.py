"""The WSGI application that the web server (granian) serves."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "apps.settings")
application = get_wsgi_application()

from apps.core.pool import use_pool  # noqa: E402  it needs the settings
from apps.core.requests import Request  # noqa: E402

application.request_class = Request
use_pool()
