import { render } from "preact";
import { App } from "./app.tsx";
import { mustLogIn, start } from "./start.ts";
import "./superseded.ts";
import "./theme.ts";
import "./style/base.css";
import "./style/shell.css";
import "./style/parts.css";
import "./style/table.css";
import "./style/chart.css";
import "./style/desk.css";

// The server drew the same frame and the first figures. They stay until there are newer ones, or
// until it is clear that none come; then this takes them over, part by part.
void start().then(() => {
  // What is alike is taken over and what isn't stays, so that the frame would stand beside the login.
  if (mustLogIn()) document.body.replaceChildren();
  render(<App />, document.body);
});
