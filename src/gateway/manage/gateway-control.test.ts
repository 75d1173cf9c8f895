/**
 * gateway/manage/gateway-control.test — looking at servers while others change them.
 */

import { describe, expect, it } from 'vitest';
import { openAccess } from '../../../test/support/first-space.ts';
import { EventBus, isMcpMuxError, ManualClock, silentLogger } from '../../base/index.ts';
import type { Catalogue } from '../../catalogue/index.ts';
import type { DomainEvent, InstalledServer, ServerId, ServerRepository, SpaceId } from '../../model/index.ts';
import type { ServerInstance, UpstreamPool } from '../../upstream/index.ts';
import type { CallHandler } from '../serve/call-handler.ts';
import { GatewayControl } from './gateway-control.ts';
import { InstalledServerList } from './installed-server-list.ts';

const files: InstalledServer = {
  id: 's1' as ServerId,
  spaceId: 'default' as SpaceId,
  name: 'files',
  alias: 'files',
  isEnabled: true,
  launch: { kind: 'stdio', command: 'node', args: [], cwd: undefined, env: {} },
  sessionPolicy: 'auto',
  limits: {},
  revision: 1,
  createdAt: 1,
  updatedAt: 1,
};

/** A control over a pool that only notes which definition each server has. */
function rig() {
  const running = new Map<ServerId, InstalledServer>();
  let settle = (): void => {};
  const settled = new Promise<void>((resolve) => {
    settle = resolve;
  });
  const instanceOf = (id: ServerId) =>
    ({
      get server() {
        return running.get(id);
      },
      state: { status: 'connected' },
      legs: [],
      withheld: [],
      want: () => {},
      unwant: () => Promise.reject(new Error('it does not stop')),
      whenSettled: () => settled,
    }) as unknown as ServerInstance;
  const pool = {
    get: (id: ServerId) => (running.has(id) ? instanceOf(id) : undefined),
    put: (server: InstalledServer) => {
      running.set(server.id, server);
      return instanceOf(server.id);
    },
    all: () => [...running.keys()].map(instanceOf),
    remove: async (id: ServerId) => void running.delete(id),
  } as unknown as UpstreamPool;
  const installed = new InstalledServerList();
  installed.put(files);
  const forgotten: ServerId[] = [];
  const clock = new ManualClock();
  const control = new GatewayControl({
    access: openAccess(),
    servers: { update: async () => {}, delete: async () => {} } as unknown as ServerRepository,
    installed,
    catalogue: { featuresOf: () => [], unlist: async () => {} } as unknown as Catalogue,
    pool,
    serve: { clients: { all: () => [] } } as unknown as CallHandler,
    events: new EventBus<DomainEvent>(clock, () => {}),
    clock,
    logger: silentLogger,
    connectAnew: () => settled,
    forget: async (id) => {
      forgotten.push(id);
      throw new Error('its log cannot be removed');
    },
  });
  control.reconcile();
  return { control, running, forgotten, settle: () => settle() };
}

describe.each(['refreshServer', 'settled'] as const)('%s', (wait) => {
  it('tells of a server as it is when the wait is over, and puts nothing old back', async () => {
    const { control, running, settle } = rig();
    const waiting = control[wait]('files', 1_000);
    await control.changeServer('files', { sessionPolicy: 'shared' });
    settle();
    expect((await waiting).server.sessionPolicy).toBe('shared');
    expect(running.get(files.id)?.sessionPolicy).toBe('shared');
  });

  it('does not bring a server back that was removed meanwhile', async () => {
    const { control, running, settle } = rig();
    const waiting = control[wait]('files', 1_000).catch((error: unknown) => error);
    await control.removeServer('files');
    settle();
    expect(isMcpMuxError(await waiting, 'gateway.no_such_server')).toBe(true);
    expect(running.size).toBe(0);
  });
});

it('removes a server even when its traces cannot be', async () => {
  const { control, forgotten } = rig();
  await control.removeServer('files');
  expect([forgotten, control.listServers()]).toEqual([[files.id], []]);
});

it('switches a server off though it does not stop cleanly', async () => {
  const { control } = rig();
  expect((await control.changeServer('files', { isEnabled: false })).server.isEnabled).toBe(false);
});
