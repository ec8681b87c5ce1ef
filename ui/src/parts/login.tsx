import { useSignal } from "@preact/signals";
import { identify, send, why } from "../api.ts";
import { OnCallCard } from "../cards/on-call.tsx";
import "../style/login.css";

/** Asks who is there, where the engine wants to know. */
export function Login({ onDone }: { onDone: () => void }) {
  const trouble = useSignal("");
  const enter = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    try {
      await send("POST", "/api/v1/session", {
        name: form.get("name"),
        password: form.get("password"),
      });
      await identify();
      onDone();
    } catch (error) {
      trouble.value = why(error);
    }
  };
  return (
    <main id="app" class="login">
      <form class="card" onSubmit={(event) => void enter(event)}>
        <h1>deskwatch</h1>
        <label>
          Your name
          <input class="field" name="name" autocomplete="username" required maxLength={64} />
        </label>
        <label>
          Password
          <input
            class="field"
            name="password"
            type="password"
            autocomplete="current-password"
            required
          />
        </label>
        {trouble.value !== "" && (
          <p class="neg" role="alert">
            {trouble.value}
          </p>
        )}
        <button class="button">Log in</button>
      </form>
      <OnCallCard />
    </main>
  );
}
