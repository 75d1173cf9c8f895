/**
 * observe/refusal-audit — refusals of the door as entries of the audit: the first of a kind from an address at once, the
 * others of that minute as a number. A flood of wrong keys must not become a flood of entries.
 */
import type { Clock, Closeable, Timer } from '../base/index.ts';
import type { AuditRecord } from '../model/index.ts';

/** What of the door's refusals concerns security; the rest (404, 405, 413 …) are mistakes. */
const recorded: ReadonlySet<string> = new Set([
  'http.bad_host',
  'http.bad_origin',
  'http.cross_site',
  'http.token_unknown',
  'http.too_many_requests',
  'admin.locked',
]);
const windowMs = 60_000;
const maxKinds = 500;

interface Count {
  readonly record: AuditRecord;
  more: number;
}

export class RefusalAudit implements Closeable {
  readonly #later: (record: AuditRecord) => void;
  readonly #clock: Clock;
  readonly #counts = new Map<string, Count>();
  #timer: Timer | undefined;

  constructor(later: (record: AuditRecord) => void, clock: Clock) {
    this.#later = later;
    this.#clock = clock;
  }

  refused(code: string, route: string | undefined, address: string): void {
    if (!recorded.has(code)) return;
    const key = `${code} ${address}`;
    const known = this.#counts.get(key);
    if (known !== undefined) {
      known.more += 1;
      return;
    }
    // So many at once come from somewhere that does not want to be counted; what is there is counted on.
    if (this.#counts.size >= maxKinds) return;
    const record: AuditRecord = {
      who: { kind: 'nobody', name: 'nobody', address },
      what: `door.${code.slice(code.indexOf('.') + 1)}`,
      on: route,
      decision: 'refused',
    };
    this.#counts.set(key, { record, more: 0 });
    this.#later(record);
    this.#timer ??= this.#clock.after(windowMs, () => {
      this.#timer = undefined;
      this.#tellRest();
    });
  }

  close(): void {
    this.#timer?.cancel();
    this.#tellRest();
  }

  #tellRest(): void {
    for (const { record, more } of this.#counts.values())
      if (more > 0) this.#later({ ...record, facts: { moreOfThem: more } });
    this.#counts.clear();
  }
}
