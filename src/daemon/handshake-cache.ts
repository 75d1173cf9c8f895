/**
 * daemon/handshake-cache — what servers said of themselves in their handshakes, kept in the settings of the store.
 *
 * It is a convenience: what cannot be read or written costs a handshake's worth of knowledge, never the start.
 * Knows nothing of: handshakes.
 */
import { describeError, isJsonObject, type Logger } from '../base/index.ts';
import type { Era, InstalledServer, ServerId, SettingRepository } from '../model/index.ts';
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
  const known = new Map<string, Told>();
  for (const { id } of servers) {
    for (const era of eras) {
      const key = keyOf(id, era);
      const told = parseHandshake(await repository.get(key));
      if (told !== undefined) known.set(key, told);
    }
  }
  return {
    recall: (id, era) => known.get(keyOf(id, era)),
    remember: (id, era, told) => {
      const key = keyOf(id, era);
      const text = JSON.stringify(told);
      const isNews = text !== JSON.stringify(known.get(key));
      known.set(key, told);
      if (!isNews) return;
      repository.set(key, text).catch((error: unknown) => {
        logger.warn(
          { server: id, error: describeError(error) },
          'what a server said of itself could not be stored',
        );
      });
    },
    forget: async (id) => {
      for (const era of eras) {
        const key = keyOf(id, era);
        known.delete(key);
        await repository.delete(key);
      }
    },
  };
}

const eras: readonly Era[] = ['legacy', 'modern'];

/** A server of both eras may say something else of itself in each. */
function keyOf(id: ServerId, era: Era): string {
  return `told:${id}:${era}`;
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
