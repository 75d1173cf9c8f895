/**
 * clients/unwrap-command — the wrappers that other clients need and a daemon does not: `cmd /c npx …`, `npx mcp-remote URL`.
 */
import type { FoundLaunch } from './found-server.ts';

export interface Unwrapped {
  readonly launch: FoundLaunch;
  /** For a person. */
  readonly notes: readonly string[];
}

export function unwrapCommand(launch: FoundLaunch): Unwrapped {
  if (launch.kind === 'http') return { launch, notes: [] };
  const isCmd = /^(?:.*[\\/])?cmd(?:\.exe)?$/i.test(launch.command);
  const [flag, program, ...rest] = launch.args;
  const direct =
    isCmd && /^\/c$/i.test(flag ?? '') && program !== undefined
      ? { ...launch, command: program, args: rest }
      : launch;
  return readRemote(direct) ?? { launch: direct, notes: [] };
}

/** `npx [-y] mcp-remote URL [--header 'Name: value'] [--transport …]`: a bridge to what we reach ourselves. */
function readRemote(launch: FoundLaunch & { kind: 'stdio' }): Unwrapped | undefined {
  const program = launch.command.replace(/^.*[\\/]/, '').replace(/\.(?:cmd|exe)$/i, '');
  const words = [...launch.args];
  if (program === 'npx' || program === 'bunx') {
    while (/^(?:-y|--yes|--bun)$/.test(words[0] ?? '')) words.shift();
    if (!/^mcp-remote(?:@[\w.-]+)?$/.test(words.shift() ?? '')) return undefined;
  } else if (program !== 'mcp-remote') return undefined;
  const url = words.shift();
  if (url === undefined || !/^https?:\/\//.test(url)) return undefined;
  const headers: Record<string, string> = {};
  let flavour: 'auto' | 'http' | 'sse' = 'auto';
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] as string;
    if (word === '--header') {
      const pair = /^([^:]+):\s*(.*)$/s.exec(words[at + 1] ?? '');
      if (pair === null) return undefined;
      headers[(pair[1] as string).trim()] = fromEnv(pair[2] as string, launch.env);
      at += 1;
    } else if (word === '--transport') {
      const kind = words[at + 1] ?? '';
      flavour = kind === 'sse-only' ? 'sse' : kind === 'http-only' ? 'http' : 'auto';
      at += 1;
    } else if (word === '--allow-http' || word === '--debug' || /^\d+$/.test(word)) continue;
    // Anything else changes what it does: it stays as it is.
    else return undefined;
  }
  return {
    launch: { kind: 'http', url, headers, flavour },
    notes: ['reached directly: mcp-remote is not needed here'],
  };
}

/** A header may name a variable that the entry itself sets. */
function fromEnv(text: string, env: Readonly<Record<string, string>>): string {
  return text.replace(/\$\{env:(\w+)\}/g, (whole, name: string) => env[name] ?? whole);
}
