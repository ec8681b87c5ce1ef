"""Where the alert rules are that come with deskwatch."""

from pathlib import Path
from typing import Final

import deskwatch

_NAME: Final = Path("prometheus", "alerts.yml")


def default_rules_file() -> Path:
    """Return the rules file of this deskwatch.

    A wheel carries it inside of the package; a checkout has it at the top, for Prometheus.
    """
    package = Path(deskwatch.__file__).parent
    packed = package / _NAME
    return packed if packed.exists() else package.parents[1] / _NAME
