"""A whole deskwatch with passwords, asked as a browser asks."""

from tests.serving import serving

PASSWORDS = """
[page]
viewer_password = "look but do not touch"
operator_password = "hands on the switch"
"""
SILENCE = {"matchers": [{"name": "account", "op": "=", "value": "A1"}], "duration_s": 3600}


async def login(client, password: str, name: str) -> None:
    told = (await client.get("/api/v1/session")).json()["csrf"]
    client.headers["Origin"] = str(client.base_url).rstrip("/")
    client.headers["X-CSRF-Token"] = told
    answer = await client.post("/api/v1/session", json={"password": password, "name": name})
    assert answer.status_code == 201, answer.text
    client.headers["X-CSRF-Token"] = answer.json()["csrf"]


async def test_who_silenced_what_is_kept_over_a_restart(tmp_path):
    async with serving(tmp_path, PASSWORDS) as served:
        assert (await served.client.get("/api/v1/pnl")).status_code == 401
        assert (await served.client.get("/healthz")).status_code == 200
        await login(served.client, "look but do not touch", "grace")
        refused = await served.client.post("/api/v1/silences", json=SILENCE)
        assert (refused.status_code, refused.json()["error"]["reason"]) == (403, "not_an_operator")
        await login(served.client, "hands on the switch", "ada")
        made = await served.client.post("/api/v1/silences", json={**SILENCE, "author": "eve"})
        assert made.json()["author"] == "ada"
        assert (await served.get("pnl"))["accounts"] == []
        cookies = served.client.cookies
    async with serving(tmp_path, PASSWORDS) as served:
        served.client.cookies = cookies
        assert (await served.client.get("/api/v1/audit")).status_code == 401
        await login(served.client, "look but do not touch", "grace")
        deeds = (await served.get("audit"))["deeds"]
        assert [(one["actor"], one["what"]) for one in deeds] == [
            ("grace", "sign in"), ("ada", "silence"), ("ada", "sign in"), ("grace", "sign in"),
        ]  # fmt: skip
