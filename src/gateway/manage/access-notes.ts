/**
 * gateway/manage/access-notes — tells of what the resolution of a caller met: a folder that nobody mapped, a claim refused.
 *
 * Knows nothing of: how it was resolved.
 */
import type { Grant } from '../../access/index.ts';
import { shortText } from '../../base/index.ts';
import type { Caller, DomainEvents } from '../../model/index.ts';
import type { MappingControl } from './mapping-control.ts';

/** A client that claims again is not told of again, until so many others have. */
const claimsKept = 1_000;

export class AccessNotes {
  readonly #mappings: MappingControl;
  readonly #events: DomainEvents;
  readonly #claims = new Set<string>();

  constructor(options: { readonly mappings: MappingControl; readonly events: DomainEvents }) {
    this.#mappings = options.mappings;
    this.#events = options.events;
  }

  note(grant: Grant, caller: Caller): void {
    const name = caller.client.info?.['name'];
    const client = typeof name === 'string' ? shortText(name) : caller.principal.name;
    const { unmappedFolder, signal } = grant;
    // One that lies in a base folder has its Space.
    if (unmappedFolder !== undefined && signal !== 'base-folder')
      this.#mappings.noteUnmapped(unmappedFolder, client);
    for (const { outcome, says } of grant.considered) {
      if (outcome !== 'refused') continue;
      const key = `${caller.principal.id}\n${says}`;
      if (this.#claims.has(key)) continue;
      if (this.#claims.size >= claimsKept) this.#claims.clear();
      this.#claims.add(key);
      this.#events.publish({
        type: 'access.claim_refused',
        principalId: caller.principal.id,
        client,
        claim: shortText(says),
      });
    }
  }
}
