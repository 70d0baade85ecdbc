"""How likely a pair is to be accepted: learnt from labels, for the order of queues only."""
