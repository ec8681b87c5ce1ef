"""Writes every board as the JSON that Grafana provisions; files of boards that are gone go too."""

from pathlib import Path

from deskwatch.dashboards import BOARDS

FOLDER = Path(__file__).parents[3] / "grafana" / "dashboards"

if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for file in FOLDER.glob("*.json"):
        if file.stem not in BOARDS:
            file.unlink()
    for name, board in BOARDS.items():
        (FOLDER / f"{name}.json").write_text(board.render())
