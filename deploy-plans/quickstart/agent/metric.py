"""The agent's own metrics, as log lines from which CloudWatch makes metrics: no call, no permission, no library.

The format is that of the CloudWatch user guide, "Embedded metric format specification".
"""

import json
from collections.abc import Mapping


def metric_line(values: Mapping[str, tuple[float, str]], environment: Mapping[str, str], now: float) -> str | None:
    """Returns the log line that records values with their units; nothing when the deployment wants no metrics."""
    namespace = environment.get("POWERTOOLS_METRICS_NAMESPACE")
    if not namespace or environment.get("POWERTOOLS_METRICS_DISABLED") == "true":
        return None
    dimensions = {
        "service": environment.get("POWERTOOLS_SERVICE_NAME", "agent"),
        "invoke_type": environment.get("INVOKE_TYPE", "batch"),
    }
    directive = {
        "Namespace": namespace,
        "Dimensions": [list(dimensions)],
        "Metrics": [{"Name": name, "Unit": unit} for name, (_, unit) in values.items()],
    }
    return json.dumps(
        {
            "_aws": {"Timestamp": int(now * 1000), "CloudWatchMetrics": [directive]},
            **dimensions,
            **{name: value for name, (value, _) in values.items()},
        }
    )
