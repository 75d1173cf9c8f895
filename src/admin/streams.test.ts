/**
 * admin/streams.test — answers that go on, and readers that leave: no failure of anybody's.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../../test/support/deadline.ts';
import { createFakeAdmin, type FakeAdmin } from '../../test/support/fake-admin.ts';
import type { Logger } from '../base/index.ts';
import { type AdminServer, createAdminServer } from './index.ts';

let folder: string;
let server: AdminServer;
let fake: FakeAdmin;
const errors: unknown[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mcpmux-streams-'));
  fake = createFakeAdmin();
  const noting: Logger = {
    debug: () => {},
    info: () => {},
    warn: (fields) => void errors.push(fields),
    error: (fields) => void errors.push(fields),
    child: () => noting,
  };
  server = await createAdminServer({ ...fake.parts, logger: noting, socketPath: join(folder, 'admin.sock') });
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Reads the first piece of an answer and leaves. */
function readAndLeave(path: string, leavesAt: 'the head' | 'the first piece' | 'once'): Promise<void> {
  return new Promise((resolve, reject) => {
    const asked = request({
      socketPath: join(folder, 'admin.sock'),
      path,
      headers: { host: 'localhost' },
      agent: false,
    });
    asked.once('response', (response) => {
      if (leavesAt === 'the head') {
        asked.destroy();
        resolve();
        return;
      }
      response.once('data', () => {
        asked.destroy();
        resolve();
      });
      response.on('error', () => {});
    });
    asked.on('error', (error) => (asked.destroyed ? resolve() : reject(error)));
    asked.end();
    if (leavesAt === 'once') setImmediate(() => asked.destroy());
  });
}

describe('R59 a stream whose reader leaves', () => {
  it.each([
    ['followed log', '/api/v1/log?follow=1', 'the first piece'],
    ['followed log of one server', '/api/v1/servers/github/log?follow=1', 'the first piece'],
    ['events', '/api/v1/events', 'the first piece'],
    ['events', '/api/v1/events', 'the head'],
    ['events', '/api/v1/events', 'once'],
    ['followed log', '/api/v1/log?follow=1', 'once'],
  ] as const)('R59 leaves no error behind: %s (%s) at %s', async (_, path, leavesAt) => {
    fake.appendLog('s1', { at: 1, level: 'info', source: 'stderr', message: 'a line' });
    await readAndLeave(path, leavesAt);
    await eventually('the end of the stream', () => {
      // Only a write tells a reader that has left from one that has closed its own half.
      fake.appendLog('s1', { at: 2, level: 'info', source: 'stderr', message: 'another' });
      return fake.listeners() === 0 ? true : undefined;
    });
    expect(errors).toEqual([]);
  });
});
