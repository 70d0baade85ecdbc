"""Tables that responses announce and databases return: values, cells, and their comparison."""
