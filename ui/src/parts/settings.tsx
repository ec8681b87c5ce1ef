import type { Signal } from "@preact/signals";
import { send, session } from "../api.ts";
import { shortcuts } from "../keys.ts";
import { currency, CURRENCIES, numbers, NUMBERS, theme, THEMES, zone, ZONES } from "../settings.ts";
import { settingsOpen } from "../start.ts";
import { Choices } from "./choices.tsx";
import { Dialog } from "./dialog.tsx";
import "../style/settings.css";

/** How the page looks, the shortcuts, and who we are. */
export function Settings() {
  return (
    <Dialog title="Settings" open={settingsOpen}>
      <div class="settings">
        <Setting label="Theme" of={theme} options={THEMES} />
        <Setting label="Times" of={zone} options={ZONES} />
        <Setting label="Numbers" of={numbers} options={NUMBERS} />
        <Setting label="Currencies" of={currency} options={CURRENCIES} />
        <Who />
        <h3>Shortcuts</h3>
        <dl>
          {shortcuts.map(({ keys, does }) => (
            <>
              <dt>
                {[...keys].map((key) => (
                  <kbd key={key}>{key}</kbd>
                ))}
              </dt>
              <dd>{does}</dd>
            </>
          ))}
        </dl>
      </div>
    </Dialog>
  );
}

interface SettingProps<T extends string> {
  label: string;
  of: Signal<T>;
  options: readonly T[];
}

const Setting = <T extends string>({ label, of, options }: SettingProps<T>) => (
  <Choices
    label={label}
    options={options}
    chosen={of.value}
    onChoose={(chosen) => void (of.value = chosen)}
  />
);

function Who() {
  const who = session.value;
  if (who === undefined || who.role === null) return null;
  const leave = (): void => {
    void send("DELETE", "/api/v1/session").finally(() => location.reload());
  };
  return (
    <p>
      {who.name} ({who.role}){" "}
      {who.login_required && (
        <button class="button" onClick={leave}>
          Log out
        </button>
      )}
    </p>
  );
}
