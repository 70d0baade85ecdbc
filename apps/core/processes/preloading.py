"""What the Python processes of a machine have in common."""

import importlib
import os
from collections.abc import Iterator

# Of the application: what answers a page, and the tasks without what does them.
_OWN = ("apps.urls", "apps.core.preparing", "worker.app", "worker.tasks")
_LIBRARIES = (
    "a2wsgi",
    "granian",
    "celery.bin.celery",
    "celery.bin.worker",
    "celery.bin.beat",
    "celery.apps.worker",
    "celery.apps.beat",
    "celery.worker.consumer",
    "celery.concurrency.prefork",
    "celery.concurrency.thread",
    "kombu.transport.redis",
    "django.core.cache.backends.redis",
)


def preload() -> Iterator[None]:
    """Import all of it, step by step, so that the supervisor sees meanwhile what has become ready;
    and nothing that only some of them need (readers, parsers, databases).
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "apps.settings")
    importlib.import_module("django").setup()
    yield
    for name in (*_OWN, *_LIBRARIES):
        importlib.import_module(name)
        yield


if __name__ == "__main__":  # `scripts/bootstrap`: so that the first start finds bytecode
    for _ in preload():
        pass
