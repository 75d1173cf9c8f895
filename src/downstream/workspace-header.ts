/**
 * downstream/workspace-header — the workspace that a client names, for servers that are shared by workspace.
 *
 * Knows nothing of: what follows from it.
 */
import type { Exchange } from '../http/index.ts';

const longest = 512;

/** `X-Mcpmux-Workspace`: a folder or an id. Trailing slashes do not count; control characters and too long ones do not pass. */
export function readWorkspace(exchange: Exchange): string | undefined {
  const value = exchange.header('x-mcpmux-workspace')?.trim();
  if (value === undefined || value === '' || value.length > longest || /[\u0000-\u001f\u007f]/.test(value))
    return undefined;
  return value.length > 1 ? value.replace(/[/\\]+$/, '') : value;
}
