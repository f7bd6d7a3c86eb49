/** What lets this phone come back; kept where the browser lets it be, else as long as the page is open. */

const KEPT = "cheiron.phone.secret";

let known = "";

/** Empty where there is none. */
export function secret(): string {
  try {
    return localStorage.getItem(KEPT) ?? known;
  } catch {
    // A browser that keeps nothing for pages refuses even to be asked.
    return known;
  }
}

export function keepSecret(fresh: string): void {
  known = fresh;
  try {
    localStorage.setItem(KEPT, fresh);
  } catch {
    // Then it is known until the page is closed.
  }
}
