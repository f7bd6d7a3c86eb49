import { render } from "preact";
import { App } from "./app/view";
import { start } from "./link/link";
import "./theme.css";

const root = document.getElementById("app");
if (root === null) throw new Error("index.html has lost its #app");
render(<App />, root);
start();
