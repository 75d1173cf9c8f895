/**
 * daemon/startup-banner — what a person reads on stdout after the start; everything else is in the log.
 */
import type { Daemon } from './compose.ts';

/**
 * @param isTerminal false: what is printed is kept by somebody, so the key itself is left out
 * @param program    how this person starts us
 */
export function startupBanner(
  daemon: Pick<Daemon, 'url' | 'firstKeyText' | 'keyFile' | 'notes' | 'hasServers'>,
  isTerminal: boolean,
  program: 'mcpmux' | 'npx mcpmux' = 'mcpmux',
): string {
  const lines = [`McpMux is ready at ${daemon.url}${isTerminal ? ' (Ctrl+C stops it)' : ''}`];
  if (daemon.firstKeyText !== undefined) {
    lines.push(
      isTerminal
        ? `Clients on this machine send this header; the key is also in ${daemon.keyFile}:`
        : `Clients on this machine send this header, with the key from ${daemon.keyFile}:`,
      `  Authorization: Bearer ${isTerminal ? daemon.firstKeyText : 'mcpk_…'}`,
    );
  }
  for (const note of daemon.notes) lines.push(`Note: ${note}`);
  if (!daemon.hasServers) {
    lines.push(
      'There are no servers yet. In another terminal, add one and look at what it offers:',
      `  ${program} add everything npx -y @modelcontextprotocol/server-everything`,
      `  ${program} tools`,
    );
  }
  return `${lines.join('\n')}\n`;
}
