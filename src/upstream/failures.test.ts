/**
 * upstream/failures.test — which failures of a start are worth another attempt.
 */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { McpMuxError, systemClock } from '../base/index.ts';
import { createTransport, type TransportEvents } from '../transports/index.ts';
import { plainChildKeeper } from '../transports/process/index.ts';
import { classifyFailure } from './failures.ts';

let folder: string;
const events: TransportEvents = { message: () => {}, log: () => {}, closed: () => {} } as never;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mcpmux-failures-'));
  writeFileSync(join(folder, 'plain.sh'), '#!/bin/sh\n');
  chmodSync(join(folder, 'plain.sh'), 0o644);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function failureOf(command: string, cwd: string): Promise<McpMuxError> {
  const transport = createTransport({
    server: 'files',
    launch: { kind: 'stdio', command, args: [], cwd, env: {} },
    wire: 'stdio',
    clock: systemClock,
    children: plainChildKeeper(),
    authorization: undefined,
  });
  const failure = await transport.open(events, AbortSignal.timeout(5_000)).then(
    () => undefined,
    (error: unknown) => error,
  );
  await transport.close();
  if (failure instanceof McpMuxError) return failure;
  throw new Error(`it did not fail as it should: ${String(failure)}`);
}

describe('R57 what a person has to change first', () => {
  it.each([
    ['a folder that is not there', process.execPath, 'nowhere', 'is not there', '--cwd FOLDER'],
    ['a file as the folder', process.execPath, 'plain.sh', 'is not a folder', '--cwd FOLDER'],
    ['a file that is not executable', './plain.sh', '.', 'is not executable', 'chmod +x'],
    ['a command that is not there', 'no-such-command-here', '.', 'was not found', 'install it'],
  ])('R57 is not tried again: %s', async (_, command, cwd, says, hint) => {
    const failure = await failureOf(command, join(folder, cwd));
    expect(failure.message).toContain(says);
    expect(failure.hint).toContain(hint);
    expect(classifyFailure(failure)).toEqual({ retry: 'final' });
  });
});
