/**
 * test/suites/store-child — a process that works with a store until it is killed.
 *
 *     node --import tsx store-child.ts '{"act":"write","folder":"…"}'
 *
 * With `killAt` it kills itself (SIGKILL) in front of the n-th step: a statement to the database or a change to the
 * file system. It prints `step N` for the steps taken when it came to its end, and one line for each acknowledged write.
 */
import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import type { DatabaseConnection } from 'kysely';
import { Secret, silentLogger, systemClock } from '../../src/base/index.ts';
import type { ServerId } from '../../src/model/index.ts';
import { SqliteDriver } from '../../src/store/drivers/sqlite-driver.ts';
import { openStore, restoreStore, type Store } from '../../src/store/index.ts';
import { migrations } from '../../src/store/migrations/list.ts';
import { tokens } from './store-samples.ts';

export interface ChildOrder {
  readonly act: 'write' | 'create' | 'upgrade' | 'rotate-data-key' | 'rotate-root-key' | 'restore';
  readonly folder: string;
  readonly killAt?: number;
  readonly serverId?: string;
  readonly fromFile?: string;
}

export const childPassphrase = 'a passphrase for the child';
export const nextMigrations = [
  ...migrations,
  {
    version: 1_000,
    name: 'next',
    statements: [
      'create table added (id text primary key)',
      "insert into added values ('one')",
      'alter table settings add column note text',
      "update settings set note = 'upgraded'",
    ],
  },
];

let steps = 0;
let killAt: number | undefined;

/** From here on each step counts. */
function arm(at: number | undefined): void {
  killAt = at;
  // SQLite's own classes cannot be changed; what our driver hands out can.
  const acquire = Reflect.get(SqliteDriver.prototype, 'acquireConnection') as (
    this: SqliteDriver,
  ) => Promise<DatabaseConnection>;
  const counted = new WeakSet<DatabaseConnection>();
  SqliteDriver.prototype.acquireConnection = async function () {
    const connection = await acquire.call(this);
    if (!counted.has(connection)) {
      counted.add(connection);
      const execute = connection.executeQuery.bind(connection);
      connection.executeQuery = (query) => {
        step();
        return execute(query);
      };
    }
    return connection;
  };
  const changes = fs as unknown as Record<string, (...all: unknown[]) => unknown>;
  for (const name of ['rename', 'link', 'rm', 'mkdir', 'open']) {
    const original = changes[name];
    if (original === undefined) continue;
    changes[name] = (...all) => {
      step();
      return original(...all);
    };
  }
  syncBuiltinESMExports();
}

function step(): void {
  steps += 1;
  if (steps === killAt) process.kill(process.pid, 'SIGKILL');
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function main(order: ChildOrder): Promise<void> {
  const location = { kind: 'sqlite', file: join(order.folder, 'mcpmux.db') } as const;
  const keys = { source: 'file', dataFolder: order.folder } as const;
  const base = { location, keys, clock: systemClock, logger: silentLogger };
  let store: Store | undefined;
  if (order.act === 'create' || order.act === 'upgrade' || order.act === 'restore') arm(order.killAt);
  switch (order.act) {
    case 'write':
      store = await openStore(base);
      for (let generation = 1; ; generation += 1) {
        const saved = tokens(order.serverId as ServerId, {
          generation,
          accessToken: new Secret(`access ${generation}`),
        });
        await store.repositories.credentials.saveTokens(saved, generation - 1);
        await store.repositories.settings.set(`w${generation}`, 'x'.repeat(generation % 700));
        say(String(generation));
      }
    case 'create':
      store = await openStore(base);
      break;
    case 'upgrade':
      store = await openStore({ ...base, migrations: nextMigrations });
      break;
    case 'rotate-data-key':
      store = await openStore(base);
      arm(order.killAt);
      await store.rotateDataKey();
      break;
    case 'rotate-root-key':
      store = await openStore(base);
      arm(order.killAt);
      await store.rotateRootKey();
      break;
    case 'restore':
      await restoreStore({
        ...base,
        fromFile: order.fromFile ?? '',
        passphrase: new Secret(childPassphrase),
        into: location,
        overwrite: true,
      });
      break;
  }
  await store?.close();
  say(`step ${steps}`);
}

// Imported for its constants it does nothing.
if (process.argv[1]?.endsWith('store-child.ts') && process.argv[2] !== undefined)
  await main(JSON.parse(process.argv[2]) as ChildOrder);
