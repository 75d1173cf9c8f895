/**
 * cli/commands/install — installs a server from the catalogue: asks what is missing, shows what will run and be reached, and
 * only then keeps it.
 *
 * Without a terminal nothing is asked: what is missing is said, and nothing is kept.
 */
import { resolve } from 'node:path';
import type { InstallPlanDto, PlanInstallBody, ServerDto } from '../../contract/index.ts';
import { inputValueFault } from '../../model/index.ts';
import { SecretAsker } from '../ask-secret.ts';
import type { Context } from '../context.ts';
import { cliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { parseEnvOptions, parseHeaderOptions } from '../key-value-options.ts';
import { launchCommandLine, launchDetails } from '../launch-description.ts';
import { sanitizeToLine } from '../style.ts';
import { renderTable } from '../table.ts';
import { outcomeCode, renderOutcome, settle } from './add.ts';

export interface InstallOptions {
  readonly as?: string;
  readonly name?: string;
  readonly alias?: string;
  readonly input?: readonly string[];
  readonly arg?: readonly string[];
  readonly env?: readonly string[];
  readonly header?: readonly string[];
  readonly allowVariable?: readonly string[];
  readonly yes: boolean;
  /** False with --no-wait. */
  readonly wait: boolean;
  /** Seconds. */
  readonly waitSeconds: number;
}

type Input = InstallPlanDto['inputs'][number];
type Values = Map<string, string[]>;

/** Where the person is: paths are read from here. */
interface Place {
  readonly folder: string;
  readonly home: string | undefined;
}

function placeOf({ io }: Context): Place {
  return { folder: io.cwd(), home: io.env['HOME'] ?? io.env['USERPROFILE'] };
}

export async function run(context: Context, target: string, options: InstallOptions): Promise<number> {
  const asker = new SecretAsker(context.io);
  try {
    const server = await decide(context, target, options, asker);
    if (server === undefined) {
      context.tell('Nothing was installed.');
      return exitCodes.interrupted;
    }
    return await conclude(context, server, options);
  } finally {
    await asker.close();
  }
}

/** @returns undefined when the person says no */
async function decide(
  context: Context,
  target: string,
  options: InstallOptions,
  asker: SecretAsker,
): Promise<ServerDto | undefined> {
  const { client, io } = context;
  const env = await parseEnvOptions(options.env ?? [], io, asker);
  const headers = await parseHeaderOptions(options.header ?? [], asker);
  const values = await readInputs(options.input ?? [], asker);
  const body = (): PlanInstallBody => ({
    target: { kind: 'definition', id: target },
    ...(options.as === undefined ? {} : { option: options.as }),
    ...(options.name === undefined ? {} : { name: options.name }),
    ...(options.alias === undefined ? {} : { alias: options.alias }),
    ...(values.size === 0 ? {} : { repeatedValues: Object.fromEntries(values) }),
    ...(options.arg === undefined ? {} : { args: [...options.arg] }),
    env: { ...env.values },
    headers: { ...headers.values },
    ...(options.allowVariable === undefined ? {} : { allowsVariables: [...options.allowVariable] }),
  });
  let plan = await client.planInstall(body());
  checkValues(plan, values, placeOf(context));
  const canAsk = asker.isTerminal && !context.isJson;
  tellHead(context, plan);
  if (canAsk) await askMissing(context, plan, values, asker);
  else if (plan.missing.length > 0) throw missingInputs(target, plan);
  plan = await client.planInstall(body());
  tellPlan(context, plan, values);
  if (!options.yes) {
    if (!canAsk)
      throw cliError('usage', {
        message: 'nobody is here to say yes to what is shown above',
        hint: `mcpmux install ${target} --yes`,
      });
    if (!(await asker.confirm(`Install ${sanitizeToLine(plan.name)}?`, plan.refused.length === 0)))
      return undefined;
  }
  const { server } = await client.install({ ...body(), expects: plan.digest });
  return server;
}

async function conclude(context: Context, added: ServerDto, options: InstallOptions): Promise<number> {
  const server = options.wait ? await settle(context, added, options.waitSeconds) : added;
  if (context.isJson) context.printJson(server);
  else {
    context.print(options.wait ? renderOutcome(server, context) : `Installed ${sanitizeToLine(server.name)}`);
    context.tell(`Undo: mcpmux remove ${server.alias}`);
  }
  return options.wait ? outcomeCode(server) : exitCodes.ok;
}

function tellHead(context: Context, { entry, instructions, caution }: InstallPlanDto): void {
  if (context.isJson) return;
  const { style } = context;
  const who =
    entry.publisher === null
      ? undefined
      : entry.publisher.kind === 'community'
        ? `by ${entry.publisher.name}, community`
        : `${entry.publisher.name}'s own`;
  const parts = [
    style.bold(sanitizeToLine(entry.title)),
    ...(who === undefined ? [] : [sanitizeToLine(who)]),
  ];
  context.tell(`${parts.join(' · ')} · ${sanitizeToLine(entry.description)}`);
  if (instructions !== null) context.tell(sanitizeToLine(instructions));
  if (caution !== null) context.tell(style.yellow(`Caution: ${sanitizeToLine(caution)}`));
}

/** The exact command and every host, before anything is kept. */
function tellPlan(context: Context, plan: InstallPlanDto, values: Values): void {
  if (context.isJson) return;
  const { style, width } = context;
  const { option, inputs } = plan;
  const launch = filledIn(plan, values);
  const hosts = plan.hosts.map((host) => (host === '*' ? 'any host' : sanitizeToLine(host)));
  const rows: string[][] = [
    [launch.kind === 'stdio' ? 'runs' : 'reaches', launchCommandLine(launch)],
    ...launchDetails(launch).map(([label, value]) => [label, sanitizeToLine(value)]),
    ...(plan.download === null ? [] : [['comes from', sanitizeToLine(plan.download)]]),
    ...(launch.kind === 'http' ? [] : [['talks to', hosts.length === 0 ? 'not known' : hosts.join(', ')]]),
    ...inputs
      .filter(({ isGiven, default: fallback }) => isGiven || fallback !== null)
      .map((input) => [
        `input ${input.id}`,
        input.isGiven ? 'given' : `${sanitizeToLine(input.default ?? '')} (default)`,
      ]),
    ...plan.missing.map((id) => [`input ${id}`, style.yellow('missing; it is not started without')]),
    ['signs in', signIn(plan)],
  ];
  context.tell(
    renderTable(
      undefined,
      rows.filter(([, value]) => value !== ''),
      { indent: '  ', width },
    ),
  );
  for (const { variable, why } of plan.refused)
    context.tell(
      style.yellow(
        `  It wants to set ${sanitizeToLine(variable)}, which ${why}: --allow-variable ${sanitizeToLine(variable)}`,
      ),
    );
  if (option.missingRunner !== null)
    context.tell(
      style.yellow(
        `  ${option.missingRunner.title} is not here. To install it: ${option.missingRunner.install}`,
      ),
    );
  if (plan.duplicates.length > 0)
    context.tell(style.yellow(`  Already installed as: ${plan.duplicates.map(sanitizeToLine).join(', ')}`));
}

function signIn({ entry, launch }: InstallPlanDto): string {
  if (launch.kind !== 'http') return '';
  if (entry.auth === 'oauth') return 'in the browser, with OAuth';
  if (entry.auth === 'oauth-own-client') return 'in the browser, with an OAuth client of yours';
  return '';
}

/** The launch as it will be, with what the person gave; secrets stay placeholders, and what nobody gave is left out. */
function filledIn({ launch, inputs }: InstallPlanDto, values: Values): InstallPlanDto['launch'] {
  const known = new Map<string, string | undefined>();
  for (const { id, type, default: fallback, isRequired } of inputs) {
    const [, base = id, at = '1'] = /^(.*?)(?:_(\d+))?$/.exec(id) ?? [];
    const given = values.get(id.toUpperCase())?.[0] ?? values.get(base.toUpperCase())?.[Number(at) - 1];
    const isShown = type !== 'password' || given === undefined;
    if (isShown) known.set(id, given ?? fallback ?? (isRequired ? `<${id}>` : undefined));
  }
  const fill = (text: string): string | undefined => {
    let isAbsent = false;
    const filled = text.replace(
      /\$\{input:([^}?]*)(?:\?([^}]*))?\}/g,
      (whole, id: string, whenTrue?: string) => {
        if (!known.has(id)) return whole;
        const value = known.get(id);
        if (value === undefined || (whenTrue !== undefined && value !== 'true')) isAbsent = true;
        return whenTrue ?? value ?? '';
      },
    );
    return isAbsent ? undefined : filled;
  };
  if (launch.kind === 'stdio') return { ...launch, args: launch.args.flatMap((arg) => fill(arg) ?? []) };
  const [path = '', ...query] = launch.url.split(/[?&](?![^{}]*\})/);
  const kept = query.flatMap((part) => fill(part) ?? []);
  return { ...launch, url: (fill(path) ?? path) + (kept.length === 0 ? '' : `?${kept.join('&')}`) };
}

