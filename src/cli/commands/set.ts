/**
 * cli/commands/set — tunes an installed server: who shares its connection, how long things may take, how many at once, how much memory.
 */
import type { ChangeServerBody } from '../../contract/index.ts';
import type { Context } from '../context.ts';
import { cliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { oneLine } from '../style.ts';

/** Times in seconds, memory in MiB, as people think of them; the API counts milliseconds and bytes. */
export interface SetOptions {
  readonly sessionPolicy?: 'shared' | 'per-client' | 'per-workspace' | 'auto';
  readonly connectTimeout?: number;
  readonly listTimeout?: number;
  readonly callTimeout?: number;
  readonly maxCall?: number;
  readonly idleStop?: number;
  readonly concurrency?: number;
  /** MiB. */
  readonly memoryBudget?: number;
}

export async function run(context: Context, name: string, options: SetOptions): Promise<number> {
  const { sessionPolicy, concurrency, memoryBudget } = options;
  const limits: NonNullable<ChangeServerBody['limits']> = {
    ...inMs('connectTimeoutMs', options.connectTimeout),
    ...inMs('listTimeoutMs', options.listTimeout),
    ...inMs('callTimeoutMs', options.callTimeout),
    ...inMs('maxCallMs', options.maxCall),
    ...inMs('idleStopMs', options.idleStop),
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(memoryBudget === undefined ? {} : { memoryBudgetBytes: memoryBudget * 1024 * 1024 }),
  };
  const hasLimits = Object.keys(limits).length > 0;
  if (!hasLimits && sessionPolicy === undefined)
    throw cliError('usage', { message: 'nothing to set was given', hint: 'mcpmux help set' });
  const server = await context.client.changeServer(name, {
    ...(sessionPolicy === undefined ? {} : { sessionPolicy }),
    ...(hasLimits ? { limits } : {}),
  });
  if (context.isJson) context.printJson(server);
  else context.tell(`${oneLine(server.name)} is changed; see: mcpmux show ${server.alias}`);
  return exitCodes.ok;
}

function inMs(name: string, seconds: number | undefined): Record<string, number> {
  return seconds === undefined ? {} : { [name]: seconds * 1_000 };
}
