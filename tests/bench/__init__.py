"""`python -m tests.bench`: what a turn costs this service, and how many calls it holds."""
