/**
 * cli/commands/install — installs a server from the catalogue, a package, an address, a file: asks what is missing, shows what will run and be reached, and
 * only then keeps it.
 *
 * Without a terminal nothing is asked: what is missing is said, and nothing is kept.
 */
import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { InstallPlanDto, PlanInstallBody, ServerDetailDto, ServerDto } from '../../contract/index.ts';
import { inputValueFault } from '../../model/index.ts';
import { SecretAsker } from '../ask-secret.ts';
import type { Context } from '../context.ts';
import { cliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { readAllInput } from '../io.ts';
import { parseEnvOptions, parseHeaderOptions } from '../key-value-options.ts';
import { launchCommandLine, launchDetails } from '../launch-description.ts';
import { withProgress } from '../progress.ts';
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
  /** False with --no-pin. */
  readonly pin: boolean;
  readonly yes: boolean;
  /** Runs it before it is kept. */
  readonly try: boolean;
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

export async function run(context: Context, typed: string, options: InstallOptions): Promise<number> {
  const asker = new SecretAsker(context.io);
  try {
    const target = await readTyped(context, typed);
    const wish = await readWish(context, typed, target, options, asker);
    const { plans, refused } = await context.client.planInstall(wish.body());
    for (const { name, reason } of refused)
      context.tell(`Not installed: "${sanitizeToLine(name)}": ${sanitizeToLine(reason)}`);
    let worst: number = exitCodes.ok;
    for (const plan of plans) {
      const code = await installOne(context, plan, wish, asker);
      if (worst === exitCodes.ok) worst = code;
    }
    return plans.length === 0 ? exitCodes.usage : worst;
  } finally {
    await asker.close();
  }
}

/** What is asked for, with values as they come. */
interface Wish {
  /** As typed: for hints. */
  readonly typed: string;
  readonly options: InstallOptions;
  readonly values: Values;
  body(pick?: string): PlanInstallBody;
}

async function readWish(
  { io, space }: Context,
  typed: string,
  target: PlanInstallBody['target'],
  options: InstallOptions,
  asker: SecretAsker,
): Promise<Wish> {
  const env = await parseEnvOptions(options.env ?? [], io, asker);
  const headers = await parseHeaderOptions(options.header ?? [], asker);
  const values = await readInputs(options.input ?? [], asker);
  return {
    typed,
    options,
    values,
    body: (pick) => ({
      target: target.kind === 'document' && pick !== undefined ? { ...target, pick } : target,
      ...(options.as === undefined ? {} : { option: options.as }),
      ...(options.name === undefined ? {} : { name: options.name }),
      ...(options.alias === undefined ? {} : { alias: options.alias }),
      ...(values.size === 0 ? {} : { repeatedValues: Object.fromEntries(values) }),
      ...(options.arg === undefined ? {} : { args: [...options.arg] }),
      ...(options.pin ? {} : { pins: false }),
      ...(space === undefined ? {} : { space }),
      env: { ...env.values },
      headers: { ...headers.values },
      ...(options.allowVariable === undefined ? {} : { allowsVariables: [...options.allowVariable] }),
    }),
  };
}

/** A file, pasted JSON, a package, an address, a link; else a name of the catalogue. @throws cli.usage */
async function readTyped({ io }: Context, typed: string): Promise<PlanInstallBody['target']> {
  if (typed === '-') return { kind: 'document', text: await readAllInput(io.stdin) };
  if (/^\s*[{[]/.test(typed)) return { kind: 'document', text: typed };
  if (/^(npm|pypi|oci|nuget|https?|mcpmux):/i.test(typed)) return { kind: 'text', text: typed };
  const path = resolve(io.cwd(), typed);
  const isFile = await stat(path).then(
    (facts) => facts.isFile(),
    () => false,
  );
  const looksLikeFile = /\.(mcpb|dxt|jsonc?|toml|ya?ml)$/i.test(typed);
  if (!isFile && looksLikeFile)
    throw cliError('usage', {
      message: `there is no file ${path}`,
      hint: 'mcpmux install FILE.json or FILE.mcpb',
    });
  if (isFile && /\.(mcpb|dxt)$/i.test(typed)) return { kind: 'bundle', path };
  if (isFile && looksLikeFile) return { kind: 'document', text: await readFile(path, 'utf8') };
  // Something else that has a scheme: the daemon says what it knows.
  return /^[a-z][a-z0-9+.-]*:/i.test(typed)
    ? { kind: 'text', text: typed }
    : { kind: 'definition', id: typed };
}

async function installOne(
  context: Context,
  first: InstallPlanDto,
  wish: Wish,
  asker: SecretAsker,
): Promise<number> {
  const { client, io } = context;
  const { values, options } = wish;
  const pick = first.pick ?? undefined;
  const again = async (): Promise<InstallPlanDto> => {
    const [plan] = (await client.planInstall(wish.body(pick))).plans;
    return plan ?? first;
  };
  checkValues(first, values, placeOf(context));
  const canAsk = asker.isTerminal && !context.isJson && wish.typed !== '-';
  tellHead(context, first);
  if (canAsk) await askMissing(context, first, values, asker);
  else if (first.missing.length > 0) throw missingInputs(wish.typed, first);
  const plan = await again();
  tellPlan(context, plan, values);
  if (!options.yes && !options.try) {
    if (!canAsk)
      throw cliError('usage', {
        message: 'nobody is here to say yes to what is shown above',
        hint: `mcpmux install ${shellWord(wish.typed)} --yes`,
      });
    if (!(await asker.confirm(`Install ${sanitizeToLine(plan.name)}?`, plan.refused.length === 0))) {
      context.tell('Nothing was installed.');
      return exitCodes.interrupted;
    }
  }
  const { server, unrunScripts } = await withProgress(
    io,
    () => `installing ${sanitizeToLine(plan.name)}`,
    () => client.install({ ...wish.body(pick), name: plan.name, expects: plan.digest }),
  );
  if (unrunScripts.length > 0)
    context.tell(
      context.style.yellow(
        `Install scripts were not run: ${unrunScripts.map((name) => sanitizeToLine(name)).join(', ')}. If it does not start without them: --no-pin`,
      ),
    );
  return options.try
    ? tryOut(context, server, options, canAsk ? asker : undefined)
    : conclude(context, server, options);
}

/** Pasted JSON is no word for a hint. */
function shellWord(typed: string): string {
  return /^[\w@%+=:,./-]+$/.test(typed) ? typed : "'…'";
}

/**
 * Runs it, with its log as it comes, and shows what it offers. It stays only when the person says so: without a terminal,
 * with --yes.
 */
async function tryOut(
  context: Context,
  server: ServerDto,
  options: InstallOptions,
  asker: SecretAsker | undefined,
): Promise<number> {
  const { client, style } = context;
  const stop = new AbortController();
  const following = (async () => {
    for await (const { level, message } of client.followLog(server.id, { level: 'info' }, stop.signal))
      context.tell(style.dim(`  ${level === 'info' ? '' : `${level}: `}${sanitizeToLine(message)}`));
  })().catch(() => {
    // The log is company; what counts is the outcome.
  });
  let settled: ServerDetailDto | ServerDto;
  try {
    settled = await settle(context, server, options.waitSeconds);
  } finally {
    stop.abort();
    await following;
  }
  context.print(renderOutcome(settled, context));
  if (settled.state.status === 'connected') {
    const { features } = await client.listFeatures(server.id);
    const rows = features
      .filter(({ kind }) => kind === 'tool')
      .map(({ originalName, item }) => [
        sanitizeToLine(originalName),
        sanitizeToLine(typeof item['description'] === 'string' ? item['description'] : '').slice(0, 120),
      ]);
    if (rows.length > 0) context.print(renderTable(undefined, rows, { indent: '  ', width: context.width }));
  }
  const isKept =
    options.yes ||
    (asker !== undefined && (await asker.confirm('Keep it?', settled.state.status === 'connected')));
  if (isKept) context.tell(`Kept. Undo: mcpmux remove ${server.alias}`);
  else {
    await client.removeServer(server.id);
    context.tell('It was tried and taken away again; nothing stays.');
  }
  return outcomeCode(settled);
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
    ...(plan.isPinned ? [['installed', 'once, with a lock, and then started directly']] : []),
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
    hint: `mcpmux install ${shellWord(target)} ${missing.map((id) => `--input ${id}=…`).join(' ')}`,
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
