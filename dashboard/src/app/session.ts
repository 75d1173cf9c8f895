/**
 * app/session — the proof that this browser was let in, and the way back when it no longer is.
 *
 * The cookie of the session is not visible here; the proof goes with every request beside it.
 */
import { base } from './base.ts';

const proofKey = 'mcpmux.admin.proof';

export function proof(): string {
  try {
    return localStorage.getItem(proofKey) ?? '';
  } catch {
    return '';
  }
}

/** Where the person lets this browser in again; it comes back to the page that is open now. */
export function unlockAddress(): string {
  const here = location.pathname + location.search;
  return `${base}/unlock?next=${encodeURIComponent(here)}`;
}

type Listener = () => void;
const listeners = new Set<Listener>();
let isLocked = false;

/** What is on the page stays; a banner shows the way back. */
export function lock(): void {
  if (isLocked) return;
  isLocked = true;
  for (const listener of listeners) listener();
}

export function locked(): boolean {
  return isLocked;
}

export function onLock(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

// Another tab was let in: so is this one.
addEventListener('storage', (event) => {
  if (event.key !== proofKey || event.newValue === null) return;
  isLocked = false;
  for (const listener of listeners) listener();
});
