/**
 * builtin/client-lists — what is known of how clients deal with long lists of tools. Each fact has its date.
 *
 * Clients are known by what they call themselves; that decides how much is listed, never what may be called.
 */

interface ClientLists {
  /** At the beginning of `clientInfo.name`, in lower case. */
  readonly name: string;
  /** It leaves tools out of the model's context by itself until they are needed, so a full list costs little. */
  readonly defers: boolean;
  /** More tools than this are dropped or refused. */
  readonly maxTools: number | undefined;
  /** When it was seen. */
  readonly asOf: string;
}

const known: readonly ClientLists[] = [
  { name: 'claude-code', defers: true, maxTools: undefined, asOf: '2026-11' },
  { name: 'cursor', defers: true, maxTools: undefined, asOf: '2026-11' },
  { name: 'codex', defers: true, maxTools: undefined, asOf: '2026-11' },
  { name: 'visual studio code', defers: false, maxTools: 128, asOf: '2026-11' },
  { name: 'vscode', defers: false, maxTools: 128, asOf: '2026-11' },
];

export function clientListsOf(clientName: string | undefined): ClientLists | undefined {
  const name = clientName?.toLowerCase() ?? '';
  return known.find((client) => name.startsWith(client.name));
}
