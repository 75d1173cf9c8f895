/**
 * gateway/serve/held-names — what a caller is told who asks for something that waits for a person.
 *
 * Only of servers that the caller may use: of the others nothing is said, not even that they exist.
 * Knows nothing of: why it is held.
 */
import type { DefinitionPins } from '../../access/index.ts';
import { plainQualifiedName } from '../../catalogue/index.ts';
import type { GrantedView } from './views.ts';

/** @returns undefined when nothing of that name is held */
export function heldText(
  kind: 'tool' | 'prompt',
  shownName: string,
  { servers, view }: GrantedView,
  pins: DefinitionPins,
): string | undefined {
  for (const server of servers) {
    const held = pins.held(server.id).find((one) => {
      if (one.kind !== kind) return false;
      return shownName === (view.usesOriginalNames ? one.name : plainQualifiedName(server.alias, one.name));
    });
    if (held === undefined) continue;
    const why = held.level === 'new' ? 'is new' : 'has changed';
    const state = held.isRejected ? 'was refused by the person' : 'is awaiting approval by the person';
    return `The ${kind} ${shownName} ${why} at its server and ${state}: mcpmux review ${server.alias}`;
  }
  return undefined;
}
