/**
 * store/repositories/launch-codec — a launch as JSON in which the values of `env`, `headers` and inputs are sealed.
 *
 * A header value is bound to the origin it is sent to, an environment value to the command it is given to, the value of
 * an input to where it is filled in: whoever changes only the plain part of a row cannot have the secret carried elsewhere.
 */
import { createHash } from 'node:crypto';
import { canonicalJson, describeError, isMcpMuxError, type Secret } from '../../base/index.ts';
import type { HttpFlavour, InputDefinition, Launch } from '../../model/index.ts';
import type { Keyring, Sealer } from '../crypto/keyring.ts';
import type { RecordAddress } from '../crypto/record.ts';
import { UnopenedSecret } from '../crypto/unopened-secret.ts';
import type { Connection } from '../drivers/database.ts';
import { storeError } from '../errors.ts';
import { readStoredObject } from '../stored-json.ts';

/** As stored: the same shape, with sealed texts where the model has secrets. */
export type StoredLaunch = (
  | {
      readonly kind: 'stdio';
      readonly command: string;
      readonly args: readonly string[];
      readonly cwd: string | null;
      readonly env: Readonly<Record<string, string>>;
    }
  | {
      readonly kind: 'http';
      readonly url: string;
      readonly flavour: HttpFlavour;
      readonly headers: Readonly<Record<string, string>>;
    }
) & {
  readonly allowsExec?: boolean;
  readonly secretNames?: readonly string[];
  readonly inputs?: readonly InputDefinition[];
  readonly inputValues?: Readonly<Record<string, string>>;
};

/** Before the id of an input, where all values of a launch stand together: no variable and no header has a colon. */
const inputPrefix = 'input:';

export function parseStoredLaunch(text: string, serverId: string): StoredLaunch {
  try {
    return JSON.parse(text) as StoredLaunch;
  } catch (error) {
    throw storeError(
      'corrupt',
      { location: `the launch of server ${serverId}`, reason: describeError(error) },
      error,
    );
  }
}

/** @returns undefined when it is none: damaged, or changed by somebody */
export function readStoredLaunch(text: string): StoredLaunch | undefined {
  const value = readStoredObject(text);
  if (value === undefined) return undefined;
  const { kind, inputValues = {} } = value;
  const isStdio =
    kind === 'stdio' &&
    typeof value['command'] === 'string' &&
    isTexts(value['args']) &&
    isTexts(value['env']);
  const isHttp = kind === 'http' && typeof value['url'] === 'string' && isTexts(value['headers']);
  return (isStdio || isHttp) && isTexts(inputValues) ? (value as unknown as StoredLaunch) : undefined;
}

function isTexts(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).every((member) => typeof member === 'string')
  );
}

/** All sealed texts of a launch, by a name that tells them apart. */
export function sealedValuesOf(launch: StoredLaunch): Readonly<Record<string, string>> {
  return join(launch.kind === 'stdio' ? launch.env : launch.headers, launch.inputValues);
}

export function withSealedValues(launch: StoredLaunch, all: Readonly<Record<string, string>>): StoredLaunch {
  const { values, inputValues } = split(all);
  return {
    ...launch,
    ...(launch.kind === 'stdio' ? { env: values } : { headers: values }),
    ...(inputValues !== undefined && { inputValues }),
  } as StoredLaunch;
}

function join<Value>(
  values: Readonly<Record<string, Value>>,
  inputValues: Readonly<Record<string, Value>> = {},
): Record<string, Value> {
  const inputs = Object.entries(inputValues).map(([id, value]) => [`${inputPrefix}${id}`, value] as const);
  return Object.fromEntries([...Object.entries(values), ...inputs]);
}

function split<Value>(all: Readonly<Record<string, Value>>): {
  readonly values: Record<string, Value>;
  readonly inputValues: Record<string, Value> | undefined;
} {
  const entries = Object.entries(all);
  const inputs = entries.filter(([name]) => name.startsWith(inputPrefix));
  return {
    values: Object.fromEntries(entries.filter(([name]) => !name.startsWith(inputPrefix))),
    inputValues:
      inputs.length === 0
        ? undefined
        : Object.fromEntries(inputs.map(([name, value]) => [name.slice(inputPrefix.length), value])),
  };
}

