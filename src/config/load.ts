/**
 * config/load — works out every setting: flag before environment before file before default, and says where it came from.
 *
 * In: flags as given, the environment, a way to read a file. Out: frozen values with their origins.
 * Knows nothing of: the rooms that take the values. Reads nothing else, so the same inputs give the same settings.
 */
import { isIP } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { isAbsolute, join, posix, resolve, win32 } from 'node:path';
import { describeError } from '../base/index.ts';
import { platform } from '../platform/index.ts';
import { configError } from './errors.ts';
import {
  type Environment,
  type Folders,
  foldersInside,
  type Machine,
  platformFolders,
  socketPathOf,
} from './folders.ts';
import {
  type Setting,
  type SettingName,
  type Settings,
  settingNames,
  settingsTable,
  waysToSet,
} from './settings.ts';
import { parseSettingsFile } from './settings-file.ts';

export interface SettingOrigin {
  readonly value: string | number | boolean | readonly string[] | undefined;
  readonly origin: 'flag' | 'env' | 'file' | 'default';
  /** For a person: `--port`, `MCPMUX_PORT`, `/…/config.json:3:5`, `default`. */
  readonly where: string;
}

export interface LoadedSettings {
  readonly settings: Settings;
  readonly origins: Readonly<Record<SettingName, SettingOrigin>>;
  /** The settings file, whether it exists or not. */
  readonly file: string;
}

export interface LoadInput {
  /** By the name of the setting; what was not given is undefined. */
  readonly flags?: Partial<Record<SettingName, string | number | boolean | undefined>>;
  readonly env?: Environment;
  readonly platform?: NodeJS.Platform;
  readonly homeDir?: string;
  readonly tempDir?: string;
  readonly userId?: number;
  /** Default: the working folder; relative paths in flags and variables are relative to it. */
  readonly workingDir?: string;
  /** @returns undefined when there is no such file */
  readonly readFile?: (file: string) => Promise<string | undefined>;
}

interface Given {
  readonly raw: unknown;
  readonly origin: 'flag' | 'env' | 'file';
  readonly where: string;
}

/**
 * Works out the settings.
 *
 * @throws config.same_port, config.out_of_range, config.not_a_choice, config.wrong_type, config.not_usable, config.unknown_key,
 *         config.repeated_key, config.not_in_file, config.bad_syntax, config.unreadable
 */
export async function loadSettings(input: LoadInput = {}): Promise<LoadedSettings> {
  const env = input.env ?? process.env;
  const machine: Machine = {
    platform: input.platform ?? platform.name,
    env,
    homeDir: input.homeDir ?? homeOfThisUser(),
    tempDir: input.tempDir ?? tmpdir(),
    userId: input.userId ?? process.getuid?.(),
  };
  const workingDir = input.workingDir ?? process.cwd();
  const given = new Map<SettingName, Given>();
  for (const name of settingNames) {
    const { flag, env: variable } = settingsTable[name];
    const flagged = input.flags?.[name];
    const inEnvironment = env[variable];
    if (flagged !== undefined)
      given.set(name, { raw: flagged, origin: 'flag', where: flag === undefined ? 'flag' : `--${flag}` });
    else if (inEnvironment !== undefined && inEnvironment !== '')
      given.set(name, { raw: inEnvironment, origin: 'env', where: variable });
  }

  const origins = {} as Record<SettingName, SettingOrigin>;
  const settle = (name: SettingName, fallback: SettingOrigin['value'], baseDir = workingDir): string => {
    const source = given.get(name);
    origins[name] =
      source === undefined
        ? { value: fallback, origin: 'default', where: 'default' }
        : {
            value: readValue(name, settingsTable[name], source, baseDir),
            origin: source.origin,
            where: source.where,
          };
    return String(origins[name].value);
  };

  // The folders first: the file lies in one, and others lie in the data folder.
  const conventional = platformFolders(machine);
  const dataDir = settle('dataDir', conventional.dataDir);
  const folders =
    origins.dataDir.origin === 'default' ? conventional : foldersInside(dataDir, machine.platform);
  requireAbsolute(machine, origins, folders);
  const configDir = settle('configDir', folders.configDir);
  const file = join(configDir, 'config.json');
  for (const [name, entry] of await readFileEntries(file, input.readFile ?? readIfThere)) {
    if (!given.has(name)) given.set(name, entry);
  }
  for (const name of settingNames) {
    if (origins[name] !== undefined) continue;
    const setting = settingsTable[name];
    const fallback =
      setting.kind !== 'path'
        ? setting.default
        : setting.default === 'socket'
          ? socketPathOf(dataDir, machine)
          : folders[setting.default];
    settle(name, fallback, given.get(name)?.origin === 'file' ? configDir : workingDir);
  }
  const { port, callbackPort } = origins;
  if (port.value === callbackPort.value && port.value !== 0)
    throw configError('same_port', {
      port: Number(port.value),
      where: callbackPort.origin === 'default' ? port.where : callbackPort.where,
    });
  const values = Object.fromEntries(settingNames.map((name) => [name, origins[name].value]));
  return { settings: Object.freeze(values) as unknown as Settings, origins: Object.freeze(origins), file };
}