/** `ID=VALUE`, more than once for an input that can be repeated; `ID` alone asks. @throws cli.usage */
async function readInputs(given: readonly string[], asker: SecretAsker): Promise<Values> {
  const values: Values = new Map();
  for (const text of given) {
    const at = text.indexOf('=');
    const id = (at < 0 ? text : text.slice(0, at)).toUpperCase();
    if (!/^[A-Z][A-Z0-9_]*$/.test(id))
      throw cliError('usage', { message: `"${id}" is not the name of an input`, hint: '--input NAME=VALUE' });
    const value =
      at < 0 || text.slice(at + 1) === '-' ? await asker.ask(`value of ${id}`) : text.slice(at + 1);
    if (value === '')
      throw cliError('usage', { message: `no value was given for ${id}`, hint: `--input ${id}=VALUE` });
    values.set(id, [...(values.get(id) ?? []), value]);
  }
  return values;
}

/** All that is wrong at once. Paths become absolute here, where the person is. @throws cli.usage */
function checkValues({ inputs, name }: InstallPlanDto, values: Values, here: Place): void {
  const faults: string[] = [];
  for (const [id, list] of values) {
    const input = inputs.find((known) => known.id.toUpperCase() === id);
    if (input === undefined) {
      const known = inputs.map((one) => one.id).join(', ');
      faults.push(
        `${id}: ${name} has no such input; ${known === '' ? 'it needs none' : `its inputs are: ${known}`}`,
      );
      continue;
    }
    values.set(
      id,
      list.map((value) => readValue(input, value, here)),
    );
    for (const value of values.get(id) ?? []) {
      const fault = faultOf(input, value);
      if (fault !== undefined) faults.push(`${id}: ${fault}`);
    }
  }
  if (faults.length > 0)
    throw cliError('usage', {
      message: `the values cannot be used: ${faults.join('; ')}`,
      hint: '--input NAME=VALUE',
    });
}

