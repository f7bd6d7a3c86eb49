/** The session's token: it comes after the `#` of the address, which no server or log ever sees. */

const KEPT = "cheiron.token";

/** The token in an address's fragment: `#token=abc` or `#abc`; empty when there is none. */
export function tokenIn(fragment: string): string {
  const text = fragment.replace(/^#/, "");
  return new URLSearchParams(text).get("token") ?? (text.includes("=") ? "" : text);
}

/** The page's token. It is kept for reloads and taken out of the address, which people show. */
export function takeToken(): string {
  const given = tokenIn(location.hash);
  if (given !== "") {
    sessionStorage.setItem(KEPT, given);
    history.replaceState(null, "", location.pathname + location.search);
  }
  return given || (sessionStorage.getItem(KEPT) ?? "");
}

/** An address beside the page, such as `api/landmarks`. */
export function beside(path: string, base: string): string {
  return new URL(path, base).href;
}
