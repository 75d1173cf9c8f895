/**
 * observe/explain/explain-call — why one call ended as it did.
 *
 * Pure. In: the call, what is known of its tool now, how its tool usually does. Out: an explanation.
 */
import type { CallEntry, Explanation } from '../../model/index.ts';
import { fixOf, spanText } from './explain-server.ts';

export interface CallFacts {
  readonly call: CallEntry;
  /** Why its server is as it is now, when that is not well. */
  readonly server: Explanation | undefined;
  /** Tools that are there, whoever sees them; undefined: not a tool. */
  readonly known: { readonly isThere: boolean; readonly nearest: readonly string[] } | undefined;
  /** Of the same tool before, when it went well: microseconds, in no order. */
  readonly usualUs: readonly number[];
}

export function explainCall({ call, server, known, usualUs }: CallFacts): Explanation {
  const { target, party, outcome, code, said } = call;
  const name = target.shownName ?? target.method;
  const who = party.app ?? party.principalName;
  const alias = target.server;
  const done = (cause: string, says: string, nextStep?: string): Explanation => ({
    about: { kind: 'call', id: String(call.id), name },
    cause,
    says,
    facts: factsOf(call, usualUs),
    next: nextStep === undefined ? undefined : fixOf(nextStep, target.serverId),
  });
  /** The server is not well: that is why. */
  const becauseOfServer = (): Explanation | undefined =>
    server === undefined || server.cause === 'fine' || server.cause === 'asleep'
      ? undefined
      : {
          ...done(server.cause, server.says),
          facts: [...factsOf(call, usualUs), ...server.facts],
          next: server.next,
        };

  switch (outcome) {
    case 'ok':
      return isSlow(call, usualUs)
        ? done(
            'slow',
            `The call went well and took ${spanOf(call.totalUs)}, mostly ${slowestPart(call)}; usually it is ${spanOf(median(usualUs))}.`,
          )
        : done('fine', `The call went well in ${spanOf(call.totalUs)}.`);
    case 'asked':
      return done(
        'asked',
        `${alias ?? 'The server'} asked for input before it answers; ${who} comes back with it, or not.`,
      );
    case 'cancelled':
      return done(
        'cancelled',
        `${who} gave the call up after ${spanOf(call.totalUs)}, while ${alias ?? 'the server'} was still at work.`,
        usualUs.length === 0 ? undefined : `it usually takes ${spanOf(median(usualUs))}`,
      );
    case 'timeout':
      return (
        becauseOfServer() ??
        done(
          'slow-server',
          `${alias ?? 'The server'} did not answer within ${spanOf(call.totalUs)}${call.progress === 0 ? ' and said nothing meanwhile' : `, and told its progress ${call.progress} times`}.`,
          `to let it take longer: mcpmux tune ${alias} --call-timeout SECONDS`,
        )
      );
    case 'tool-error':
      return isAboutArguments(said)
        ? done(
            'arguments',
            `${who} called ${name} with arguments that the tool does not take: ${cut(said)}.`,
            `mcpmux tools ${name}`,
          )
        : done('tool-said', `The tool itself reports the failure: ${cut(said)}.`);
    case 'refused':
      if (code?.startsWith('gateway.unknown_') === true) return refusedName(call, name, who, known, done);
      return (
        becauseOfServer() ??
        done('refused', `The call was refused before it reached a server: ${cut(said ?? code)}.`)
      );
    case 'error':
      return (
        becauseOfServer() ??
        done(
          code ?? 'unknown',
          `${alias ?? 'McpMux'} failed on the call: ${cut(said ?? code)}.`,
          code === undefined ? undefined : `mcpmux explain ${code}`,
        )
      );
  }
}

function refusedName(
  { party }: CallEntry,
  name: string,
  who: string,
  known: CallFacts['known'],
  done: (cause: string, says: string, nextStep?: string) => Explanation,
): Explanation {
  if (known?.isThere === true)
    return done(
      'not-granted',
      `${name} is there, and ${who} does not get it${party.rule === undefined ? '' : `: ${party.rule}`}.`,
      `mcpmux tools ${name}`,
    );
  const nearest = known?.nearest ?? [];
  return done(
    'no-such-tool',
    `There is no ${name}${nearest.length === 0 ? '' : `; ${who} may have meant ${nearest.join(' or ')}`}.`,
    'mcpmux tools',
  );
}

function factsOf(call: CallEntry, usualUs: readonly number[]): Explanation['facts'] {
  const { party, target } = call;
  const own = Math.max(0, call.totalUs - call.queueUs - call.serverUs);
  const facts = [
    {
      name: 'client',
      says: `${party.app ?? party.principalName}${party.folder === undefined ? '' : ` in ${party.folder}`}, MCP ${party.revision}`,
    },
    {
      name: 'time',
      says: `${spanOf(call.totalUs)}: waited ${spanOf(call.queueUs)}, server ${spanOf(call.serverUs)}, McpMux ${spanOf(own)}`,
    },
  ];
  if (usualUs.length >= 5) facts.push({ name: 'usually', says: spanOf(median(usualUs)) });
  if (party.rule !== undefined) facts.push({ name: 'rule', says: party.rule });
  if (target.revision !== undefined)
    facts.push({ name: 'server', says: `${target.server}, MCP ${target.revision}` });
  if (call.said !== undefined) facts.push({ name: 'it said', says: call.said });
  return facts;
}

function isAboutArguments(said: string | undefined): boolean {
  return (
    said !== undefined &&
    /-32602|invalid (?:arguments?|input|params)|input validation|must have required property|is required\b/i.test(
      said,
    )
  );
}

function isSlow(call: CallEntry, usualUs: readonly number[]): boolean {
  return usualUs.length >= 5 && call.totalUs > 1_000_000 && call.totalUs > 5 * median(usualUs);
}

function slowestPart({ queueUs, serverUs, totalUs }: CallEntry): string {
  const own = totalUs - queueUs - serverUs;
  if (serverUs >= queueUs && serverUs >= own) return 'in the server';
  return queueUs >= own ? 'waiting for its turn' : 'in McpMux';
}

function median(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
}

function spanOf(us: number): string {
  const ms = us / 1_000;
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  return ms < 120_000 ? `${(ms / 1_000).toFixed(1)} s` : spanText(ms);
}

function cut(text: string | undefined): string {
  return (text ?? 'it does not say why').replace(/\.$/, '');
}
