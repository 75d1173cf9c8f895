/** Each system's own words, recorded, read as that system's implementation reads them. */
import { describe, expect, it } from 'vitest';
import { findVariable, parseBootTime, parsePs } from './unix.ts';
import { parseBoot, parseCim, parseRegistryPath, windowsProgram } from './windows.ts';

/** macOS 15, `TZ=UTC LC_ALL=C ps -A -o pid=,ppid=,pgid=,stat=,rss=,time=,etime=,lstart=,ucomm=`. */
const psOfMacos = `    1     0     1 Ss    21264   1:41.95 12-03:04:05 Wed Nov 18 20:57:01 2026     launchd
  612     1   612 S     98304   0:03.10    02:10:00 Mon Nov 30 22:00:00 2026     node
  640   612   640 Ss    51200   0:00.42       10:11 Tue Dec  1 00:10:00 2026     npm exec @modelc
  641   640   640 Z         0   0:00.00       10:10 Tue Dec  1 00:10:01 2026     (sh)
`;

/** Windows 11, the query of this room. System Idle Process has neither size nor start. */
const cim = [
  '0,0,8192,123456789,0,,System Idle Process',
  '4,0,151552,98765432,0,2026-12-01T06:00:01.000Z,System',
  '5120,4032,104857600,12500000,37500000,2026-12-01T09:59:30.123Z,node.exe',
  '6200,5120,5242880,156250,0,2026-12-01T09:59:31.000Z,cmd.exe',
  '6300,6200,62914560,1562500,4687500,2026-12-01T09:59:31.500Z,node, the second.exe',
  // Its parent has ended, and the number was given to a younger process.
  '7000,6300,1048576,0,0,2026-12-01T08:00:00.000Z,orphan.exe',
  '',
].join('\r\n');

describe('the process table of macOS', () => {
  it('R115 has starts in UTC, whatever the time zone of who reads it', () => {
    const found = parsePs(psOfMacos);
    expect(found.map(({ pid, startedAt }) => [pid, startedAt])).toEqual([
      [1, '2026-11-18T20:57:01.000Z'],
      [612, '2026-11-30T22:00:00.000Z'],
      [640, '2026-12-01T00:10:00.000Z'],
      [641, '2026-12-01T00:10:01.000Z'],
    ]);
    expect(found[2]).toMatchObject({
      parentId: 612,
      groupId: 640,
      residentBytes: 51_200 * 1_024,
      cpuMs: 420,
    });
  });

  it.each([
    ['{ sec = 1764590000, usec = 123456 } Mon Dec  1 12:33:20 2026', 'boot-1764590000'],
    ['{ sec = 1764590000, usec = 999999 } Mon Dec  1 12:33:20 2026', 'boot-1764590000'],
    ['sysctl: unknown oid', undefined],
  ])('R115 knows the boot from %j', (text, boot) => {
    expect(parseBootTime(text)).toBe(boot);
  });

  it.each([
    ['npm exec x MCPMUX_CHILD=abc123 HOME=/Users/me', 'abc123'],
    ['node server.js --NOT_MCPMUX_CHILD=zzz', undefined],
    ['/usr/bin/python3 server.py', undefined],
  ])('R115 finds a variable in %j or says that there is none', (line, value) => {
    expect(findVariable(line, 'MCPMUX_CHILD')).toBe(value);
  });
});

describe('the process table of Windows', () => {
  const now = Date.parse('2026-12-01T10:00:00.000Z');

  it('R116 has memory, processor time and age, so that budgets mean something', () => {
    const node = parseCim(cim, now).find(({ pid }) => pid === 5120);
    expect(node).toEqual({
      pid: 5120,
      parentId: 4032,
      groupId: 0,
      state: 'R',
      startedAt: '2026-12-01T09:59:30.123Z',
      residentBytes: 104_857_600,
      cpuMs: 5_000,
      uptimeMs: 29_877,
      name: 'node.exe',
    });
  });

  it('R110 gives a child to the parent that started it, never to who got its number later', () => {
    const parentOf = new Map(parseCim(cim, now).map(({ pid, parentId }) => [pid, parentId]));
    expect(parentOf.get(6300)).toBe(6200);
    expect(parentOf.get(7000)).toBe(0);
  });

  it.each(['', 'Get-CimInstance : Access denied', '1,2,3', 'a,b,c,d,e,f,g'])(
    'takes %j for nothing',
    (text) => {
      expect(parseCim(text, now)).toEqual([]);
      expect(parseBoot(text)).toBeUndefined();
    },
  );

  it('knows when the machine started', () => {
    expect(parseBoot('2026-12-01T06:00:00Z\r\n')).toBe('2026-12-01T06:00:00Z');
  });
});

describe('programs of Windows itself', () => {
  it.each([
    [{ SystemRoot: 'D:\\Windows' }, 'D:\\Windows\\System32\\taskkill.exe'],
    [{ SYSTEMROOT: 'C:\\WINNT' }, 'C:\\WINNT\\System32\\taskkill.exe'],
    [{}, 'C:\\Windows\\System32\\taskkill.exe'],
    [{ SystemRoot: '.\\evil' }, 'C:\\Windows\\System32\\taskkill.exe'],
  ])('R110 are named by their full path: %j', (env, path) => {
    expect(windowsProgram('taskkill', env)).toBe(path);
  });
});

it.each<[string, string, string]>([
  [
    'the system’s, with variables',
    '\r\nHKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\Session Manager\\Environment\r\n    Path    REG_EXPAND_SZ    %SystemRoot%\\system32;C:\\Program Files\\nodejs\\\r\n\r\n',
    'C:\\Windows\\system32;C:\\Program Files\\nodejs\\',
  ],
  [
    'the person’s, in other case',
    '\r\nHKEY_CURRENT_USER\\Environment\r\n    PATH    REG_SZ    C:\\Users\\me\\.local\\bin\r\n',
    'C:\\Users\\me\\.local\\bin',
  ],
  [
    'a variable that is not there',
    '    Path    REG_EXPAND_SZ    %NOWHERE%\\bin;C:\\x',
    '%NOWHERE%\\bin;C:\\x',
  ],
  ['none', 'ERROR: The system was unable to find the specified registry key or value.', ''],
])('R113 reads the PATH of Windows from the registry: %s', (_, text, path) => {
  expect(parseRegistryPath(text, { SYSTEMROOT: 'C:\\Windows' })).toBe(path);
});
