/**
 * gateway/manage/held-problems — servers whose new or changed definitions wait for a person, as problems.
 *
 * What a person has refused is settled, and no problem any more.
 */
import type { DefinitionPins } from '../../access/index.ts';
import type { ProblemSource } from '../../model/index.ts';
import type { InstalledServerList } from './installed-server-list.ts';

export function heldProblems(installed: InstalledServerList, pins: DefinitionPins): ProblemSource {
  return {
    name: 'held definitions',
    find: () =>
      installed.all().flatMap((server) => {
        const held = pins.held(server.id).filter(({ isRejected }) => !isRejected);
        if (held.length === 0) return [];
        const command = `mcpmux review ${server.alias}`;
        const names = held.slice(0, 3).map(({ kind, name }) => (kind === 'instructions' ? kind : name));
        const more = held.length > names.length ? ` and ${held.length - names.length} more` : '';
        return [
          {
            id: `server:${server.id}:held`,
            code: 'access.definitions_held',
            harm: 'held' as const,
            about: { kind: 'server' as const, id: server.id, name: server.name },
            title: `${server.name} says something new: ${names.join(', ')}${more}`,
            cause: 'what is new or has changed is not offered until you have looked at it',
            fix: { says: command, command, act: { route: 'reviewServer', params: { server: server.alias } } },
          },
        ];
      }),
  };
}
