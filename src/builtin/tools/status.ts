/**
 * builtin/tools/status — `mcpmux_status`: which servers of the caller do not work now, why, and what the person has to do.
 */
import { cleanText } from '../../base/index.ts';
import type { ServerId, ServerState, ServerStatus } from '../../model/index.ts';
import { type BuiltInTool, says } from '../built-in-tool.ts';

export interface ServerStates {
  stateOf(serverId: ServerId): ServerState | undefined;
  /** Where the person signs in, while a sign-in is open. */
  signInUrlOf(serverId: ServerId): Promise<string | undefined>;
}

const words: Readonly<Record<ServerStatus, string>> = {
  disabled: 'switched off',
  disconnected: 'not connected; the next call starts it',
  connecting: 'starting',
  connected: 'works',
  refreshing: 'renewing its sign-in',
  'sign-in-required': 'needs the person to sign in',
  authenticating: 'waits for the person to sign in',
  waiting: 'tries again by itself soon',
  failed: 'does not work',
  'needs-configuration': 'has to be told something first',
};
const reasonLength = 200;

export function statusTool(states: ServerStates): BuiltInTool {
  return {
    name: 'status',
    title: 'Status of servers',
    description: 'Says which servers are down or need the person to sign in, and what to do about it.',
    inputSchema: { type: 'object', properties: {} },
    isWrite: false,
    async call({ hosted }) {
      const servers = hosted.granted.view.servers.filter(({ id }) => id !== hosted.target.serverId);
      const lines: string[] = [];
      let working = 0;
      for (const server of servers) {
        const state = states.stateOf(server.id);
        if (state === undefined || state.status === 'connected' || state.status === 'refreshing') {
          working += 1;
          continue;
        }
        const url = await states.signInUrlOf(server.id);
        const parts = [
          words[state.status],
          ...(state.reason === undefined ? [] : [cleanText(state.reason, reasonLength)]),
          ...(url === undefined ? [] : [`the person opens ${url}`]),
          ...(state.nextStep === undefined ? [] : [cleanText(state.nextStep, reasonLength)]),
        ];
        lines.push(`${server.alias}: ${parts.join('; ')}`);
      }
      if (servers.length === 0) return says('No server is among yours. The person adds one with: mcpmux add');
      return says([`${working} of ${servers.length} servers work.`, ...lines].join('\n'));
    },
  };
}
