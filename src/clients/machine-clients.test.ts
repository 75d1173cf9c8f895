/**
 * clients/machine-clients.test — the acts that the admin API offers: each in one call, and no key in any answer.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ClientConnections } from './connections.ts';
import { MachineClients } from './machine-clients.ts';
import type { Place } from './place.ts';

let home: string;
let keys: Map<string, string>;
let machine: MachineClients;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'mcpmux-machine-'));
  keys = new Map();
  const place: Place = { system: 'linux', home, env: {} };
  machine = new MachineClients({
    place,
    connections: new ClientConnections({ place, ledgerFolder: join(home, 'data'), now: () => 0 }),
    url: () => 'http://127.0.0.1:45818/mcp',
    bridge: { kind: 'bridge', command: '/usr/bin/node', args: ['/opt/mcpmux.mjs', 'stdio'] },
    async createKey(name) {
      const id = `k${keys.size + 1}`;
      keys.set(id, name);
      return { id, name, text: `mcpk_text${id}` };
    },
    async revokeKey(id) {
      keys.delete(id);
    },
  });
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

it('plans without a key, connects with one of its own, and takes both back', async () => {
  const file = join(home, '.claude.json');
  writeFileSync(file, '{"n":1}');
  const plan = await machine.plan('claude-code');
  expect(plan.client.standing.state).toBe('found');
  expect(plan.change?.lines.map(({ kind }) => kind)).toEqual(['gone', 'new']);
  expect(keys.size).toBe(0);
  const outcome = await machine.connect('claude-code', false);
  expect(outcome.client.standing.state).toBe('connected');
  expect([...keys.values()]).toEqual(['Claude Code']);
  expect(readFileSync(file, 'utf8')).toContain('mcpk_textk1');
  // Once more changes nothing.
  await machine.connect('claude-code', false);
  expect(keys.size).toBe(1);
  expect((await machine.disconnect('claude-code')).how).toBe('original');
  expect(keys.size).toBe(0);
  expect(readFileSync(file, 'utf8')).toBe('{"n":1}');
  expect((await machine.disconnect('claude-code')).how).toBe('nothing');
});

it('leaves no key behind when the file is refused', async () => {
  writeFileSync(join(home, '.claude.json'), '{"n":');
  await expect(machine.connect('claude-code', false)).rejects.toThrow('is not valid');
  expect(keys.size).toBe(0);
});

it('gives the bridge to a client that takes commands only, and text to one without a file', async () => {
  await machine.connect('claude-desktop', false);
  expect(keys.size).toBe(0);
  const { change, paste } = await machine.plan('jetbrains');
  expect(change).toBeUndefined();
  expect(paste?.text).toContain('Bearer mcpk_…');
  await expect(machine.plan('nope')).rejects.toThrow('there is no client "nope"');
});
