/** protocol/methods — tests. The lists are those of the published schemas. */
import { describe, expect, it } from 'vitest';
import { raw } from '../../test/support/raw-json.ts';
import {
  isCacheable,
  isClientRequest,
  isForeignToEra,
  mayRequireInput,
  mcpNameOf,
  methodTable,
} from './methods.ts';

const clientRequests = {
  modern: [
    'server/discover',
    'resources/list',
    'resources/templates/list',
    'resources/read',
    'subscriptions/listen',
    'prompts/list',
    'prompts/get',
    'tools/list',
    'tools/call',
    'completion/complete',
    // of the extension io.modelcontextprotocol/tasks
    'tasks/get',
    'tasks/update',
    'tasks/cancel',
  ],
  legacy: [
    'initialize',
    'ping',
    'resources/list',
    'resources/templates/list',
    'resources/read',
    'resources/subscribe',
    'resources/unsubscribe',
    'prompts/list',
    'prompts/get',
    'tools/list',
    'tools/call',
    'tasks/get',
    'tasks/result',
    'tasks/cancel',
    'tasks/list',
    'logging/setLevel',
    'completion/complete',
  ],
} as const;

describe('the table of methods', () => {
  it.each(['modern', 'legacy'] as const)('lists the client requests of the %s era and no other', (era) => {
    const listed = methodTable.filter((row) => isClientRequest(row.method, era)).map((row) => row.method);
    expect(listed.sort()).toEqual([...clientRequests[era]].sort());
  });

  it('names every method once', () => {
    expect(new Set(methodTable.map((row) => row.method)).size).toBe(methodTable.length);
  });

  it('knows what may be kept and what may need input', () => {
    const all = methodTable.map((row) => row.method);
    expect(all.filter(isCacheable).sort()).toEqual([
      'prompts/list',
      'resources/list',
      'resources/read',
      'resources/templates/list',
      'server/discover',
      'tools/list',
    ]);
    expect(all.filter(mayRequireInput).sort()).toEqual(['prompts/get', 'resources/read', 'tools/call']);
  });

  it.each([
    ['tools/call', { name: 'a', uri: 'b' }, 'a'],
    ['prompts/get', { name: 'a' }, 'a'],
    ['resources/read', { uri: 'x://' }, 'x://'],
    ['tasks/update', { taskId: 't' }, 't'],
    ['tools/list', { name: 'a' }, undefined],
    ['tools/call', { name: 1 }, undefined],
    ['constructor', { name: 'a' }, undefined],
  ])('takes the name of %s %j to be %s', (method, params, name) => {
    expect(mcpNameOf(method, raw(params))).toBe(name);
  });

  it('calls foreign what the other era has, and not what nobody knows', () => {
    expect(isForeignToEra('ping', 'modern')).toBe(true);
    expect(isForeignToEra('server/discover', 'legacy')).toBe(true);
    expect(isForeignToEra('skills/list', 'modern')).toBe(false);
  });
});