/** @returns '' where the system knows none: HOME is unset, and the user id has no entry in the list of users */
function homeOfThisUser(): string {
  try {
    return homedir();
  } catch {
    return '';
  }
}

/**
 * A home that is missing, empty or relative would put the data wherever the daemon happens to be started.
 *
 * @throws config.no_home when a folder would come from it
 */
function requireAbsolute(
  { platform: system, homeDir }: Machine,
  origins: Partial<Record<SettingName, SettingOrigin>>,
  folders: Folders,
): void {
  const path = system === 'win32' ? win32 : posix;
  if (origins.dataDir?.origin !== 'default' || path.isAbsolute(folders.dataDir)) return;
  throw configError('no_home', { home: homeDir, variable: system === 'win32' ? 'USERPROFILE' : 'HOME' });
}

async function readFileEntries(
  file: string,
  read: (file: string) => Promise<string | undefined>,
): Promise<ReadonlyMap<SettingName, Given>> {
  const entries = new Map<SettingName, Given>();
  let text: string | undefined;
  try {
    text = await read(file);
  } catch (error) {
    throw configError('unreadable', { file, reason: describeError(error) }, error);
  }
  if (text === undefined) return entries;
  for (const { key, value, where } of await parseSettingsFile(file, text)) {
    if (!isSettingName(key)) throw configError('unknown_key', { key, where, nearest: nearestName(key) });
    const setting = settingsTable[key];
    if (setting.isInFile === false) throw configError('not_in_file', { key, where, wayOut: waysToSet(key) });
    if (entries.has(key)) throw configError('repeated_key', { key, where });
    entries.set(key, { raw: value, origin: 'file', where });
  }
  return entries;
}

