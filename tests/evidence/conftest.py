from tests.worker.conftest import fake as fake
