"""`python -m webhook` is the same as `webhook`."""

from webhook.cli import main

if __name__ == "__main__":  # a worker process imports this module again under another name
    main()
