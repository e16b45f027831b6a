"""Prints the lowest version that pyproject.toml allows of each dependency, as pip constraints."""

import re
import sys
import tomllib
from pathlib import Path

project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())["project"]
for requirement in project["dependencies"]:
    name, lowest = re.match(r"([\w-]+)>=([\w.]+)", requirement).groups()
    sys.stdout.write(f"{name}=={lowest}\n")
