"""Jobs that bring the seeds of a source into the database, file by file."""
