/** The page that a phone opens: one button, and what is going on. */

import { Awake } from "./awake";
import { takeToken, Way } from "./link";
import { asks, start } from "./sensors";
import { latencyWords, type Link, linkWords, rateWords, refusedWords, WITHOUT } from "./words";
import "./style.css";

function part(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no ${id}`);
  return found;
}

const [name, link, play, say] = ["name", "link", "play", "say"].map(part) as [
  HTMLElement,
  HTMLElement,
  HTMLButtonElement,
  HTMLElement,
];
const [rate, latency, awake] = ["rate", "latency", "awake"].map(part) as [
  HTMLElement,
  HTMLElement,
  HTMLElement,
];

let started = false;
let state = "";
let pressed: 0 | 1 = 0;
let connection: Link = "closed";

const way = new Way(
  {
    onLink: (now, why) => {
      connection = now;
      link.textContent = linkWords(now);
      link.className = now;
      if (why !== "" || now === "open") say.textContent = why;
      if (now === "refused") play.textContent = "Try again";
      else if (now !== "open") rate.textContent = rateWords(0);
      else if (started) moving();
      if (now === "open" && state !== "") way.tell(state);
    },
    onStatus: (status) => {
      rate.textContent = rateWords(status.rate);
      latency.textContent = latencyWords(status.latency);
    },
    onName: (given) => {
      name.textContent = given;
      document.title = `Cheiron: ${given}`;
    },
  },
  takeToken(),
);
const stay = new Awake((words) => {
  awake.textContent = words;
});

function moving(): void {
  play.textContent = "Hold";
  play.className = "playing";
}

async function begin(): Promise<void> {
  if (started) return;
  started = true;
  play.textContent = "…";
  void stay.hold();
  const answer = await start((sample) => {
    if (state === "without") moving();
    state = "live";
    way.move(sample, pressed);
  });
  if (answer === "live") {
    say.textContent = "";
    if (connection !== "refused") moving();
    return;
  }
  started = answer === "without";
  state = answer;
  say.textContent = answer === "refused" ? refusedWords(asks()) : WITHOUT;
  play.textContent = "Start";
  way.tell(answer);
}

play.addEventListener("click", () => {
  if (connection === "refused") {
    way.open();
    if (!started) play.textContent = "Start";
  }
  void begin();
});
play.addEventListener("pointerdown", () => {
  pressed = 1;
});
for (const kind of ["pointerup", "pointercancel"]) {
  window.addEventListener(kind, () => {
    pressed = 0;
  });
}
document.addEventListener("contextmenu", (event) => event.preventDefault());
document.addEventListener("visibilitychange", () => {
  const away = document.visibilityState === "hidden";
  // A finger that is lifted from another page is not heard of here.
  if (away) pressed = 0;
  if (started) way.tell(away ? "asleep" : "live");
  // Back from sleep, a connection may only look alive: a fresh one costs nothing.
  if (!away && connection === "closed") way.open();
});
// A code that is scanned while the page is open changes only what comes after the #.
window.addEventListener("hashchange", () => way.open(takeToken()));
way.open();
