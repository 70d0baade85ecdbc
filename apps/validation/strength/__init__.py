"""How much a test notices: altered queries and further data to run it on."""
