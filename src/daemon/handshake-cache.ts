/**
 * daemon/handshake-cache — what servers said of themselves in their handshakes, kept in the settings of the store.
 *
 * It is a convenience: what cannot be read or written costs a handshake's worth of knowledge, never the start.
 * Knows nothing of: handshakes.
 */
import { describeError, isJsonObject, type Logger } from '../base/index.ts';
import type { InstalledServer, ServerId, SettingRepository } from '../model/index.ts';
import type { HandshakeCache, Told } from '../upstream/index.ts';

export interface StoredHandshakeCache extends HandshakeCache {
  /** The server was removed. @throws store.* */
  forget(serverId: ServerId): Promise<void>;
}

export async function openHandshakeCache(
  repository: SettingRepository,
  servers: readonly InstalledServer[],
  logger: Logger,
): Promise<StoredHandshakeCache> {
  const known = new Map<ServerId, Told>();
  for (const { id } of servers) {
    const told = parseHandshake(await repository.get(keyOf(id)));
    if (told !== undefined) known.set(id, told);
  }
  return {
    recall: (id) => known.get(id),
    remember: (id, told) => {
      const text = JSON.stringify(told);
      const isNews = text !== JSON.stringify(known.get(id));
      known.set(id, told);
      if (!isNews) return;
      repository.set(keyOf(id), text).catch((error: unknown) => {
        logger.warn(
          { server: id, error: describeError(error) },
          'what a server said of itself could not be stored',
        );
      });
    },
    forget: async (id) => {
      known.delete(id);
      await repository.delete(keyOf(id));
    },
  };
}

function keyOf(id: ServerId): string {
  return `told:${id}`;
}

/** @returns undefined for what is no such value: the next handshake writes a good one */
function parseHandshake(text: string | undefined): Told | undefined {
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isJsonObject(value) || !isJsonObject(value['capabilities'])) return undefined;
  const { serverInfo, capabilities, instructions } = value;
  return {
    serverInfo: isJsonObject(serverInfo) ? serverInfo : undefined,
    capabilities,
    instructions: typeof instructions === 'string' ? instructions : undefined,
  };
}
