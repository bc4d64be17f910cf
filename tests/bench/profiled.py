"""`webhook serve` under cProfile: SIGUSR1 begins, SIGUSR2 ends and writes to the file that `PROFILE_TO` names."""

from __future__ import annotations

import cProfile
import os
import signal
import sys

from webhook.cli import main

if __name__ == "__main__":
    profile = cProfile.Profile()
    signal.signal(signal.SIGUSR1, lambda *_: profile.enable())
    signal.signal(signal.SIGUSR2, lambda *_: profile.dump_stats(os.environ["PROFILE_TO"]))
    sys.argv[:1] = ["webhook", "serve"]
    main()
