/**
 * gateway/manage/plan-edit — an installed server with some of its definition changed: its name, alias, command, folder,
 * variables, URL, transport, headers.
 *
 * What is not named stays: id, values, limits. What is given to one origin is not carried to another unasked.
 * Pure: nothing is stored, started or reached here.
 */
import type { Secret } from '../../base/index.ts';
import type { HttpLaunch, InstalledServer, Launch, ServerOrigin, StdioLaunch } from '../../model/index.ts';
import { inputsIn, textsOf } from '../../upstream/index.ts';
import { gatewayError } from '../errors.ts';
import type { ChangeServerInput, LaunchChange } from './control.ts';
import { giveInputs, planInputs } from './plan-inputs.ts';
import { checkAlias, checkCommands, checkLimits, checkName, planLaunch } from './plan-server.ts';
import { sealSecrets } from './seal-secrets.ts';

/**
 * @param others the installed servers without this one
 * @throws gateway.bad_name, gateway.bad_alias, gateway.name_taken, gateway.alias_taken, gateway.bad_launch,
 *         gateway.bad_input, gateway.no_such_input, gateway.bad_limit, gateway.exec_not_approved,
 *         gateway.secrets_elsewhere, transports.bad_url, transports.bad_header
 */
export function planEdit(
  old: InstalledServer,
  change: ChangeServerInput,
  others: readonly InstalledServer[],
  now: number,
): InstalledServer {
  if (change.limits !== undefined) checkLimits(change.limits);
  const name = change.name === undefined ? old.name : change.name.trim();
  if (name !== old.name) checkName(name, others);
  // It keeps its alias when it gets another name: clients know its tools by it.
  const alias = change.alias ?? old.alias;
  if (alias !== old.alias) checkAlias(alias, others);
  const { origin: before, ...rest } = old;
  const origin = change.origin ?? originAfter(before, change);
  return {
    ...rest,
    ...(origin !== undefined && { origin }),
    // What can be changed is written whole; where that is not possible, the store refuses.
    damage: undefined,
    name,
    alias,
    isEnabled: change.isEnabled ?? old.isEnabled,
    sessionPolicy: change.sessionPolicy ?? old.sessionPolicy,
    ...(change.declares !== undefined && { declares: change.declares }),
    limits: change.limits === undefined ? old.limits : { ...old.limits, ...change.limits },
    launch: changeLaunch(name, old.launch, change),
    revision: old.revision + 1,
    updatedAt: now,
  };
}

/** What a person writes as another command is no longer the package that was installed. */
function originAfter(
  origin: ServerOrigin | undefined,
  { launch }: ChangeServerInput,
): ServerOrigin | undefined {
  if (launch?.command === undefined && launch?.url === undefined) return origin;
  if (origin?.package === undefined) return origin;
  const { package: _, ...rest } = origin;
  return rest;
}

function changeLaunch(name: string, old: Launch, change: ChangeServerInput): Launch {
  const { launch: wanted, inputValues = {} } = change;
  if (wanted === undefined) {
    // What was installed before secrets in arguments were sealed, or with them left in plain.
    const sealed = change.sealsSecrets === true ? sealSecrets(old) : old;
    return change.inputValues === undefined
      ? sealed
      : checkCommands(name, giveInputs(name, sealed, inputValues));
  }
  const planned = planLaunch(name, mergeLaunch(name, old, wanted));
  const secretNames = wanted.secretNames ?? old.secretNames;
  const withInputs = planInputs(
    name,
    keepInputs({ ...planned, ...(secretNames !== undefined && { secretNames }) }, old),
    [],
  );
  const told = giveInputs(name, withInputs, inputValues);
  const launch = change.sealsSecrets === false ? told : sealSecrets(told);
  refuseElsewhere(name, old, launch, change);
  return checkCommands(name, launch);
}

