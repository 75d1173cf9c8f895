/**
 * What crosses between the eras, looked at in all four pairings; the page docs/eras.md is what came out.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Rig, startRig } from '../edge-cases/rig.ts';
import { repositoryPath } from '../support/paths.ts';
import type { Era } from '../support/raw-client.ts';
import { crossingScript, PROBES } from './capability-report.ts';
import { OWNED_FIELDS } from './owned-fields.ts';

const ERAS: readonly Era[] = ['legacy', 'modern'];
const PAIRINGS = ERAS.flatMap((client) => ERAS.map((server) => ({ client, server })));
const PAGE = repositoryPath('docs/eras.md');

let rig: Rig;
/** By pairing, in the order of the probes. */
const seen = new Map<string, string[]>();

beforeAll(async () => {
  // One server a pairing, so that what one changes is not seen by the others.
  rig = await startRig(
    Object.fromEntries(
      PAIRINGS.map(({ client, server }) => [
        `${client}-${server}`,
        { wire: 'http' as const, script: crossingScript(server) },
      ]),
    ),
  );
});
afterAll(() => rig.close());

describe.each(PAIRINGS)('$client client, $server server', (pairing) => {
  const key = `${pairing.client}-${pairing.server}`;

  it.each(PROBES)('$title', async (probe) => {
    const found = seen.get(key) ?? [];
    seen.set(key, found);
    found[PROBES.indexOf(probe)] = await probe.see({ rig, pairing, alias: key });
    expect(found[PROBES.indexOf(probe)]).not.toBe('');
  });
});

it('stands on docs/eras.md', async () => {
  await expect(renderPage()).toMatchFileSnapshot(PAGE);
});

function renderPage(): string {
  const cells = PROBES.map((probe, at) => [
    probe.title,
    ...PAIRINGS.map(({ client, server }) => seen.get(`${client}-${server}`)?.[at] ?? 'failed'),
  ]);
  const row = (texts: readonly string[]) => `| ${texts.join(' | ')} |`;
  const owned = OWNED_FIELDS.map((field) =>
    row([
      `\`${field.path.join('.')}\``,
      field.methods === undefined ? 'all' : field.methods.map((method) => `\`${method}\``).join(', '),
      field.client === undefined ? 'all' : `${field.client} client, ${field.server ?? 'any'} server`,
      field.why,
    ]),
  );
  return `# What crosses between the eras

<!-- Written by a test run: npm run docs:eras -->

A *modern* client or server speaks 2026-07-28; a *legacy* one speaks 2024-11-05, 2025-03-26, 2025-06-18 or 2025-11-25. The
gateway speaks all of them on both sides and prefers the client's own era where a server has several. Each cell was seen
in a test that plays the client, the server and what is between them.

${row(['', ...PAIRINGS.map(({ client, server }) => `${client} client, ${server} server`)])}
${row(['---', ...PAIRINGS.map(() => '---')])}
${cells.map(row).join('\n')}

Not carried over: tasks between the eras (they are two different things with one name; within one era they are routed to
their server), progress and log messages between two rounds of input, and \`notifications/roots/list_changed\` to modern
servers, which have no such notification.

A server of both eras may offer something else in each. A client sees what the server offers in the era that serves it:
lists, abilities and subscriptions. Some legacy servers list only what their client declared it can use (sampling, roots,
elicitation). They hear from the gateway that everything can be bridged, so they list all, and a client that cannot answer
an ask is answered for. With \`mcpmux tune NAME --declare client\` such a server hears what each client declares, on a
connection of its own, and each client sees its own lists.

## What is the gateway's own

Everything in a result is as the server sent it, but for these fields.

| field | of | where | why |
| --- | --- | --- | --- |
${owned.join('\n')}
`;
}
