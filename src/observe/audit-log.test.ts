/**
 * observe/audit-log.test — the chain, what breaks it, and what happens while the store cannot be written; over SQLite.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withDeadline } from '../../test/support/deadline.ts';
import { ManualClock, silentLogger } from '../base/index.ts';
import type { AuditRecord, AuditRepository, AuditRow } from '../model/index.ts';
import { AuditLog } from './audit-log.ts';
import { RefusalAudit } from './refusal-audit.ts';

/** A store that can be told to fail, and that somebody can tamper with. */
function memoryRepository() {
  const rows: AuditRow[] = [];
  let anchor = { seq: 0, hash: '' };
  const state = { isBroken: false, appends: 0 };
  const repository: AuditRepository = {
    anchor: async () => anchor,
    last: async () => rows.at(-1) ?? anchor,
    async append(added) {
      if (state.isBroken) throw new Error('disk full');
      state.appends += 1;
      rows.push(...added);
    },
    list: async ({ limit }) => rows.slice(-limit).reverse(),
    read: async (after, limit) => rows.filter(({ seq }) => seq > after).slice(0, limit),
    async trim(before) {
      const old = rows.filter(({ at }) => at < before);
      const last = old.at(-1);
      if (last !== undefined) anchor = { seq: last.seq, hash: last.hash };
      rows.splice(0, old.length);
      return old.length;
    },
  };
  return { repository, rows, state };
}

const record = (what: string): AuditRecord => ({
  who: { kind: 'person', name: 'command line' },
  what,
  decision: 'done',
});

let clock: ManualClock;
let store: ReturnType<typeof memoryRepository>;
let log: AuditLog;
const openLog = () =>
  new AuditLog({ repository: store.repository, clock, logger: silentLogger, keptForMs: 90 * 24 * 3_600_000 });

beforeEach(() => {
  clock = new ManualClock();
  store = memoryRepository();
  log = openLog();
});
afterEach(() => log.close());

describe('the audit', () => {
  it('has an entry in the store before record() answers, and goes on in the next life', async () => {
    await log.record(record('admin.addServer'));
    expect(store.rows).toHaveLength(1);
    await log.close();
    log = openLog();
    await log.record(record('admin.removeServer'));
    expect(store.rows.map(({ seq, what }) => [seq, what])).toEqual([
      [1, 'admin.addServer'],
      [2, 'admin.removeServer'],
    ]);
    expect(await log.verify()).toMatchObject({ entries: 2, firstSeq: 1, lastSeq: 2, broken: undefined });
  });

  it('writes what comes at once together, and what can wait within 100 ms', async () => {
    await Promise.all(Array.from({ length: 300 }, (_, at) => log.record(record(`w.${at}`))));
    expect(store.state.appends).toBeLessThan(5);
    log.later(record('tools.call'));
    log.later(record('tools.call'));
    expect(store.rows).toHaveLength(300);
    clock.advance(100);
    expect((await log.list({ limit: 2 })).map(({ seq }) => seq)).toEqual([302, 301]);
    expect((await log.verify()).broken).toBeUndefined();
  });

  it.each<[string, (rows: AuditRow[]) => void, { seq: number; why: string }]>([
    [
      'a changed line',
      (rows) => rows.splice(2, 1, { ...rows[2]!, line: rows[2]!.line.replace('w.2', 'w.X') }),
      { seq: 3, why: 'it was changed' },
    ],
    ['a removed entry', (rows) => rows.splice(2, 1), { seq: 3, why: 'it is gone' }],
    ['two removed entries', (rows) => rows.splice(2, 2), { seq: 3, why: 'it and 1 more are gone' }],
    ['a cut tail', (rows) => rows.splice(3), { seq: 4, why: 'the last 2 entries are gone' }],
    ['a cut head', (rows) => rows.splice(0, 1), { seq: 1, why: 'it is gone' }],
    [
      'a changed column',
      (rows) => rows.splice(1, 1, { ...rows[1]!, what: 'x' }),
      { seq: 2, why: 'its columns were changed' },
    ],
    [
      "two entries in each other's place",
      (rows) => rows.splice(1, 2, { ...rows[2]!, seq: 2 }, { ...rows[1]!, seq: 3 }),
      { seq: 2, why: 'it was changed' },
    ],
  ])('notices %s', async (_, tamper, broken) => {
    for (let at = 0; at < 5; at += 1) await log.record(record(`w.${at}`));
    tamper(store.rows);
    expect((await log.verify()).broken).toEqual(broken);
  });

  it('removes what is too old and stays whole from there on', async () => {
    for (let at = 0; at < 3; at += 1) await log.record(record(`old.${at}`));
    clock.advance(91 * 24 * 3_600_000);
    await log.record(record('new.1'));
    await log.record(record('new.2'));
    expect(store.rows.map(({ what }) => what)).toEqual(['new.1', 'new.2']);
    expect(await log.verify()).toMatchObject({ entries: 2, firstSeq: 4, lastSeq: 5, broken: undefined });
  });

  it('stops nobody while the store cannot be written, and writes it all, in order, when it can', async () => {
    await log.record(record('before'));
    store.state.isBroken = true;
    await withDeadline(log.record(record('during.1')), 2_000, 'somebody waits for a store that is broken');
    log.later(record('during.2'));
    expect(store.rows).toHaveLength(1);
    store.state.isBroken = false;
    clock.advance(2_000);
    await log.record(record('after'));
    expect(store.rows.map(({ what }) => what)).toEqual(['before', 'during.1', 'during.2', 'after']);
    expect((await log.verify()).broken).toBeUndefined();
  });
});

describe('refusals', () => {
  it('are one entry and a number for each kind and address, and what is no danger is none', () => {
    const told: AuditRecord[] = [];
    const refusals = new RefusalAudit((one) => told.push(one), clock);
    for (let at = 0; at < 1_000; at += 1) refusals.refused('http.token_unknown', 'mcp', '203.0.113.7');
    refusals.refused('http.token_unknown', 'mcp', '203.0.113.8');
    refusals.refused('http.not_found', undefined, '203.0.113.7');
    expect(told.map(({ what, who }) => [what, who.address])).toEqual([
      ['door.token_unknown', '203.0.113.7'],
      ['door.token_unknown', '203.0.113.8'],
    ]);
    clock.advance(60_000);
    expect(told).toHaveLength(3);
    expect(told[2]?.facts).toEqual({ moreOfThem: 999 });
    refusals.close();
  });
});
