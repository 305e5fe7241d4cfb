"""Starts ministack together with the few things that agentctl needs and ministack lacks.

Everything else is ministack as published. What is added is listed, with reasons, in
`differences.md`; it is written from what AWS documents and knows nothing of agentctl.
"""

import overlay_agentcore
import overlay_logs
from ministack.app import main

if __name__ == "__main__":
    overlay_logs.install()
    overlay_agentcore.install()
    main()
