/** What the phone's page says. */

export type Link = "closed" | "trying" | "open" | "refused";

const LINKS: Record<Link, string> = {
  closed: "not connected",
  trying: "connecting …",
  open: "connected",
  refused: "refused",
};

export function linkWords(link: Link): string {
  return LINKS[link];
}

/** What to do where the sensors are refused; `asks` where the phone asks by itself, as iOS does. */
export function refusedWords(asks: boolean): string {
  return asks
    ? "This phone may not use its motion sensors. Close this tab, scan the code again, press Start and then " +
        "Allow. If it does not ask: Settings, Apps, Safari, Advanced, Website Data, and remove this address."
    : "This phone may not use its motion sensors. In the browser's menu: Settings, Site settings, Motion " +
        "sensors: allow them; then load this page again.";
}

export const WITHOUT =
  "No movement comes from this phone. Try another browser, such as Chrome or Safari; private windows and " +
  "battery savers may hold the sensors back.";

export function rateWords(rate: number): string {
  return rate > 0 ? `${Math.round(rate)} times a second` : "no movement";
}

/** Half of the best round trip, ms. */
export function latencyWords(latency: number | null): string {
  if (latency === null) return "";
  return `${latency < 10 ? latency.toFixed(1) : Math.round(latency)} ms away`;
}
