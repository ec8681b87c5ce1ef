"""How a panel's values are called and coloured."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import grafana_foundation_sdk.builders.dashboard as sdk_dashboard
from grafana_foundation_sdk.models import dashboard

#: What stands for a figure that is absent.
NOT_KNOWN: Final = "not known"

#: From which value on, and in which colour.
Steps = Sequence[tuple[float | None, str]]


#: Else what is absent has the colour of the lowest step, and "not known" in green passes for well.
UNCOLOURED: Final = dashboard.SpecialValueMap(
    options=dashboard.DashboardSpecialValueMapOptions(
        match=dashboard.SpecialValueMatch.NULL_AND_NAN,
        result=dashboard.ValueMappingResult(text=NOT_KNOWN, color="text"),
    )
)


def thresholds(steps: Steps) -> Any:
    """Return the steps at which values change their colour."""
    return (
        sdk_dashboard.ThresholdsConfig()
        .mode(dashboard.ThresholdsMode.ABSOLUTE)
        .steps([dashboard.Threshold(value=value, color=color) for value, color in steps])
    )


def named(names: Mapping[float, str], colors: Mapping[float, str] | None = None) -> Any:
    """Return what values are called, and in which colour they are shown where one is given."""
    colored = colors or {}
    return dashboard.ValueMap(
        options={
            f"{value:g}": dashboard.ValueMappingResult(
                text=name, color=colored.get(value), index=number
            )
            for number, (value, name) in enumerate(names.items())
        }
    )
