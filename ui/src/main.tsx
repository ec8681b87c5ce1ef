import { render } from "preact";
import { App } from "./app.tsx";
import { start } from "./start.ts";
import "./theme.ts";
import "./style/base.css";
import "./style/shell.css";
import "./style/parts.css";
import "./style/table.css";
import "./style/chart.css";
import "./style/desk.css";

// The server drew the same frame and the first figures. They stay until there are newer ones, or
// until it is clear that none come; then this takes them over, part by part.
void start().then(() => render(<App />, document.body));
