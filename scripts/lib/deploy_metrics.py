"""Prints /metrics of a collector with the configuration that is named."""

import sys
from deploy_collector import Collector

collector = Collector(config=sys.argv[2])
print(collector.ask("GET", "/metrics")[1], end="")
collector.end()
