"""Alertmanager's configuration with the chat that its own Telegram receiver needs put in."""

from copy import deepcopy

import yaml

#: What the configuration in the repository has in their place.
BOT_TOKEN, CHAT_ID = "TELEGRAM_BOT_TOKEN", 1

#: The receiver that stands in for them where there is no chat.
OTHERWISE = "deskwatch"


def rendered(
    text: str, bot_token: str | None, chat_id: str | None, api_base_url: str | None = None
) -> str:
    """Return a configuration whose Telegram receivers know bot and chat.

    Without them, deskwatch gets what these receivers would have told: it may have another channel.
    Alertmanager reads no environment, and its older versions no token file. Raises ValueError for a
    chat that isn't a number: Alertmanager takes no names. api_base_url: another server of the Bot
    API than Telegram's own.
    """
    config = yaml.safe_load(text)
    named = {receiver["name"]: receiver for receiver in config["receivers"]}
    for receiver in config["receivers"]:
        if "telegram_configs" not in receiver:
            continue
        if not (bot_token and chat_id):
            del receiver["telegram_configs"]
            receiver["webhook_configs"] = deepcopy(named[OTHERWISE]["webhook_configs"])
            continue
        for telegram in receiver["telegram_configs"]:
            telegram["bot_token"], telegram["chat_id"] = bot_token, _number(chat_id)
            if api_base_url:
                telegram["api_url"] = api_base_url
    return yaml.safe_dump(config, sort_keys=False, width=1000)


def _number(chat_id: str) -> int:
    try:
        return int(chat_id)
    except ValueError:
        raise ValueError(
            f"TELEGRAM_CHAT_ID in .env: found {chat_id!r}; expected the chat's number, "
            "for Alertmanager takes no name (docs/notifications.md says how to get it)"
        ) from None
