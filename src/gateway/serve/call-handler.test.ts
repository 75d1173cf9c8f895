/**
 * gateway/serve/call-handler.test — what is answered to what nobody has.
 */

import { expect, it } from 'vitest';
import { openAccess } from '../../../test/support/first-space.ts';
import { principalOf } from '../../../test/support/principals.ts';
import { raw } from '../../../test/support/raw-json.ts';
import { Cancellation, type JsonObject, ManualClock, silentLogger } from '../../base/index.ts';
import { Catalogue } from '../../catalogue/index.ts';
import type { CallScope, CatalogueRepository } from '../../model/index.ts';
import type { UpstreamPool } from '../../upstream/index.ts';
import { CallHandler } from './call-handler.ts';
import type { Relay } from './relay.ts';
import { modernServerInfo } from './server-info.ts';
import { Views } from './views.ts';

function emptyServe(): CallHandler {
  const installed = { all: () => [], version: 1 };
  return new CallHandler({
    views: new Views(openAccess(), installed, new Catalogue({} as CatalogueRepository)),
    installed,
    pool: {} as UpstreamPool,
    relay: {} as Relay,
    clock: new ManualClock(),
    logger: silentLogger,
    serverInfo: { name: 'test' },
  });
}

const scope = {
  callId: 'c',
  caller: {
    principal: principalOf('alice'),
    route: { kind: 'all' },
    client: { era: 'legacy', revision: '2025-11-25', info: undefined, capabilities: {} },
    sessionKey: 's',
  },
  cancellation: new Cancellation(),
} as unknown as CallScope;

it('says to a modern client what it has to declare for tasks', async () => {
  const client = { era: 'modern', revision: '2026-07-28', info: undefined, capabilities: {} };
  const modern = { ...scope, caller: { ...scope.caller, client } } as CallScope;
  const answer = await emptyServe().answer({
    method: 'tasks/get',
    params: raw({ taskId: 't' }),
    scope: modern,
  });
  expect(answer).toMatchObject({
    error: {
      code: -32021,
      data: { requiredCapabilities: { extensions: { 'io.modelcontextprotocol/tasks': {} } } },
    },
  });
});

it('keeps of a client what it says of itself only within bounds', () => {
  const serve = emptyServe();
  const huge = { name: 'c', note: 'x'.repeat(100_000) };
  const client = { ...scope.caller.client, info: huge, capabilities: huge };
  serve.describeServerTo({ ...scope.caller, client });
  expect(serve.clients.all()).toMatchObject([{ name: 'c', client: { info: undefined, capabilities: {} } }]);
});

it('does not tell a modern client of tasks as legacy servers have them', () => {
  const capabilities = { tools: {}, tasks: { list: {} } };
  expect(modernServerInfo({ capabilities, instructions: 'i' })).toEqual({
    capabilities: { tools: {} },
    instructions: 'i',
  });
});

const long = 'x'.repeat(1_000_000);

it.each<[string, string, JsonObject]>([
  ['a tool', 'tools/call', { name: long }],
  ['a prompt', 'prompts/get', { name: long }],
  ['a prompt to complete', 'completion/complete', { ref: { type: 'ref/prompt', name: long } }],
  ['a template to complete', 'completion/complete', { ref: { type: 'ref/resource', uri: long } }],
  ['a resource', 'resources/read', { uri: long }],
  ['a task', 'tasks/get', { taskId: long }],
  ['a method', long, {}],
])('quotes only the beginning of %s that is not there', async (_, method, params) => {
  const answer = await emptyServe().answer({ method, params: raw(params), scope });
  expect(answer.kind).toBe('error');
  const text = JSON.stringify(answer);
  expect([text.includes('x'.repeat(150)), text.length < 700]).toEqual([true, true]);
});
