"""What logs leave out: tracebacks that tell nobody anything, and texts of strangers without end."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime

from apps.core.database import trouble_of
from apps.core.lines import in_one_line

_MOST_CHARACTERS = 300


class JsonLine(logging.Formatter):
    """A record as one JSON object: time (ISO 8601, UTC), level, logger, message, error."""

    def format(self, record: logging.LogRecord) -> str:
        told = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            told["error"] = self.formatException(record.exc_info)
        return in_one_line(json.dumps(told, ensure_ascii=False))


class InOneLine(logging.Filter):
    """Bound the message and drop the traceback: of requests that anybody can send."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = record.getMessage()[:_MOST_CHARACTERS], None
        record.exc_info = record.exc_text = None
        return True


class DatabaseTroubleInOneLine(logging.Filter):
    """Of a database that is away the message says all; other errors keep their traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if trouble := trouble_of(error):
            record.msg, record.args = f"{record.getMessage()}: {trouble.title}: {error}", None
            record.exc_info = record.exc_text = None
        return True
