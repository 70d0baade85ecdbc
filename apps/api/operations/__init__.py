"""What can be done through the API: one module for each part of the site."""
