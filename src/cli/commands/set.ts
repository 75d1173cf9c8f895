/**
 * cli/commands/set — `mcpmux tune`: changes an installed server: what it is told, who shares its connection, how long things may take,
 * how many at once, how much memory.
 */
import type { ChangeServerBody } from '../../contract/index.ts';
import { SecretAsker } from '../ask-secret.ts';
import type { Context } from '../context.ts';
import { didYouMean } from '../did-you-mean.ts';
import { cliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { parseInputOptions } from '../key-value-options.ts';
import { quoteShellWord } from '../launch-description.ts';
import { sanitizeToLine } from '../style.ts';
import { outcomeCode, renderOutcome, settle } from './add.ts';

const settleSeconds = 20;

/** Times in seconds, memory in MiB, as people think of them; the API counts milliseconds and bytes. */
export interface SetOptions {
  readonly input?: readonly string[];
  readonly sessionPolicy?: 'shared' | 'per-client' | 'per-workspace' | 'auto';
  readonly declare?: 'bridged' | 'client';
  readonly connectTimeout?: number;
  readonly listTimeout?: number;
  readonly callTimeout?: number;
  readonly maxCall?: number;
  readonly pingInterval?: number;
  readonly idleStop?: number;
  readonly concurrency?: number;
  readonly maxConnections?: number;
  /** MiB. */
  readonly memoryBudget?: number;
}

export async function run(context: Context, name: string, options: SetOptions): Promise<number> {
  const { sessionPolicy, declare, concurrency, maxConnections, memoryBudget } = options;
  const limits: NonNullable<ChangeServerBody['limits']> = {
    ...inMs('connectTimeoutMs', options.connectTimeout),
    ...inMs('listTimeoutMs', options.listTimeout),
    ...inMs('callTimeoutMs', options.callTimeout),
    ...inMs('maxCallMs', options.maxCall),
    ...inMs('pingIntervalMs', options.pingInterval),
    ...inMs('idleStopMs', options.idleStop),
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(maxConnections === undefined ? {} : { maxConnections }),
    ...(memoryBudget === undefined ? {} : { memoryBudgetBytes: memoryBudget * 1024 * 1024 }),
  };
  const hasLimits = Object.keys(limits).length > 0;
  const { input } = options;
  if (!hasLimits && sessionPolicy === undefined && declare === undefined && input === undefined)
    throw cliError('usage', { message: 'you did not say what to set', hint: 'mcpmux help tune' });
  const changed = await context.client.changeServer(name, {
    ...(input === undefined ? {} : { inputValues: await readInputs(context, input) }),
    ...(sessionPolicy === undefined ? {} : { sessionPolicy }),
    ...(declare === undefined ? {} : { declares: declare }),
    ...(hasLimits ? { limits } : {}),
  });
  // What it is told decides whether it can start: then the outcome is what a person waits for.
  const server = input === undefined ? changed : await settle(context, changed, settleSeconds);
  if (context.isJson) context.printJson(server);
  else if (input === undefined)
    context.tell(`${sanitizeToLine(server.name)} was changed; see: mcpmux show ${server.alias}`);
  else context.print(renderOutcome(server, context));
  return input === undefined ? exitCodes.ok : outcomeCode(server);
}

/** `mcpmux set SERVER …`, as it was called before FeatureSets took the word. Does the same, and says the new name. */
export async function runAsBefore(context: Context, name: string, options: SetOptions): Promise<number> {
  if (Object.keys(options).length === 0) {
    const { sets } = await context.client.listSets();
    const suggestion = didYouMean(
      name,
      ['list', 'show', 'create', 'add', 'exclude', 'remove', 'rename', 'delete'].concat(
        sets.map((set) => set.name),
      ),
    );
    throw cliError('usage', {
      message: `"${name}" is no act on FeatureSets`,
      hint:
        suggestion ??
        `a set: mcpmux set show ${quoteShellWord(name)} · settings of a server: mcpmux tune ${quoteShellWord(name)} …`,
    });
  }
  const code = await run(context, name, options);
  context.tell(`This is called mcpmux tune now: mcpmux tune ${quoteShellWord(name)} …`);
  return code;
}

async function readInputs({ io }: Context, given: readonly string[]): Promise<Record<string, string>> {
  const asker = new SecretAsker(io);
  try {
    return await parseInputOptions(given, asker);
  } finally {
    await asker.close();
  }
}

function inMs(name: string, seconds: number | undefined): Record<string, number> {
  return seconds === undefined ? {} : { [name]: seconds * 1_000 };
}
