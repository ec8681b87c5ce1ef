import { render } from "preact";
import { App } from "./app.tsx";
import "./style/base.css";
import "./style/shell.css";
import "./style/parts.css";
import "./style/table.css";
import "./style/chart.css";

const root = document.getElementById("app");
if (root === null) throw new Error("the shell has no #app to draw in");
// What the server drew in it stays until here.
render(<App />, root);
