"""Resources of the Prometheus Operator that have a Prometheus in Kubernetes scrape and judge us."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import yaml
from msgspec import Struct

API_VERSION: Final = "monitoring.coreos.com/v1"

#: How the Service calls the port that we answer on, and the key that the Secret has the token in.
PORT, TOKEN_KEY = "http", "token"

#: What alerts.yml calls us; the operator would take the Service's name.
_JOB: Final = "deskwatch"

#: What the operator says of every target. Our own series have a label `service`: a target's label
#: of that name would take its place, and feeds could no longer be told apart.
_OPERATORS: Final = "namespace|service|pod|container|endpoint|node"

#: What selects a Service by the program that it leads to.
_PROGRAM: Final = "app.kubernetes.io/name"

_PART: Final = "[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?"
_NAME: Final = re.compile("[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_LABEL: Final = re.compile(f"(?:[a-z0-9][a-z0-9.-]{{0,252}}/)?{_PART}")
_VALUE: Final = re.compile(f"(?:{_PART})?")

_TOP: Final = """\
# For a cluster with the Prometheus Operator. It needs
# - a Service that is labelled {program}: {name}, with a port named {port};
# - a Secret {name} with deskwatch's token as its key {key}, without a line end: Prometheus would
#   put that into its request, and scrape nothing.
#
# What belongs to the resource Prometheus itself, and so can't be said here:
# - spec.evaluationInterval: 1s. With the operator's 30s this path takes half a minute to a page.
# - alert_relabel_configs, which take job and instance off deskwatch's alerts: those of
#   prometheus/prometheus.yml, in a Secret that spec.additionalAlertRelabelConfigs names.
# - The external label `prometheus`, which the operator puts on every alert: give deskwatch the
#   same one in [rules.external_labels], else Alertmanager takes the two paths' alerts for two.
"""


class Resources(Struct, frozen=True, kw_only=True):
    """What the resources are called. Raises ValueError for what Kubernetes would refuse.

    name: also the Service's label, and the Secret's name. namespace: None leaves it to whoever
    applies them. labels: what the operator's selectors ask for.
    """

    name: str = "deskwatch"
    namespace: str | None = None
    labels: Mapping[str, str] = {}

    def __post_init__(self) -> None:
        """Refuse what can't be a name or a label. Raises ValueError."""
        for name in (self.name, *([] if self.namespace is None else [self.namespace])):
            if not _NAME.fullmatch(name):
                raise ValueError(f"{name!r} is no name: a-z, 0-9 and -, 63 at most")
        for key, value in self.labels.items():
            if not (_LABEL.fullmatch(key) and _VALUE.fullmatch(value)):
                raise ValueError(f"{key}={value} is no label that Kubernetes takes")

    def metadata(self, suffix: str = "") -> dict[str, Any]:
        """Return a resource's name, namespace and labels."""
        metadata: dict[str, Any] = {"name": f"{self.name}{suffix}"}
        if self.namespace is not None:
            metadata["namespace"] = self.namespace
        return {**metadata, "labels": {_PROGRAM: self.name, **self.labels}}


def manifests(resources: Resources, rule_files: Iterable[tuple[str, str]]) -> str:
    """Return a ServiceMonitor and a PrometheusRule for each rule file, as YAML.

    rule_files: the name that a file has without its ending, and its text, which must be one that
    Prometheus takes. A resource for each, because a group's name is taken once in a resource.
    Raises ValueError for two files that would have the same name.
    """
    top = _TOP.format(program=_PROGRAM, name=resources.name, port=PORT, key=TOKEN_KEY)
    documents = [service_monitor(resources), *_prometheus_rules(resources, rule_files)]
    return top + yaml.dump_all(
        documents, Dumper=_Dumper, explicit_start=True, sort_keys=False, allow_unicode=True
    )


def service_monitor(resources: Resources) -> dict[str, Any]:
    """Return what has Prometheus scrape us each second, with the token."""
    endpoint = {
        "port": PORT,
        "path": "/metrics",
        "interval": "1s",
        "scrapeTimeout": "1s",
        "authorization": {"credentials": {"name": resources.name, "key": TOKEN_KEY}},
        "relabelings": [
            {"action": "labeldrop", "regex": _OPERATORS},
            {"action": "replace", "targetLabel": "job", "replacement": _JOB},
        ],
    }
    return {
        "apiVersion": API_VERSION,
        "kind": "ServiceMonitor",
        "metadata": resources.metadata(),
        "spec": {
            "selector": {"matchLabels": {_PROGRAM: resources.name}},
            "endpoints": [endpoint],
        },
    }


def _prometheus_rules(
    resources: Resources, rule_files: Iterable[tuple[str, str]]
) -> Iterator[dict[str, Any]]:
    seen: set[str] = set()
    for stem, text in rule_files:
        suffix = re.sub("[^a-z0-9]+", "-", stem.lower()).strip("-")
        if not suffix or suffix in seen:
            raise ValueError(f"the rule file {stem} needs a name of its own")
        seen.add(suffix)
        yield {
            "apiVersion": API_VERSION,
            "kind": "PrometheusRule",
            "metadata": resources.metadata(f"-{suffix}"),
            "spec": {"groups": _groups(text)},
        }


def _groups(text: str) -> list[dict[str, Any]]:
    """Return a file's groups as Prometheus reads them: all is text, `yes` and 1:30 too."""
    root = yaml.load(text, Loader=yaml.BaseLoader) or {}  # noqa: S506  It makes nothing but text.
    groups = root.get("groups") or []
    return [
        {**group, "limit": int(group["limit"])} if "limit" in group else group for group in groups
    ]


class _Dumper(yaml.SafeDumper):
    """Writes text of several lines as such, so that an expression can be read."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002
        """Write what occurs twice twice."""
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style)


_Dumper.add_representer(str, _text)
