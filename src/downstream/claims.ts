/**
 * downstream/claims — what a request says of where its client works. Claims, not identities.
 *
 * Knows nothing of: what follows from them.
 */
import type { Exchange } from '../http/index.ts';

export interface Claims {
  /** `X-Mcpmux-Workspace`: a folder, or an id of the client's own choosing. */
  readonly workspace: string | undefined;
  /** `X-Mcpmux-Bridge-Folder`: where our stdio bridge was started. */
  readonly bridgeFolder: string | undefined;
}

const longest = 512;
/** Percent signs make a folder of other letters nine times as long. */
const longestFolder = 4_096;

export function readClaims(exchange: Exchange): Claims {
  return { workspace: readWorkspace(exchange), bridgeFolder: readBridgeFolder(exchange) };
}

/** Trailing slashes do not count; control characters and too long ones do not pass. */
export function readWorkspace(exchange: Exchange): string | undefined {
  const value = exchange.header('x-mcpmux-workspace')?.trim();
  if (value === undefined || value === '' || value.length > longest || /[\u0000-\u001f\u007f]/.test(value))
    return undefined;
  return value.length > 1 ? value.replace(/[/\\]+$/, '') : value;
}

/** Percent-encoded, so that any folder fits into a header. */
function readBridgeFolder(exchange: Exchange): string | undefined {
  const value = exchange.header('x-mcpmux-bridge-folder');
  if (value === undefined || value === '' || value.length > longestFolder) return undefined;
  try {
    const folder = decodeURIComponent(value);
    return /[\u0000-\u001f\u007f]/.test(folder) ? undefined : folder;
  } catch {
    return undefined;
  }
}
