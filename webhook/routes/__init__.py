"""The HTTP surface: each route parses with `wire`, calls the runner, and encodes with `wire`."""
