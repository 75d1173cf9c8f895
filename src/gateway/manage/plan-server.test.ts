/**
 * gateway/manage/plan-server.test — what a person may type, and what they are told otherwise.
 */

import { describe, expect, it } from 'vitest';
import { firstSpaceId } from '../../../test/support/first-space.ts';
import { McpMuxError, Secret } from '../../base/index.ts';
import type { InstalledServer, ServerId } from '../../model/index.ts';
import type { AddServerInput } from './control.ts';
import { checkLimits, planServer } from './plan-server.ts';

const given = { id: 'id' as ServerId, spaceId: firstSpaceId, now: 5 };
const stdio = { kind: 'stdio', command: 'node', args: ['x.js'] } as const;

function plan(input: Partial<AddServerInput>, existing: readonly InstalledServer[] = []): InstalledServer {
  return planServer({ name: 'Files', launch: stdio, ...input }, existing, given);
}

function refusalOf(act: () => unknown): { code: string; message: string } {
  try {
    act();
  } catch (error) {
    if (error instanceof McpMuxError) return { code: error.code, message: error.message };
    throw error;
  }
  throw new Error('it was not refused');
}

describe('planServer', () => {
  it('makes an enabled server with an alias from its name', () => {
    expect(plan({ name: ' My Files 2 ' })).toMatchObject({
      name: 'My Files 2',
      alias: 'my-files-2',
      isEnabled: true,
      sessionPolicy: 'auto',
      revision: 1,
      createdAt: 5,
    });
  });

  it('numbers an alias that is taken', () => {
    const first = plan({ name: 'a b' });
    expect(plan({ name: 'a.b' }, [first]).alias).toBe('a-b-2');
  });

  it('numbers an alias that is reserved', () => {
    expect(plan({ name: 'mcpmux' }).alias).toBe('mcpmux-2');
  });

  it.each([
    ['an empty name', { name: '  ' }, 'gateway.bad_name'],
    ['a name with a line break', { name: 'a\nb' }, 'gateway.bad_name'],
    ['a name of 65 characters', { name: 'a'.repeat(65) }, 'gateway.bad_name'],
    ['an alias with an underscore', { alias: 'a_b' }, 'gateway.bad_alias'],
    ['a reserved alias', { alias: 'mcpmux' }, 'gateway.bad_alias'],
    ['an empty command', { launch: { kind: 'stdio', command: ' ', args: [] } }, 'gateway.bad_launch'],
    [
      'NUL in an argument',
      { launch: { kind: 'stdio', command: 'a', args: ['\u0000'] } },
      'gateway.bad_launch',
    ],
    ['an odd variable', { launch: { ...stdio, env: { 'A-B': new Secret('x') } } }, 'gateway.bad_launch'],
    ['no URL', { launch: { kind: 'http', url: 'example' } }, 'transports.bad_url'],
    ['a file URL', { launch: { kind: 'http', url: 'file:///etc' } }, 'transports.bad_url'],
    ['a password in the URL', { launch: { kind: 'http', url: 'https://a:b@c/' } }, 'transports.bad_url'],
    [
      'a header with a line break',
      { launch: { kind: 'http', url: 'https://c/', headers: { 'X-A': new Secret('a\r\nb') } } },
      'transports.bad_header',
    ],
    [
      'a header with a space in its name',
      { launch: { kind: 'http', url: 'https://c/', headers: { 'X A': new Secret('a') } } },
      'transports.bad_header',
    ],
    [
      'a header that is ours',
      { launch: { kind: 'http', url: 'https://c/', headers: { 'Mcp-Session-Id': new Secret('a') } } },
      'transports.bad_header',
    ],
    ['a timeout out of range', { limits: { callTimeoutMs: 5 } }, 'gateway.bad_limit'],
  ] as [string, Partial<AddServerInput>, string][])('refuses %s', (_, input, code) => {
    const refusal = refusalOf(() => plan(input));
    expect(refusal.code).toBe(code);
    expect(refusal.message).not.toMatch(/[\r\n]/);
  });

  it('refuses a name that is taken, without regard to case', () => {
    expect(refusalOf(() => plan({ name: 'FILES' }, [plan({})]))).toEqual({
      code: 'gateway.name_taken',
      message: 'there is a server named "Files" already',
    });
  });

  it('says whose an alias is that was asked for', () => {
    expect(refusalOf(() => plan({ name: 'other', alias: 'files' }, [plan({})])).message).toContain(
      'belongs to the server "Files"',
    );
  });

  it("drops a URL's fragment", () => {
    const { launch } = plan({ launch: { kind: 'http', url: 'https://c/mcp#x' } });
    expect(launch).toMatchObject({ url: 'https://c/mcp', flavour: 'auto' });
  });
});

it('takes limits at the ends of their ranges', () => {
  expect(() => checkLimits({ concurrency: 1, callTimeoutMs: 3_600_000 })).not.toThrow();
});
