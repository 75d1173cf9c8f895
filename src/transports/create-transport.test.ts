import { expect, it } from 'vitest';
import { systemClock } from '../base/index.ts';
import { createTransport } from './create-transport.ts';
import { plainChildKeeper } from './process/index.ts';

const command = { kind: 'stdio', command: 'x', args: [], cwd: undefined, env: {} } as const;
const url = { kind: 'http', url: 'http://host/mcp', headers: {}, flavour: 'auto' } as const;
const common = { server: 's', clock: systemClock, children: plainChildKeeper() };

it.each([
  [command, 'stdio'],
  [url, 'http'],
  [url, 'sse'],
] as const)('makes the wire that fits %o: %s', (launch, wire) => {
  expect(createTransport({ ...common, launch, wire }).wire).toBe(wire);
});

it.each([
  [command, 'http'],
  [url, 'stdio'],
] as const)('refuses what does not fit: %o over %s', (launch, wire) => {
  expect(() => createTransport({ ...common, launch, wire })).toThrow(
    expect.objectContaining({ code: 'transports.not_mcp' }),
  );
});
