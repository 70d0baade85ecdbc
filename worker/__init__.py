"""What runs beside the web process: Celery tasks, the model server and its client."""
