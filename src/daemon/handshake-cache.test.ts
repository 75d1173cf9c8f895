/**
 * daemon/handshake-cache.test — what servers said of themselves outlives the daemon, and never stops it.
 */
import { describe, expect, it } from 'vitest';
import { silentLogger } from '../base/index.ts';
import type { InstalledServer, ServerId, SettingRepository } from '../model/index.ts';
import { openHandshakeCache } from './handshake-cache.ts';

const server = { id: 's1' as ServerId } as InstalledServer;
const told = { serverInfo: { name: 'x' }, capabilities: { tools: {} }, instructions: 'hello' };

function settings(rows: Record<string, string>): SettingRepository {
  const known = new Map(Object.entries(rows));
  return {
    get: async (key) => known.get(key),
    set: async (key, value) => void known.set(key, value),
    delete: async (key) => void known.delete(key),
  };
}

describe('the memory of what servers said', () => {
  it('recalls after a restart what was remembered, until it is forgotten', async () => {
    const repository = settings({});
    (await openHandshakeCache(repository, [], silentLogger)).remember(server.id, 'legacy', told);
    const second = await openHandshakeCache(repository, [server], silentLogger);
    expect(second.recall(server.id, 'legacy')).toEqual(told);
    expect(second.recall(server.id, 'modern')).toBeUndefined();
    await second.forget(server.id);
    expect(second.recall(server.id, 'legacy')).toBeUndefined();
    expect(
      (await openHandshakeCache(repository, [server], silentLogger)).recall(server.id, 'legacy'),
    ).toBeUndefined();
  });

  it.each(['{"capabilities":', 'null', '[]', '{"capabilities":1}', ''])(
    'opens without the value %j',
    async (value) => {
      const memory = await openHandshakeCache(settings({ 'told:s1:legacy': value }), [server], silentLogger);
      expect(memory.recall(server.id, 'legacy')).toBeUndefined();
    },
  );

  it('writes only what is new', async () => {
    const written: string[] = [];
    const counting: SettingRepository = {
      ...settings({}),
      set: async (_, value) => void written.push(value),
    };
    const memory = await openHandshakeCache(counting, [], silentLogger);
    memory.remember(server.id, 'legacy', told);
    memory.remember(server.id, 'legacy', { ...told });
    memory.remember(server.id, 'legacy', { ...told, instructions: 'good bye' });
    expect(written).toHaveLength(2);
  });

  it('goes on when a value cannot be stored', async () => {
    const failing = { ...settings({}), set: () => Promise.reject(new Error('the disk is full')) };
    const memory = await openHandshakeCache(failing, [], silentLogger);
    memory.remember(server.id, 'legacy', told);
    await new Promise((resolve) => setImmediate(resolve));
    expect(memory.recall(server.id, 'legacy')).toEqual(told);
  });
});
