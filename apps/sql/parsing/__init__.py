"""From the text of one statement to a tree, or the reason why there is none."""
