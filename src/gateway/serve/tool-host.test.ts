/**
 * gateway/serve/tool-host.test — tools beside those of servers stand in the same lists and are reached by the same calls.
 */

import { expect, it } from 'vitest';
import { openAccess } from '../../../test/support/first-space.ts';
import { principalOf } from '../../../test/support/principals.ts';
import { raw } from '../../../test/support/raw-json.ts';
import { Cancellation, ManualClock, silentLogger } from '../../base/index.ts';
import { Catalogue, type ViewServer } from '../../catalogue/index.ts';
import type { CallScope, CatalogueRepository, FeatureId, Route, ServerId } from '../../model/index.ts';
import type { UpstreamPool } from '../../upstream/index.ts';
import { resultAnswer } from './call.ts';
import { CallHandler } from './call-handler.ts';
import type { Relay } from './relay.ts';
import type { HostedCall, ToolHost } from './tool-host.ts';
import { Views } from './views.ts';

const hostId = 'host' as ServerId;

function offering(...names: readonly string[]): ViewServer {
  return {
    id: hostId,
    name: 'Ours',
    alias: 'ours',
    features: names.map((name, position) => ({
      id: name as FeatureId,
      serverId: hostId,
      kind: 'tool',
      originalName: name,
      item: raw({ name, inputSchema: { type: 'object' } }),
      position,
      isAvailable: true,
    })),
  };
}

class Host implements ToolHost {
  readonly id = hostId;
  version = 0;
  offered: ViewServer | undefined = offering('look');
  calls: HostedCall[] = [];

  offeredTo(): ViewServer | undefined {
    return this.offered;
  }

  call(hosted: HostedCall) {
    this.calls.push(hosted);
    return Promise.resolve(resultAnswer({ content: [], called: hosted.target.originalName }));
  }

  offer(offered: ViewServer | undefined): void {
    this.offered = offered;
    this.version += 1;
  }
}

function serveWith(host: ToolHost): CallHandler {
  const installed = { all: () => [], version: 1 };
  return new CallHandler({
    views: new Views(openAccess(), installed, new Catalogue({} as CatalogueRepository), host),
    installed,
    pool: { get: () => undefined } as unknown as UpstreamPool,
    relay: { openOwn: () => undefined } as unknown as Relay,
    host,
    clock: new ManualClock(),
    logger: silentLogger,
    serverInfo: { name: 'test' },
  });
}

const route: Route = { kind: 'all' };
const scope = {
  callId: 'c',
  caller: {
    principal: principalOf('alice'),
    route,
    client: { era: 'legacy', revision: '2025-11-25', info: undefined, capabilities: {} },
    sessionKey: 's',
  },
  cancellation: new Cancellation(),
} as unknown as CallScope;

async function listed(serve: CallHandler): Promise<unknown> {
  const answer = await serve.answer({ method: 'tools/list', params: undefined, scope });
  return answer.kind === 'result' && (answer.result.value['tools'] as { name: string }[]).map((t) => t.name);
}

it('lists and calls them under a qualified name, and hands the call on as it came', async () => {
  const host = new Host();
  const serve = serveWith(host);
  expect(await listed(serve)).toEqual(['ours_look']);
  const params = raw({ name: 'ours_look', arguments: { a: 1 } });
  const answer = await serve.answer({ method: 'tools/call', params, scope });
  expect(answer).toMatchObject({ kind: 'result' });
  expect(answer.kind === 'result' && answer.result.value).toMatchObject({ called: 'look' });
  expect(host.calls[0]?.call.params?.object('arguments')?.value).toEqual({ a: 1 });
});

it('keeps a view as long as the host offers the same, and makes another when it does not', async () => {
  const host = new Host();
  const serve = serveWith(host);
  const first = serve.viewFor(scope.caller)?.view;
  host.version += 1;
  expect(serve.viewFor(scope.caller)?.view).toBe(first);
  host.offer(offering('look', 'find'));
  expect(await listed(serve)).toEqual(['ours_look', 'ours_find']);
  host.offer(undefined);
  expect(await listed(serve)).toEqual([]);
  const params = raw({ name: 'ours_look', arguments: {} });
  const answer = await serve.answer({ method: 'tools/call', params, scope });
  expect(answer).toMatchObject({ error: { code: -32602 } });
  expect(host.calls).toEqual([]);
});
