/**
 * cli/edit/definition-text — a server's definition as text for an editor, and the change that an edited text asks for.
 *
 * Secrets stand in it as `(sealed)`: left alone they stay, written over they are replaced, a line less takes them away.
 * Pure. Knows nothing of: editors, files, the daemon.
 */
import type { ChangeServerBody, ServerDto } from '../../contract/index.ts';
import { cliError } from '../errors.ts';

const sealed = '(sealed)';
const missing = '(missing)';

/** Lines that begin with # are for the person and are left out when it is read. */
export function definitionText(server: ServerDto, problem?: string): string {
  const { name, alias, launch, inputs } = server;
  const values = (names: readonly string[]): Record<string, string> =>
    Object.fromEntries(names.map((one) => [one, sealed]));
  const definition = {
    name,
    alias,
    ...(launch.kind === 'stdio'
      ? { command: launch.command, args: launch.args, cwd: launch.cwd, env: values(launch.envNames) }
      : { url: launch.url, transport: launch.flavour, headers: values(launch.headerNames) }),
    ...(inputs.length === 0
      ? {}
      : { inputs: Object.fromEntries(inputs.map(({ id, isGiven }) => [id, isGiven ? sealed : missing])) }),
  };
  const head = [
    ...(problem === undefined ? [] : [`# NOT CHANGED: ${problem.replaceAll('\n', ' ')}`, '#']),
    '# Change what you like, then save and close. Close without a change, or empty it, and nothing happens.',
    `# ${sealed} stands for a secret: leave it, write another value over it, or take the line away.`,
  ];
  return `${head.join('\n')}\n${JSON.stringify(definition, null, 2)}\n`;
}

/**
 * @returns undefined when nothing is to be changed
 * @throws cli.usage: it is no JSON, or has members that a definition does not have
 */
export function changeFromText(server: ServerDto, text: string): ChangeServerBody | undefined {
  const json = text
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n');
  if (json.trim() === '') return undefined;
  const edited = parse(json);
  const original = parse(definitionText(server).replace(/^#.*$/gm, ''));
  const known = new Set([
    'name',
    'alias',
    'command',
    'args',
    'cwd',
    'env',
    'url',
    'transport',
    'headers',
    'inputs',
  ]);
  for (const member of Object.keys(edited))
    if (!known.has(member)) throw wrong(`"${member}" is no part of a definition`);
  const differs = (member: string): boolean =>
    edited[member] !== undefined && JSON.stringify(edited[member]) !== JSON.stringify(original[member]);
  for (const member of ['args', 'url', 'command']) {
    if (!differs(member)) continue;
    if (JSON.stringify(edited[member]).includes('…'))
      throw wrong(`"${member}" hides a secret as "…"; write it out, it is sealed then`);
  }
  const launch = {
    ...(differs('command') ? { command: textOf(edited, 'command') } : {}),
    ...(differs('args') || (differs('command') && edited['args'] !== undefined)
      ? { args: listOf(edited, 'args') }
      : {}),
    ...(differs('cwd') ? { cwd: edited['cwd'] === null ? null : textOf(edited, 'cwd') } : {}),
    ...part('env', valuesOf(edited, original, 'env')),
    ...(differs('url') ? { url: textOf(edited, 'url') } : {}),
    ...(differs('transport') ? { flavour: transportOf(edited) } : {}),
    ...part('headers', valuesOf(edited, original, 'headers')),
  };
  const body: ChangeServerBody = {
    ...(differs('name') ? { name: textOf(edited, 'name') } : {}),
    ...(differs('alias') ? { alias: textOf(edited, 'alias') } : {}),
    ...(Object.keys(launch).length === 0 ? {} : { launch }),
    ...part('inputValues', inputsOf(edited, original)),
  };
  return Object.keys(body).length === 0 ? undefined : body;
}

type Members = Readonly<Record<string, unknown>>;

function parse(json: string): Members {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw wrong(`it is no JSON (${(error as Error).message})`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw wrong('it must be one object');
  return value as Members;
}

function wrong(message: string): Error {
  return cliError('usage', { message, hint: 'mcpmux help edit' });
}

function textOf(members: Members, name: string): string {
  const value = members[name];
  if (typeof value !== 'string') throw wrong(`"${name}" must be a text`);
  return value;
}

function listOf(members: Members, name: string): string[] {
  const value = members[name];
  if (!Array.isArray(value) || !value.every((one) => typeof one === 'string'))
    throw wrong(`"${name}" must be a list of texts`);
  return value as string[];
}

function transportOf(members: Members): 'auto' | 'http' | 'sse' {
  const value = textOf(members, 'transport');
  if (value === 'auto' || value === 'http' || value === 'sse') return value;
  throw wrong('"transport" must be auto, http or sse');
}

function objectOf(members: Members, name: string): Members {
  const value = members[name];
  if (value === undefined) return {};
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw wrong(`"${name}" must be an object`);
  return value as Members;
}

/** New values by name, and null for what is no longer there. A part that is left out altogether stays. */
function valuesOf(edited: Members, original: Members, name: string): Record<string, string | null> {
  if (edited[name] === undefined) return {};
  const before = objectOf(original, name);
  const after = objectOf(edited, name);
  const changes: Record<string, string | null> = {};
  for (const [key, value] of Object.entries(after)) {
    if (typeof value !== 'string') throw wrong(`"${key}" in "${name}" must be a text`);
    if (value === sealed && before[key] !== undefined) continue;
    if (value === sealed) throw wrong(`"${key}" in "${name}" is new and needs a value`);
    changes[key] = value;
  }
  for (const key of Object.keys(before)) if (after[key] === undefined) changes[key] = null;
  return changes;
}

function inputsOf(edited: Members, original: Members): Record<string, string> {
  if (edited['inputs'] === undefined) return {};
  const before = objectOf(original, 'inputs');
  const after = objectOf(edited, 'inputs');
  const changes: Record<string, string> = {};
  for (const [id, value] of Object.entries(after)) {
    if (typeof value !== 'string') throw wrong(`"${id}" in "inputs" must be a text`);
    if (value !== before[id] && value !== sealed && value !== missing) changes[id] = value;
  }
  // An empty value takes away what was given; the input itself stays as long as something asks for it.
  for (const [id, value] of Object.entries(before))
    if (after[id] === undefined && value === sealed) changes[id] = '';
  return changes;
}

function part<Name extends string, Value extends object>(
  name: Name,
  value: Value,
): Partial<Record<Name, Value>> {
  return Object.keys(value).length === 0 ? {} : ({ [name]: value } as Record<Name, Value>);
}
