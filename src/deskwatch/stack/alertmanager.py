"""Alertmanager's configuration with the chat that its own Telegram receiver needs put in."""

import yaml

#: What the configuration in the repository has in their place.
BOT_TOKEN, CHAT_ID = "TELEGRAM_BOT_TOKEN", 1


def rendered(text: str, bot_token: str | None, chat_id: str | None) -> str:
    """Return a configuration whose Telegram receivers know bot and chat, or have none.

    Alertmanager reads no environment, and its older versions no token file. Raises ValueError for a
    chat that isn't a number: Alertmanager takes no names.
    """
    config = yaml.safe_load(text)
    for receiver in config["receivers"]:
        if "telegram_configs" not in receiver:
            continue
        if not (bot_token and chat_id):
            del receiver["telegram_configs"]
            continue
        for telegram in receiver["telegram_configs"]:
            telegram["bot_token"], telegram["chat_id"] = bot_token, int(chat_id)
    return yaml.safe_dump(config, sort_keys=False, width=1000)
