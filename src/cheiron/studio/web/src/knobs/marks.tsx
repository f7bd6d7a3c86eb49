/** Small signs, drawn so that they need no font. */

export function LockMark() {
  return (
    <svg class="mark" viewBox="0 0 16 16" aria-hidden="true">
      <path d="M5 7V5a3 3 0 0 1 6 0v2" fill="none" stroke="currentColor" stroke-width="1.8" />
      <rect x="3.4" y="7" width="9.2" height="6.6" rx="1.6" fill="currentColor" />
    </svg>
  );
}

export function CableMark() {
  return (
    <svg class="mark" viewBox="0 0 16 16" aria-hidden="true">
      <path
        d="M2.5 12.5c5 0 3.2-9 8-9"
        fill="none"
        stroke="currentColor"
        stroke-width="1.8"
        stroke-linecap="round"
      />
      <circle cx="12.4" cy="3.5" r="2.1" fill="currentColor" />
    </svg>
  );
}
