/**
 * cli/commands/vault — the keys that seal the store, copies of it, and the way back from one.
 *
 * A passphrase is asked without echo, or read from a file descriptor or a pipe; never from arguments or variables.
 */
import { readFile, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { describeError, Secret, silentLogger, systemClock } from '../../base/index.ts';
import { SecretAsker } from '../ask-secret.ts';
import type { Context } from '../context.ts';
import { cliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { withProgress } from '../progress.ts';
import { keySourceWords } from './status.ts';

export interface PassphraseOptions {
  /** A descriptor that this command was started with. */
  readonly passphraseFd?: number;
}

export interface RotateOptions extends PassphraseOptions {
  readonly root: boolean;
  readonly source?: 'keychain' | 'file' | 'credential' | 'passphrase';
}

export interface RestoreCommandOptions extends PassphraseOptions {
  readonly overwrite: boolean;
}

export async function rotate(context: Context, options: RotateOptions): Promise<number> {
  const { client, io } = context;
  if (!options.root && options.source !== undefined)
    throw cliError('usage', {
      message: '--source needs --root',
      hint: `mcpmux key rotate --root --source ${options.source}`,
    });
  if (options.root) {
    const before = await client.getVault();
    const isPassphrase = (options.source ?? before.keySource) === 'passphrase';
    const passphrase = isPassphrase ? await newPassphrase(context, options) : undefined;
    const vault = await withProgress(
      io,
      () => 'making a new root key',
      () =>
        client.rotateRootKey({
          ...(options.source === undefined ? {} : { source: options.source }),
          ...(passphrase === undefined ? {} : { passphrase: passphrase.reveal() }),
        }),
    );
    if (context.isJson) context.printJson(vault);
    else
      context.tell(
        `There is a new root key, ${vault.keySource === null ? '' : keySourceWords(vault.keySource)}; the old one opens nothing any more.`,
      );
    return exitCodes.ok;
  }
  const done = await withProgress(
    io,
    () => 'sealing everything anew',
    () => client.rotateDataKeys(),
  );
  if (context.isJson) context.printJson(done);
  else {
    context.tell(`Encrypted again with a new key: ${done.rows} rows.`);
    if (done.damaged > 0)
      context.tell(`${done.damaged} values could not be opened and were left as they are.`);
  }
  return done.damaged > 0 ? exitCodes.partial : exitCodes.ok;
}

export async function unlock(context: Context, options: PassphraseOptions): Promise<number> {
  const { client } = context;
  const before = await client.getVault();
  if (!before.isLocked) {
    if (context.isJson) context.printJson(before);
    else context.tell('The store is open already.');
    return exitCodes.ok;
  }
  // Any other key is looked for again where it belongs; a passphrase would be asked for and mean nothing.
  const passphrase =
    before.keySource === 'passphrase' ? await readPassphrase(context, options, 'passphrase') : undefined;
  const vault = await client.unlockVault(passphrase?.reveal());
  if (context.isJson) context.printJson(vault);
  if (vault.isLocked)
    throw cliError('failed', {
      message: `the store stays locked: ${vault.lockReason ?? 'its key is missing'}`,
      hint: vault.nextStep ?? undefined,
    });
  if (!context.isJson) context.tell('The store is open; the servers are being connected.');
  return exitCodes.ok;
}

export async function backup(context: Context, file: string, options: PassphraseOptions): Promise<number> {
  const passphrase = await newPassphrase(context, options);
  const done = await withProgress(
    context.io,
    () => 'writing the backup',
    () => context.client.backUp(resolve(context.io.cwd(), file), passphrase.reveal()),
  );
  if (context.isJson) context.printJson(done);
  else
    context.tell(
      `Written: ${done.file} (${Math.ceil(done.bytes / 1024)} KiB). Only the passphrase opens it; keep both.`,
    );
  return exitCodes.ok;
}

/** Works without a daemon, and refuses while one runs: the database would be replaced under its feet. */
export async function restore(
  context: Context,
  file: string,
  options: RestoreCommandOptions,
): Promise<number> {
  const { settings } = await context.place();
  const [{ acquireDaemonLock }, { restoreStore }, { prepareDataFolder }] = await Promise.all([
    import('../../daemon/index.ts'),
    import('../../store/index.ts'),
    import('../../config/index.ts'),
  ]);
  await prepareDataFolder(settings);
  const lock = await acquireDaemonLock(settings.dataDir);
  try {
    const passphrase = await readPassphrase(context, options, 'passphrase of the backup');
    const result = await withProgress(
      context.io,
      () => 'restoring',
      () =>
        restoreStore({
          fromFile: resolve(context.io.cwd(), file),
          passphrase,
          into:
            settings.databaseUrl === undefined
              ? { kind: 'sqlite', file: join(settings.dataDir, 'mcpmux.db') }
              : { kind: 'postgres', url: settings.databaseUrl },
          keys: {
            source: settings.keySource,
            dataFolder: settings.dataDir,
            // With a passphrase as root key, the one that opens the backup opens the store from here on.
            askPassphrase: () => Promise.resolve(passphrase),
          },
          overwrite: options.overwrite,
          clock: systemClock,
          logger: silentLogger,
        }),
    );
    if (context.isJson) context.printJson({ ...result, notice: result.notice ?? null });
    else {
      context.tell(
        `Restored ${result.servers} ${result.servers === 1 ? 'server' : 'servers'}, sealed with ${keySourceWords(result.keySource)}.`,
      );
      if (result.movedAside !== undefined) context.tell(`The old database is kept as ${result.movedAside}`);
      if (result.notice !== undefined) context.tell(`Note: ${result.notice}`);
      context.tell('next: mcpmux start');
    }
    return exitCodes.ok;
  } finally {
    await lock.close();
  }
}

/** Asked twice on a terminal: what is mistyped here is lost for good. */
async function newPassphrase(context: Context, options: PassphraseOptions): Promise<Secret> {
  const first = await readPassphrase(context, options, 'new passphrase (at least 8 characters)');
  if (options.passphraseFd !== undefined || context.io.stdin.isTTY !== true) return first;
  const second = await readPassphrase(context, options, 'once more');
  if (first.reveal() !== second.reveal())
    throw cliError('usage', { message: 'the two passphrases are not the same' });
  return first;
}

async function readPassphrase(
  { io }: Context,
  { passphraseFd }: PassphraseOptions,
  what: string,
): Promise<Secret> {
  let text: string;
  if (passphraseFd === undefined) {
    const asker = new SecretAsker(io);
    try {
      text = await asker.ask(what);
    } finally {
      await asker.close();
    }
  } else text = await readDescriptor(passphraseFd);
  if (text === '')
    throw cliError('usage', {
      message: 'no passphrase was given',
      hint: 'type it, pipe it in, or name a descriptor with --passphrase-fd',
    });
  return new Secret(text);
}

async function readDescriptor(descriptor: number): Promise<string> {
  try {
    if (isOurOwn(descriptor)) throw new Error('it was not passed to this command');
    return (await promisify(readFile)(descriptor, 'utf8')).split(/\r?\n/)[0] ?? '';
  } catch (cause) {
    throw cliError(
      'usage',
      {
        message: `descriptor ${descriptor} cannot be read: ${describeError(cause)}`,
        hint: `pass it like this: mcpmux … --passphrase-fd ${descriptor} ${descriptor}<FILE`,
      },
      cause,
    );
  }
}

/** Node has descriptors of its own, a pipe among them that nobody ever writes to: those close on exec, passed ones did not. */
function isOurOwn(descriptor: number): boolean {
  const closeOnExec = 0o2000000;
  try {
    const flags = /^flags:\s*([0-7]+)/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'latin1'))?.[1];
    return flags !== undefined && (Number.parseInt(flags, 8) & closeOnExec) !== 0;
  } catch {
    return false; // Not there at all, or a system that does not tell: reading says what is wrong.
  }
}
