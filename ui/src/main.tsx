import { render } from "preact";
import { App } from "./app.tsx";
import "./style/base.css";
import "./style/shell.css";
import "./style/parts.css";
import "./style/table.css";
import "./style/chart.css";
import "./style/desk.css";

// The server drew the same frame and the first figures; this takes it over, part by part.
render(<App />, document.body);
