/**
 * registry/read-definition — turns a JSON value from anywhere into a definition, or says all that is wrong with it.
 *
 * First the shape (definition-schema), then rules of our own: what could mislead a person or run something unseen.
 */
import {
  type Argument,
  type DefinitionInput,
  detailsOf,
  type ServerDefinition,
  variablesIn,
} from './definition.ts';

export interface Fault {
  /** `packages.0.version`; empty for the whole. */
  readonly path: string;
  readonly reason: string;
}

export type ReadDefinition =
  | { readonly kind: 'definition'; readonly definition: ServerDefinition; readonly faults: readonly Fault[] }
  | { readonly kind: 'refused'; readonly name: string; readonly faults: readonly Fault[] };

export async function readDefinition(value: unknown): Promise<ReadDefinition> {
  const { definitionSchema } = await import('./definition-schema.ts');
  return readDefinitionWith(definitionSchema, value);
}

type Schema = typeof import('./definition-schema.ts')['definitionSchema'];

/** The same for many: the schema is loaded once. */
export function readDefinitionWith(schema: Schema, value: unknown): ReadDefinition {
  const parsed = schema.safeParse(value);
  const name = nameOf(value);
  if (!parsed.success) {
    const faults = parsed.error.issues.slice(0, 20).map((issue) => ({
      path: issue.path.map(String).join('.'),
      reason: issue.message,
    }));
    return { kind: 'refused', name, faults };
  }
  const definition: ServerDefinition = parsed.data;
  const faults = faultsOf(definition);
  return faults.length === 0 ? { kind: 'definition', definition, faults } : { kind: 'refused', name, faults };
}

/** `a is wrong: why; b …` */
export function describeFaults(faults: readonly Fault[]): string {
  return faults.map(({ path, reason }) => (path === '' ? reason : `${path}: ${reason}`)).join('; ');
}

function nameOf(value: unknown): string {
  const name = (value as { name?: unknown } | null)?.name;
  return typeof name === 'string' ? name.slice(0, 200) : '?';
}

/** Rules that hold for every source. */
export function faultsOf(definition: ServerDefinition): readonly Fault[] {
  const faults: Fault[] = [];
  const fault = (path: string, reason: string): void => {
    faults.push({ path, reason });
  };
  for (const [path, text] of texts(definition))
    if (/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/.test(text))
      fault(path, 'it has control characters');
    else if (/\$\{(env|file|keychain|exec|input):/i.test(text))
      fault(path, 'it names secrets of the machine it is installed on');
  if (/^[\^~><=*]|[*]|\.x\b|\s/.test(definition.version)) fault('version', 'it is a range, not a version');
  const { packages = [], remotes = [] } = definition;
  for (const [at, { registryType, identifier, version, fileSha256, ...rest }] of packages.entries()) {
    const path = `packages.${at}`;
    if (version !== undefined && /^[\^~><=*]|[*]|\.x\b|\s/.test(version))
      fault(`${path}.version`, 'it is a range, not a version');
    if (/\s/.test(identifier) || identifier.startsWith('-'))
      fault(`${path}.identifier`, 'it is no package name');
    if (registryType === 'mcpb') {
      if (fileSha256 === undefined) fault(`${path}.fileSha256`, 'a bundle is refused without its SHA-256');
      if (!isHttps(identifier)) fault(`${path}.identifier`, 'a bundle is fetched by https only');
    }
    for (const [position, argument] of (rest.runtimeArguments ?? []).entries())
      checkInput(`${path}.runtimeArguments.${position}`, argument, fault);
    for (const [position, argument] of (rest.packageArguments ?? []).entries())
      checkInput(`${path}.packageArguments.${position}`, argument, fault);
    for (const variable of rest.environmentVariables ?? []) {
      const where = `${path}.environmentVariables.${variable.name}`;
      if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(variable.name)) fault(where, 'it is no name of a variable');
      checkInput(where, variable, fault);
    }
  }
  for (const [at, remote] of remotes.entries()) {
    const path = `remotes.${at}`;
    if (!/^https?:\/\//i.test(remote.url)) fault(`${path}.url`, 'it must begin with http:// or https://');
    else if (!URL.canParse(remote.url.replace(/[{}]/g, ''))) fault(`${path}.url`, 'it is no URL');
    for (const variable of variablesIn(remote.url))
      if (remote.variables?.[variable] === undefined)
        fault(`${path}.url`, `{${variable}} is not among its variables`);
    for (const header of remote.headers ?? []) {
      const where = `${path}.headers.${header.name}`;
      if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(header.name)) fault(where, 'it is no name of a header');
      checkInput(where, header, fault);
    }
  }
  for (const [id, input] of Object.entries(detailsOf(definition).inputs ?? {}))
    if (input.obtain?.url !== undefined && !isHttps(input.obtain.url))
      fault(`inputs.${id}.obtain.url`, 'a page is opened by https only');
  return faults;
}

function checkInput(
  path: string,
  input: DefinitionInput | Argument,
  fault: (path: string, reason: string) => void,
): void {
  for (const [at, choice] of (input.choices ?? []).entries())
    if (choice === '') fault(`${path}.choices.${at}`, 'it is empty');
  if (input.default !== undefined && input.choices !== undefined && !input.choices.includes(input.default))
    fault(`${path}.default`, 'it is none of the choices');
}

function isHttps(text: string): boolean {
  return /^https:\/\//i.test(text) && URL.canParse(text);
}

function* texts(value: unknown, path = ''): Generator<[path: string, text: string]> {
  if (typeof value === 'string') yield [path, value];
  else if (typeof value === 'object' && value !== null)
    for (const [key, member] of Object.entries(value))
      yield* texts(member, path === '' ? key : `${path}.${key}`);
}