function readValue(
  name: SettingName,
  setting: Setting,
  { raw, where, origin }: Given,
  baseDir: string,
): NonNullable<SettingOrigin['value']> {
  const wrongType = (expected: string): Error =>
    configError('wrong_type', {
      setting: name,
      expected,
      where,
      given: setting.isSensitive === true ? 'something else' : JSON.stringify(raw),
    });
  switch (setting.kind) {
    case 'number': {
      // Text is a number only outside the file; there, "8080" in quotes is a mistake worth telling.
      const number = typeof raw === 'string' && origin !== 'file' ? parseWhole(raw) : raw;
      if (typeof number !== 'number') throw wrongType('a whole number');
      if (!Number.isInteger(number) || number < setting.min || number > setting.max)
        throw configError('out_of_range', {
          setting: name,
          value: String(raw),
          where,
          min: setting.min,
          max: setting.max,
        });
      return number;
    }
    case 'boolean': {
      if (typeof raw === 'boolean') return raw;
      if (origin === 'file') throw wrongType('true or false');
      if (raw === 'true' || raw === '1') return true;
      if (raw === 'false' || raw === '0') return false;
      throw wrongType('true or false');
    }
    case 'choice':
      if (typeof raw !== 'string') throw wrongType('a text');
      if (!setting.choices.includes(raw))
        throw configError('not_a_choice', {
          setting: name,
          value: raw,
          where,
          choices: setting.choices.join(', '),
        });
      return raw;
    case 'path':
      if (typeof raw !== 'string' || raw === '') throw wrongType('a path');
      // Before anything is made or changed at the part in front of it.
      if (raw.includes('\0')) throw configError('path_has_nul', { setting: name, where });
      return isAbsolute(raw) || raw.startsWith('\\\\.\\pipe\\') ? raw : resolve(baseDir, raw);
    case 'text':
      if (typeof raw !== 'string') throw wrongType('a text');
      return raw;
    case 'url': {
      if (typeof raw !== 'string') throw wrongType('a text');
      const reason = urlFault(raw, setting.names);
      if (reason !== undefined) throw configError('not_usable', { setting: name, value: raw, where, reason });
      return setting.names === 'base' ? new URL(raw).href.replace(/\/+$/, '') : new URL(raw).href;
    }
    case 'hosts': {
      const isList = Array.isArray(raw) && raw.every((entry) => typeof entry === 'string');
      if (typeof raw !== 'string' && !isList) throw wrongType('a list of texts');
      const entries = (typeof raw === 'string' ? raw.split(',') : (raw as string[]))
        .map((entry) => entry.trim().toLowerCase())
        .filter((entry) => entry !== '');
      const value = entries.find((entry) => !isHostOrRange(entry));
      if (value !== undefined)
        throw configError('not_usable', {
          setting: name,
          value,
          where,
          reason: 'each entry must be a host name, an address or a range such as 10.20.0.0/16',
        });
      return Object.freeze(entries);
    }
  }
}

/** Why a URL cannot be what this setting names; undefined when it can. */
function urlFault(text: string, names: 'base' | 'document'): string | undefined {
  if (/[\u0000-\u0020\u007f\\]/.test(text) || !URL.canParse(text)) return 'it is no URL';
  const url = new URL(text);
  if (url.protocol !== 'https:') return 'it must begin with https://';
  if (url.username !== '' || url.password !== '') return 'it must not carry a user name or a password';
  if (text.includes('#')) return 'it must not have a fragment';
  if (names === 'document') return url.pathname === '/' ? 'it must have a path' : undefined;
  if (text.includes('?')) return 'it must have nothing behind its path';
  return /^(?:\/[A-Za-z0-9._~-]+)*\/?$/.test(url.pathname) && !/\/\.{1,2}(?:\/|$)/.test(url.pathname)
    ? undefined
    : 'its path must be plain: letters, digits and . _ ~ - between slashes';
}

function isHostOrRange(text: string): boolean {
  const [host = '', bits, ...more] = text.split('/');
  const family = isIP(host);
  if (more.length > 0) return false;
  if (bits !== undefined)
    return family !== 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128);
  return family !== 0 || (host.length <= 260 && /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*(?::\d{1,5})?$/.test(host));
}

/** Digits only: `Number` would take "1e3", " 5 " and "". What is no number stays out of every range. */
function parseWhole(text: string): number {
  return /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
}

function isSettingName(key: string): key is SettingName {
  return Object.hasOwn(settingsTable, key);
}

/** The name that was probably meant: equal without case and separators, or at most two letters away. */
function nearestName(key: string): SettingName | undefined {
  const plain = (text: string): string => text.toLowerCase().replace(/[^a-z]/g, '');
  const wanted = plain(key);
  return (
    settingNames.find((name) => plain(name) === wanted) ??
    settingNames.find((name) => editDistance(plain(name), wanted) <= 2)
  );
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const swap = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(swap, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}

/** No settings file has a reason to be larger. */
const maxFileBytes = 1024 * 1024;

async function readIfThere(file: string): Promise<string | undefined> {
  const { readFile, stat } = await import('node:fs/promises');
  try {
    // A pipe would hold up the start for ever, a device has no end.
    const facts = await stat(file);
    if (!facts.isFile()) throw new Error('it is not a plain file');
    if (facts.size > maxFileBytes) throw new Error(`it is larger than ${maxFileBytes} bytes`);
    return await readFile(file, 'utf8');
  } catch (error) {
    // A file in the way of its folder: then it is not there either, and the folder is what has to be spoken of.
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}
