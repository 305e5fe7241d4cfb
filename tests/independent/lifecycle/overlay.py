"""Starts ministack with additions that agentctl needs.

Everything else is ministack as published. `differences.md` lists the additions with
reasons. They follow the documentation of AWS and know nothing about agentctl.
"""

import overlay_agentcore
import overlay_logs
from ministack.app import main

if __name__ == "__main__":
    overlay_logs.install()
    overlay_agentcore.install()
    main()
