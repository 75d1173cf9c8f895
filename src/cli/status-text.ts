/**
 * cli/status-text — a server's state in words and colour, and the lines that explain it.
 */
import type { ServerDto, ServerStateDto, ServerStatusDto } from '../contract/index.ts';
import { formatDuration } from './format-duration.ts';
import { type Paint, type Style, sanitizeToLine } from './style.ts';

const words: Readonly<Record<ServerStatusDto, string>> = {
  disabled: 'disabled',
  disconnected: 'stopped',
  connecting: 'connecting',
  connected: 'connected',
  refreshing: 'refreshing',
  'sign-in-required': 'sign-in required',
  authenticating: 'signing in',
  waiting: 'waiting to retry',
  failed: 'failed',
  'needs-configuration': 'needs configuration',
};

export function statusLabel(status: ServerStatusDto): string {
  return words[status];
}

export function statusColour(status: ServerStatusDto, style: Style): Paint {
  switch (status) {
    case 'connected':
      return style.green;
    case 'failed':
      return style.red;
    case 'disabled':
    case 'disconnected':
      return style.dim;
    case 'connecting':
    case 'refreshing':
    case 'authenticating':
      return style.cyan;
    case 'sign-in-required':
    case 'waiting':
    case 'needs-configuration':
      return style.yellow;
  }
}

/** Why it is in this state and what to do, one line each; nothing when all is well. */
export function stateLines(state: ServerStateDto, now: number): string[] {
  const lines: string[] = [];
  if (state.reason !== null) lines.push(sanitizeToLine(state.reason));
  if (state.retryAt !== null) {
    const inMs = state.retryAt - now;
    lines.push(inMs < 1000 ? 'next attempt now' : `next attempt in ${formatDuration(inMs)}`);
  }
  if (state.signInExpiresAt !== null && state.signInExpiresAt > now) {
    lines.push(`sign-in is open for another ${formatDuration(state.signInExpiresAt - now)}`);
  }
  if (state.nextStep !== null) lines.push(nextLine(state.nextStep));
  return lines;
}

/** `2 tools, 1 prompt`; nothing when it offers nothing. */
export function formatCounts(counts: ServerDto['counts']): string {
  const parts: [number, string][] = [
    [counts.tools, 'tool'],
    [counts.prompts, 'prompt'],
    [counts.resources, 'resource'],
    [counts.templates, 'template'],
  ];
  return parts
    .filter(([count]) => count > 0)
    .map(([count, noun]) => `${count} ${noun}${count === 1 ? '' : 's'}`)
    .join(', ');
}

/** The next step as a line of its own. Some begin with an invitation of their own, which `next:` replaces. */
export function nextLine(step: string): string {
  return `next: ${sanitizeToLine(step).replace(/^(run|see): /, '')}`;
}
