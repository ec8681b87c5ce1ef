"""What the image is made of."""

import tomllib

from tests.stack.containers import ROOT


def test_all_that_a_wheel_takes_in_is_sent_to_the_builder():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    taken = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    sent = [line.removeprefix("!") for line in lines if line.startswith("!")]
    missing = [path for path in taken if not any(f"{path}/".startswith(f"{one}/") for one in sent)]
    assert missing == []