/** The launch as it is wanted, of the kind that the change speaks of. */
function mergeLaunch(name: string, old: Launch, wanted: LaunchChange): Launch {
  const refuse = (reason: string): Error => gatewayError('bad_launch', { name, reason });
  const isRun = wanted.command !== undefined || wanted.args !== undefined;
  const isRunOnly = isRun || wanted.cwd !== undefined || wanted.env !== undefined;
  const isReachedOnly =
    wanted.url !== undefined || wanted.headers !== undefined || wanted.flavour !== undefined;
  if (isRunOnly && isReachedOnly) throw refuse('it cannot be run and be reached by a URL at once');
  const allowsExec = wanted.allowsExec ?? old.allowsExec;
  const more = allowsExec === undefined ? {} : { allowsExec };
  if (isReachedOnly || (!isRunOnly && old.kind === 'http')) {
    const before: HttpLaunch | undefined = old.kind === 'http' ? old : undefined;
    const url = wanted.url ?? before?.url;
    if (url === undefined) throw refuse('it is run by a command and has no URL; give one to change that');
    return {
      kind: 'http',
      url,
      headers: mergeSecrets(before?.headers ?? {}, wanted.headers, isSameHeader),
      flavour: wanted.flavour ?? before?.flavour ?? 'auto',
      ...more,
    };
  }
  const before: StdioLaunch | undefined = old.kind === 'stdio' ? old : undefined;
  const command = wanted.command ?? before?.command;
  if (command === undefined)
    throw refuse('it is reached by a URL and has no command; give one to change that');
  return {
    kind: 'stdio',
    command,
    args: wanted.args ?? (wanted.command === undefined ? (before?.args ?? []) : []),
    cwd: wanted.cwd === undefined ? before?.cwd : (wanted.cwd ?? undefined),
    env: mergeSecrets(before?.env ?? {}, wanted.env, (one, other) => one === other),
    ...more,
  };
}

/** null takes a value away; what is not named stays, in its place. */
function mergeSecrets(
  old: Readonly<Record<string, Secret>>,
  changes: Readonly<Record<string, Secret | null>> = {},
  isSame: (one: string, other: string) => boolean,
): Record<string, Secret> {
  const names = Object.keys(changes);
  const kept = Object.entries(old).filter(([name]) => !names.some((other) => isSame(name, other)));
  const given = Object.entries(changes).filter((entry): entry is [string, Secret] => entry[1] !== null);
  return Object.fromEntries([...kept, ...given]);
}

function isSameHeader(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

/** Inputs that a person declared stay; one that only followed from a placeholder goes with it, and its value too. */
function keepInputs(launch: Launch, old: Launch): Launch {
  const wanted = inputsIn(textsOf(launch));
  const inputs = (old.inputs ?? []).filter(
    ({ id, label, type, isRequired }) =>
      wanted.includes(id) || label !== id || type !== 'password' || !isRequired,
  );
  const values = Object.entries(old.inputValues ?? {}).filter(([id]) => inputs.some((one) => one.id === id));
  return {
    ...launch,
    ...(inputs.length > 0 && { inputs }),
    ...(values.length > 0 && { inputValues: Object.fromEntries(values) }),
  };
}

/** A header that was given for one origin is sent to another only when somebody says so. @throws gateway.secrets_elsewhere */
function refuseElsewhere(name: string, old: Launch, launch: Launch, change: ChangeServerInput): void {
  if (change.keepsSecrets === true || old.kind !== 'http' || launch.kind !== 'http') return;
  const from = new URL(old.url).origin;
  const to = new URL(launch.url).origin;
  if (from === to) return;
  const kept = [
    ...Object.keys(launch.headers).filter((header) => launch.headers[header] === old.headers[header]),
    ...Object.keys(launch.inputValues ?? {}).filter(
      (id) => launch.inputValues?.[id] === old.inputValues?.[id],
    ),
  ];
  if (kept.length > 0) throw gatewayError('secrets_elsewhere', { name, from, to, kept: kept.join(', ') });
}
