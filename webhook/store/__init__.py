"""Where sessions are kept: one contract (`base`), two implementations (`sqlite`, `redis`)."""
