/** What of the servers is shown: by state, and by words such as `state:failed` or any part of a name. */
import type { ServerDto } from '../../../../src/contract/types.ts';

export const stateChoices = ['all', 'need-you', 'connected', 'stopped', 'disabled'] as const;
export type StateChoice = (typeof stateChoices)[number];

const needed: ReadonlySet<string> = new Set(['failed', 'waiting', 'sign-in-required', 'needs-configuration']);

export function fitsState({ state: { status } }: Pick<ServerDto, 'state'>, choice: StateChoice): boolean {
  switch (choice) {
    case 'all':
      return true;
    case 'need-you':
      return needed.has(status);
    case 'connected':
      return status === 'connected' || status === 'refreshing';
    case 'stopped':
      return status === 'disconnected';
    case 'disabled':
      return status === 'disabled';
  }
}

/** Every word has to fit. */
export function fitsFilter(
  server: Pick<ServerDto, 'name' | 'alias' | 'state' | 'launch' | 'space'>,
  filter: string,
): boolean {
  return filter
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '')
    .every((word) => {
      const [, field = '', value = ''] = /^(state|transport|space):(.*)$/.exec(word) ?? [];
      switch (field) {
        case 'state':
          return server.state.status.includes(value);
        case 'transport':
          return server.launch.kind.startsWith(value);
        case 'space':
          return server.space.toLowerCase().startsWith(value);
        default:
          return `${server.name} ${server.alias} ${server.state.reason ?? ''}`.toLowerCase().includes(word);
      }
    });
}
