"""Writes dashboards/*.json; with --check only says which differ from what would be written."""

import json, os, sys

from dashboard_calls import errors, latency, models, overview
from dashboard_collector import collector
from dashboard_groups import prompts, quality, tenants

PLACE = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(__file__))), "dashboards")
FILES = {
    "overview": overview,
    "models-and-cost": models,
    "latency": latency,
    "errors": errors,
    "quality": quality,
    "tenants": tenants,
    "prompts": prompts,
    "collector": collector,
}


def main():
    differing = []
    for name, make in FILES.items():
        path = os.path.join(PLACE, f"{name}.json")
        text = json.dumps(make(), indent=2, ensure_ascii=False) + "\n"
        if "--check" not in sys.argv:
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            continue
        with open(path, encoding="utf-8") as file:
            if file.read() != text:
                differing.append(f"dashboards/{name}.json")
    if differing:
        sys.exit(f"{', '.join(differing)} differ from scripts/dashboards; run it, or change it")


main()
