/**
 * cli/commands/edit — changes how an installed server is run or reached, and what it is called.
 *
 * With words and options it does what they say; with a terminal and nothing else it opens the definition in an editor.
 * Only what depends on the change is done anew: id, log, registration and everything that is not named stay.
 */
import type { ChangeServerBody, ServerDetailDto, ServerDto } from '../../contract/index.ts';
import { AdminProblem } from '../../contract/index.ts';
import { SecretAsker } from '../ask-secret.ts';
import type { Context } from '../context.ts';
import { describeChanges, undoCommand } from '../edit/describe-changes.ts';
import { editInEditor } from '../edit/edit-in-editor.ts';
import { cliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { parseEnvOptions, parseHeaderOptions, parseInputOptions } from '../key-value-options.ts';
import { flavourOf, type LaunchOptions, offerToSeal, readFolder, readLaunch } from '../launch-options.ts';
import { expand } from '../read-target.ts';
import { sanitizeToLine } from '../style.ts';
import { renderTable } from '../table.ts';
import { outcomeCode, renderOutcome, settle } from './add.ts';

export interface EditOptions extends LaunchOptions {
  readonly name?: string;
  readonly alias?: string;
  readonly unsetEnv?: readonly string[];
  readonly unsetHeader?: readonly string[];
  readonly input?: readonly string[];
  readonly ownFolder: boolean;
  readonly keepSecrets: boolean;
  readonly allowExec?: boolean;
  /** True with --seal, false with --no-seal. */
  readonly seal?: boolean;
  readonly wait: boolean;
  readonly waitSeconds: number;
}

export async function run(
  context: Context,
  reference: string,
  target: readonly string[],
  options: EditOptions,
): Promise<number> {
  const { client } = context;
  const old = await client.getServer(reference);
  const asker = new SecretAsker(context.io);
  let changed: ServerDto | undefined;
  try {
    const body = await readChange(context, old, target, options, asker);
    if (body !== undefined) changed = await change(context, old, body, asker);
    else if (asker.isTerminal && context.io.runEditor !== undefined)
      changed = await editInEditor(context, old, (edited) => change(context, old, edited, asker));
    else throw cliError('usage', { message: 'you did not say what to change', hint: 'mcpmux help edit' });
  } finally {
    await asker.close();
  }
  if (changed === undefined) {
    context.tell(`${sanitizeToLine(old.name)} is as it was.`);
    return exitCodes.ok;
  }
  return finish(context, old, changed, options);
}

async function finish(
  context: Context,
  old: ServerDetailDto,
  changed: ServerDto,
  { wait, waitSeconds }: EditOptions,
): Promise<number> {
  if (!context.isJson) {
    const rows = describeChanges(old, changed).map((row) => row.map(sanitizeToLine));
    if (rows.length > 0)
      context.tell(
        `Changed ${context.style.bold(sanitizeToLine(changed.name))}\n${renderTable(undefined, rows, { indent: '  ', width: context.width })}`,
      );
    const undo = undoCommand(old, changed);
    if (undo !== undefined) context.tell(`Undo: ${undo}`);
  }
  // A name changes nothing about the connection; anything else makes a new one.
  const isSettled = !wait || changed.state.status === 'disabled';
  const server = isSettled ? changed : await settle(context, changed, waitSeconds);
  if (context.isJson) context.printJson(server);
  else if (wait) context.print(renderOutcome(server, context));
  return wait ? outcomeCode(server) : exitCodes.ok;
}

/** Sends a change. Where secrets would go to another origin, a person is asked, and otherwise has to say so. */
async function change(
  context: Context,
  old: ServerDto,
  body: ChangeServerBody,
  asker: SecretAsker,
): Promise<ServerDto> {
  try {
    return await context.client.changeServer(old.id, body);
  } catch (error) {
    if (!(error instanceof AdminProblem) || error.code !== 'gateway.secrets_elsewhere' || !asker.isTerminal)
      throw error;
    context.tell(`${sanitizeToLine(error.message)}.`);
    if (!(await asker.confirm('Send them there?', false))) throw error;
    return context.client.changeServer(old.id, { ...body, keepsSecrets: true });
  }
}

/** What the words and options ask for; undefined when they ask for nothing. @throws cli.usage */
async function readChange(
  context: Context,
  old: ServerDto,
  target: readonly string[],
  options: EditOptions,
  asker: SecretAsker,
): Promise<ChangeServerBody | undefined> {
  const launch =
    target.length > 0
      ? await wholeLaunch(context, old, target, options, asker)
      : await partOfLaunch(context, old, options, asker);
  const input = options.input === undefined ? undefined : await parseInputOptions(options.input, asker);
  const body: ChangeServerBody = {
    ...(options.name === undefined ? {} : { name: options.name }),
    ...(options.alias === undefined ? {} : { alias: options.alias }),
    ...(Object.keys(launch).length === 0 ? {} : { launch }),
    ...(input === undefined ? {} : { inputValues: input }),
  };
  if (options.seal === true) return { ...body, sealsSecrets: true };
  if (Object.keys(body).length === 0) return undefined;
  const seals = options.seal !== false && (await offerToSeal(context, launch, asker));
  return {
    ...body,
    ...(options.keepSecrets ? { keepsSecrets: true } : {}),
    ...(seals ? {} : { sealsSecrets: false }),
  };
}

type LaunchChange = NonNullable<ChangeServerBody['launch']>;

/** A command or a URL was given: as for `add`, but variables and headers that are not named stay. */
async function wholeLaunch(
  context: Context,
  old: ServerDto,
  target: readonly string[],
  options: EditOptions,
  asker: SecretAsker,
): Promise<LaunchChange> {
  const launch = await readLaunch(context, target, options, asker);
  const more = {
    ...(launch.secretNames === undefined ? {} : { secretNames: launch.secretNames }),
    ...(options.allowExec === undefined ? {} : { allowsExec: options.allowExec }),
  };
  if (launch.kind === 'http') {
    const headers = { ...launch.headers, ...gone(options.unsetHeader) };
    return {
      url: launch.url,
      ...(launch.flavour === undefined ? {} : { flavour: launch.flavour }),
      ...(Object.keys(headers).length === 0 ? {} : { headers }),
      ...more,
    };
  }
  const env = { ...launch.env, ...gone(options.unsetEnv) };
  const cwd = options.ownFolder ? null : launch.cwd;
  const isSame = old.launch.kind === 'stdio' && cwd === undefined;
  return {
    command: launch.command,
    args: launch.args ?? [],
    ...(isSame || cwd === undefined ? {} : { cwd }),
    ...(Object.keys(env).length === 0 ? {} : { env }),
    ...more,
  };
}

async function partOfLaunch(
  { io }: Context,
  old: ServerDto,
  options: EditOptions,
  asker: SecretAsker,
): Promise<LaunchChange> {
  const { env = [], header = [], unsetEnv = [], unsetHeader = [], transport } = options;
  const reading = { io, isLiteral: options.literal };
  const read = (value: string, place: string): string => expand(value, place, reading);
  const isRun = old.launch.kind === 'stdio';
  refuse(
    isRun && header.length + unsetHeader.length > 0,
    `"${old.name}" is run by a command; it takes -e, not -H`,
  );
  refuse(isRun && transport !== undefined, `"${old.name}" is run by a command; --transport is for URLs`);
  refuse(
    !isRun && env.length + unsetEnv.length > 0,
    `"${old.name}" is reached by a URL; it takes -H, not -e`,
  );
  refuse(
    !isRun && (options.cwd !== undefined || options.ownFolder),
    `"${old.name}" is reached by a URL; --cwd is for commands`,
  );
  const variables = await parseEnvOptions(env, io, asker, read);
  const headers = await parseHeaderOptions(header, asker, read);
  const newEnv = { ...variables.values, ...gone(unsetEnv) };
  const newHeaders = { ...headers.values, ...gone(unsetHeader) };
  const asked = [...variables.asked, ...headers.asked];
  return {
    ...(Object.keys(newEnv).length === 0 ? {} : { env: newEnv }),
    ...(Object.keys(newHeaders).length === 0 ? {} : { headers: newHeaders }),
    ...(options.ownFolder ? { cwd: null } : {}),
    ...(options.cwd === undefined ? {} : { cwd: await readFolder(options.cwd, reading) }),
    ...(transport === undefined ? {} : { flavour: flavourOf(transport) }),
    ...(options.allowExec === undefined ? {} : { allowsExec: options.allowExec }),
    ...(asked.length === 0 ? {} : { secretNames: asked }),
  };
}

function gone(names: readonly string[] = []): Record<string, null> {
  return Object.fromEntries(names.map((name) => [name, null]));
}

function refuse(isWrong: boolean, message: string): void {
  if (isWrong) throw cliError('usage', { message, hint: 'mcpmux help edit' });
}
