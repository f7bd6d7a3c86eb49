/** The session's token, which stands after the `#` of the address and so never reaches a log. */

/** The token in an address's fragment: `#abc` or `#token=abc`; empty when there is none. */
export function tokenIn(fragment: string): string {
  const text = fragment.replace(/^#/, "");
  return new URLSearchParams(text).get("token") ?? (text.includes("=") ? "" : text);
}

/** An address beside the page, such as `api/landmarks`. */
export function beside(path: string, base: string): string {
  return new URL(path, base).href;
}