function bindingOf(launch: StoredLaunch): string {
  if (launch.kind === 'http') return new URL(launch.url).origin;
  const { command, args, cwd } = launch;
  return createHash('sha256')
    .update(canonicalJson([command, args, cwd]))
    .digest('hex');
}

export function launchAddress(
  serverId: string,
  launch: StoredLaunch,
  name: string,
): Omit<RecordAddress, 'spaceId'> {
  return {
    table: 'servers',
    recordId: serverId,
    column: name.startsWith(inputPrefix)
      ? `launch.inputValues.${name.slice(inputPrefix.length)}`
      : `launch.${launch.kind === 'stdio' ? 'env' : 'headers'}.${name}`,
    generation: 0,
    binding: bindingOf(launch),
  };
}

/**
 * Seals a launch. A secret that could not be opened keeps its stored text, as long as it is meant for the same thing.
 *
 * @param sealer asked for only when there is something to seal, so that the rest works while locked
 * @param stored the row as it is now, for an update
 * @throws store.locked, store.sealed_damaged
 */
export async function sealLaunch(
  serverId: string,
  launch: Launch,
  sealer: () => Promise<Sealer>,
  stored: StoredLaunch | undefined,
): Promise<StoredLaunch> {
  const more = {
    ...(launch.allowsExec === true && { allowsExec: true }),
    ...(launch.inputs !== undefined && { inputs: launch.inputs }),
    ...(launch.secretNames !== undefined && { secretNames: launch.secretNames }),
  };
  const plain: StoredLaunch =
    launch.kind === 'stdio'
      ? {
          kind: 'stdio',
          command: launch.command,
          args: launch.args,
          cwd: launch.cwd ?? null,
          env: {},
          ...more,
        }
      : { kind: 'http', url: launch.url, flavour: launch.flavour, headers: {}, ...more };
  const secrets: Readonly<Record<string, Secret>> = join(
    launch.kind === 'stdio' ? launch.env : launch.headers,
    launch.inputValues,
  );
  const names = Object.keys(secrets);
  if (names.length === 0) return plain;
  const values: [string, string][] = [];
  for (const name of names) {
    const secret = secrets[name] as Secret;
    if (secret instanceof UnopenedSecret) values.push([name, keepText(secret, name, plain, stored)]);
    else values.push([name, (await sealer()).seal(secret, launchAddress(serverId, plain, name))]);
  }
  return withSealedValues(plain, Object.fromEntries(values));
}

function keepText(
  secret: UnopenedSecret,
  name: string,
  plain: StoredLaunch,
  stored: StoredLaunch | undefined,
): string {
  const kept = stored?.kind === plain.kind ? sealedValuesOf(stored)[name] : undefined;
  if (kept === undefined || stored === undefined || bindingOf(stored) !== bindingOf(plain)) throw secret.why;
  return kept;
}

/** Opens a launch. A value that cannot be opened does not take the server with it: only its `reveal()` fails. */
export async function openLaunch(
  keyring: Keyring,
  connection: Connection,
  spaceId: string,
  serverId: string,
  stored: StoredLaunch,
): Promise<Launch> {
  const secrets: [string, Secret][] = [];
  for (const [name, text] of Object.entries(sealedValuesOf(stored))) {
    const address = { spaceId, ...launchAddress(serverId, stored, name) };
    try {
      secrets.push([name, await keyring.open(connection, text, address)]);
    } catch (error) {
      if (!isMcpMuxError(error, 'store.locked') && !isMcpMuxError(error, 'store.sealed_damaged')) throw error;
      secrets.push([name, new UnopenedSecret(error)]);
    }
  }
  const { values, inputValues } = split(Object.fromEntries(secrets));
  const more = {
    ...(stored.allowsExec === true && { allowsExec: true }),
    ...(stored.inputs !== undefined && { inputs: stored.inputs }),
    ...(stored.secretNames !== undefined && { secretNames: stored.secretNames }),
    ...(inputValues !== undefined && { inputValues }),
  };
  return stored.kind === 'stdio'
    ? {
        kind: 'stdio',
        command: stored.command,
        args: stored.args,
        cwd: stored.cwd ?? undefined,
        env: values,
        ...more,
      }
    : { kind: 'http', url: stored.url, headers: values, flavour: stored.flavour, ...more };
}
