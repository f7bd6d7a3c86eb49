import { render } from "preact";
import { App } from "./app/view";
import { pageSound, tapSound } from "./audio/player";
import { report } from "./hands/player";
import { start } from "./link/link";
import "./theme.css";

/** For `cheiron bench` and the tests: what this page plays and sees, and how well. */
declare global {
  interface Window {
    cheiron: {
      tapSound: typeof tapSound;
      pageSound: () => typeof pageSound.value;
      hands: typeof report;
    };
  }
}
window.cheiron = { tapSound, pageSound: () => pageSound.value, hands: report };

const root = document.getElementById("app");
if (root === null) throw new Error("index.html has lost its #app");
render(<App />, root);
start();
