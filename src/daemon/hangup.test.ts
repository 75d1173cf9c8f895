import { expect, it } from 'vitest';
import { type HangupFacts, ignoresHangup } from './hangup.ts';

const cases: readonly (readonly [string, Partial<HangupFacts>, boolean])[] = [
  ['a terminal is closed', { hasTerminal: true }, false],
  ['nothing is known', {}, false],
  ['nohup in a terminal', { env: { _: '/usr/bin/nohup' }, hasTerminal: true }, true],
  ['nohup with everything redirected', { env: { _: '/usr/bin/nohup' } }, true],
  ['a systemd unit', { env: { INVOCATION_ID: 'c0ffee' } }, true],
  ['supervisord', { env: { SUPERVISOR_PROCESS_NAME: 'mcpmux' } }, true],
  [
    'a terminal that a systemd unit has opened',
    { env: { INVOCATION_ID: 'c0ffee' }, hasTerminal: true },
    false,
  ],
  ['a launchd job', { platform: 'darwin', env: { XPC_SERVICE_NAME: 'dev.mcpmux.daemon' } }, true],
  ['a terminal of macOS', { platform: 'darwin', env: { XPC_SERVICE_NAME: '0' }, hasTerminal: true }, false],
  ['a console of Windows', { platform: 'win32', env: { INVOCATION_ID: 'x' } }, false],
];

it.each(cases)('R1 %s', (_, facts, verdict) => {
  expect(ignoresHangup({ platform: 'linux', env: {}, hasTerminal: false, ...facts })).toBe(verdict);
});
