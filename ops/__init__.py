"""What `make` runs: installing, the development servers, the application, the tests. Nothing here ships."""
