/**
 * fuzz/run — bent input on every side of a running daemon, for a bounded time.
 *
 *   npm run fuzz                             a minute, a new seed
 *   npm run fuzz -- --seconds 600            at most an hour
 *   npm run fuzz -- --seed 7 --only clients  draws the same inputs again, on one side
 *   npm run fuzz -- --program PATH           another build's bin/mcpmux.mjs
 *
 * The daemon must not end, answer no 5xx but 503, log no mistake of its own, and keep its event loop free (p99 ≤ 50 ms).
 * An input that breaks this is printed; it becomes a test beside the code that it broke.
 */
import { randomInt } from 'node:crypto';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { memoryOf } from '../fault/processes.ts';
import { withDeadline } from '../support/deadline.ts';
import { freePort, startGateway } from '../support/gateway.ts';
import { readLoopDelayP99 } from '../support/loop-delay.ts';
import { repositoryPath } from '../support/paths.ts';
import { openClients } from './clients.ts';
import { openOAuth } from './oauth.ts';
import { Random } from './random.ts';
import { openServers } from './servers.ts';
import type { Finding, Surface, SurfaceContext } from './surface.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string' },
    only: { type: 'string', multiple: true },
    program: { type: 'string' },
  },
});
const seconds = Math.min(3_600, Math.max(1, Number(values.seconds)));
const seed = values.seed === undefined ? randomInt(2 ** 31) : Number(values.seed);
const opened = { clients: openClients, servers: openServers, oauth: openOAuth } as const;
const names = (Object.keys(opened) as (keyof typeof opened)[]).filter(
  (name) => values.only === undefined || values.only.includes(name),
);
const loopDelayAtMostMs = 50;
const findingsAtMost = 20;
/** Our own words for a mistake of ours. */
const mistakes = [
  'an error that nobody caught',
  'a listener failed',
  'this should not have happened',
  'a request failed',
];

const random = new Random(seed);
const callbackPort = await freePort();
const gateway = await startGateway({
  servers: [
    {
      name: 'plain',
      launch: {
        kind: 'stdio',
        command: process.execPath,
        args: [repositoryPath('test/fixtures/servers/stdio-server.mjs'), 'modern'],
      },
    },
  ],
  ...(values.program !== undefined && { program: values.program }),
  env: { MCPMUX_CALLBACK_PORT: String(callbackPort), MCPMUX_OAUTH_ALLOW_PRIVATE: 'true' },
});
console.log(`seed ${seed}, ${seconds} s, ${names.join(', ')}`);

const context: SurfaceContext = { gateway, callbackPort, random: random.fork() };
const surfaces: Surface[] = [];
const findings: (Finding & { readonly surface: string })[] = [];
const counts = new Map<string, number>();
let hasEnded = false;
void gateway.exited.then(() => {
  hasEnded = true;
});

async function work(surface: Surface, drawn: Random, endsAt: number): Promise<void> {
  while (performance.now() < endsAt && !hasEnded && findings.length < findingsAtMost) {
    const step = withDeadline(surface.step(drawn), 60_000, `${surface.name} hangs`).catch(
      (error: unknown): Finding => ({ says: String(error), input: '' }),
    );
    const finding = await step;
    counts.set(surface.name, (counts.get(surface.name) ?? 0) + 1);
    if (finding !== undefined) findings.push({ ...finding, surface: surface.name });
  }
}

try {
  for (const name of names) surfaces.push(await opened[name](context));
  await readLoopDelayP99(gateway.socketPath);
  const endsAt = performance.now() + seconds * 1_000;
  await Promise.all(
    surfaces.flatMap((surface) =>
      Array.from({ length: surface.width }, () => work(surface, random.fork(), endsAt)),
    ),
  );
  if (hasEnded) {
    const { code, signal } = await gateway.exited;
    findings.push({
      surface: 'daemon',
      says: `it ended with ${code ?? signal}`,
      input: gateway.log().slice(-4_000),
    });
  } else {
    const delayMs = ((await readLoopDelayP99(gateway.socketPath)) ?? 0) * 1_000;
    const resident = Math.round(memoryOf(gateway.pid).residentBytes / 1024 / 1024);
    console.log(`loop delay p99 ${delayMs.toFixed(1)} ms, resident ${resident} MiB`);
    if (delayMs > loopDelayAtMostMs)
      findings.push({ surface: 'daemon', says: `loop delay p99 ${delayMs.toFixed(1)} ms`, input: '' });
    const listed = await fetch(`${gateway.url}/livez`);
    if (listed.status !== 200)
      findings.push({ surface: 'daemon', says: `livez ${listed.status}`, input: '' });
    const log = gateway.log();
    for (const mistake of mistakes) {
      const at = log.indexOf(mistake);
      if (at !== -1)
        findings.push({ surface: 'log', says: mistake, input: log.slice(Math.max(0, at - 300), at + 900) });
    }
  }
} catch (error) {
  // It ends while we ask it how it is.
  findings.push({
    surface: 'daemon',
    says: `it answers no more: ${String(error)}`,
    input: gateway.log().slice(-4_000),
  });
} finally {
  for (const surface of surfaces) await surface.close();
  await gateway.stop().catch((error: unknown) => {
    if (!hasEnded)
      findings.push({ surface: 'daemon', says: 'it did not stop cleanly', input: String(error) });
  });
}

for (const { name, outcomes } of surfaces)
  console.log(`${name}: ${counts.get(name) ?? 0} inputs: ${outcomes.toString()}`);
for (const { surface, says, input } of findings) {
  const text = Buffer.isBuffer(input) ? input.toString('latin1') : input;
  console.log(`\n${surface}: ${says}\n${JSON.stringify(text.slice(0, 4_000))}`);
}
console.log(
  findings.length === 0
    ? '\nnothing found'
    : `\n${findings.length} found; again with: npm run fuzz -- --seed ${seed}`,
);
process.exitCode = findings.length === 0 ? 0 : 1;