function faultOf(input: Input, value: string): string | undefined {
  // What is kept elsewhere is not looked at before it is needed.
  if (/\$\{(env|file|keychain|exec):/.test(value)) return undefined;
  const { type, options } = input;
  return inputValueFault({ type, options: options.map((option) => ({ value: option.value })) }, value);
}

/** A path as the person means it: from here, and `~` is their home. */
function readValue({ type }: Input, value: string, { folder, home }: Place): string {
  if ((type !== 'file' && type !== 'directory') || value.startsWith('${')) return value;
  const expanded = home !== undefined && /^~(?=$|[\\/])/.test(value) ? home + value.slice(1) : value;
  return resolve(folder, expanded);
}

function missingInputs(target: string, { name, missing, inputs }: InstallPlanDto): Error {
  const words = missing.map((id) => {
    const input = inputs.find((known) => known.id === id);
    return input === undefined || input.label === id ? id : `${id} (${input.label})`;
  });
  const url = inputs.find(({ id, obtain }) => missing.includes(id) && obtain?.url !== undefined)?.obtain?.url;
  return cliError('usage', {
    message: `${name} cannot be installed without: ${words.join(', ')}${url === undefined ? '' : `; get it at ${url}`}`,
    hint: `mcpmux install ${target} ${missing.map((id) => `--input ${id}=…`).join(' ')}`,
  });
}

/** Asks for what is needed, and lets the rest be skipped with Enter. */
async function askMissing(
  context: Context,
  plan: InstallPlanDto,
  values: Values,
  asker: SecretAsker,
): Promise<void> {
  const here = placeOf(context);
  for (const input of plan.inputs) {
    if (values.has(input.id.toUpperCase()) || !plan.missing.includes(input.id)) continue;
    tellInput(context, input);
    for (;;) {
      const typed = await askOne(input, asker);
      if (typed === '') {
        context.tell('  It is not started without; you can give it later.');
        break;
      }
      const value = readValue(input, typed, here);
      const fault = faultOf(input, value);
      if (fault === undefined) {
        values.set(input.id.toUpperCase(), [value]);
        break;
      }
      context.tell(`  ${fault}`);
    }
  }
  const optional = plan.inputs.filter(
    ({ id, isRequired, default: fallback }) =>
      !isRequired && fallback === null && !values.has(id.toUpperCase()),
  );
  if (optional.length > 0)
    context.tell(
      context.style.dim(
        `Can be set too, with --input: ${optional.map((input) => sanitizeToLine(input.id)).join(', ')}`,
      ),
    );
}

function tellInput(context: Context, { description, obtain, options, id, label }: Input): void {
  const what = description ?? (label === id ? undefined : label);
  const lines = [
    ...(what === undefined || what === null ? [] : [what]),
    ...(obtain?.instructions === undefined ? [] : [obtain.instructions]),
    ...(obtain?.url === undefined ? [] : [`${obtain.buttonLabel ?? 'Get it'}: ${obtain.url}`]),
    ...options.map((option, at) => `${at + 1}  ${option.label ?? option.value}`),
  ];
  for (const line of lines) context.tell(`  ${sanitizeToLine(line)}`);
}

async function askOne(input: Input, asker: SecretAsker): Promise<string> {
  const hint = input.placeholder === null ? '' : ` (for example ${sanitizeToLine(input.placeholder)})`;
  const question = `${sanitizeToLine(input.label)}${hint}`;
  if (input.type === 'password') return asker.ask(question);
  const typed = await asker.askOpenly(question);
  if (input.type === 'select' && /^\d+$/.test(typed)) return input.options[Number(typed) - 1]?.value ?? typed;
  if (input.type === 'boolean')
    return /^(y|yes)$/i.test(typed) ? 'true' : /^(n|no)$/i.test(typed) ? 'false' : typed;
  return typed;
}
