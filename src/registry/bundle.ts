/**
 * registry/bundle — an .mcpb file: a zip with a manifest that says how its server is run.
 *
 * The file is somebody else's. Its entries are counted, bounded and kept inside their folder; links in it are refused.
 * Owns: one folder a bundle, named after the file's hash, so that an unpacked one is never changed.
 *
 * @see MCPB manifest 0.1 to 0.4
 */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, sep } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Entry, ZipFile } from 'yauzl';
import { describeError, isMcpMuxError, Secret } from '../base/index.ts';
import { aliasFromName, type InputDefinition } from '../model/index.ts';
import { detailsKey, type ServerDefinition } from './definition.ts';
import { registryError } from './errors.ts';
import { idOf, type PlannedParts } from './plan-server.ts';

export const bundleLimits = {
  /** Servers with a browser in them come near it. */
  fileBytes: 512 * 1024 * 1024,
  unpackedBytes: 1024 * 1024 * 1024,
  entries: 50_000,
  manifestBytes: 1024 * 1024,
  /** Text packs ten times; what packs hundreds of times is made to fill a disk. */
  ratio: 200,
} as const;

export interface Bundle {
  readonly definition: ServerDefinition;
  readonly parts: PlannedParts;
  /** Where it is, or will be, unpacked. */
  readonly folder: string;
  readonly unpack: () => Promise<void>;
}

type System = 'linux' | 'macos' | 'windows';

/** @throws registry.bad_bundle: says the entry or member and the reason; nothing is written */
export async function readBundle(path: string, bundlesFolder: string, system: System): Promise<Bundle> {
  const refuse = (reason: string, cause?: unknown): Error =>
    registryError('bad_bundle', { path, reason }, cause);
  const facts = await stat(path).catch((error: unknown) => {
    throw refuse(describeError(error), error);
  });
  if (!facts.isFile()) throw refuse('it is no file');
  if (facts.size > bundleLimits.fileBytes)
    throw refuse(`it is larger than ${bundleLimits.fileBytes / 1024 / 1024} MiB`);
  const zip = await openZip(path).catch((error: unknown) => {
    throw refuse(`it is no zip file: ${describeError(error)}`, error);
  });
  let manifest: Manifest;
  try {
    const entries = await listEntries(zip).catch((error: unknown) => {
      throw refuse(describeError(error), error);
    });
    const fault = faultOf(entries);
    if (fault !== undefined) throw refuse(fault);
    const entry = entries.find(({ fileName }) => fileName === 'manifest.json');
    if (entry === undefined) throw refuse('it has no manifest.json');
    if (entry.uncompressedSize > bundleLimits.manifestBytes) throw refuse('its manifest.json is too large');
    manifest = readManifest(await readText(zip, entry), refuse);
  } finally {
    zip.close();
  }
  const hash = await hashOf(path);
  const folder = join(bundlesFolder, `${aliasFromName(manifest.name) || 'bundle'}-${hash.slice(0, 16)}`);
  return {
    definition: definitionOf(manifest),
    parts: planManifest(manifest, folder, system, refuse),
    folder,
    unpack: () => unpack(path, folder, refuse),
  };
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly display_name?: string;
  readonly author?: { readonly name?: string };
  readonly server: {
    readonly type?: string;
    readonly entry_point?: string;
    readonly mcp_config?: RunWords & { readonly platform_overrides?: Readonly<Record<string, RunWords>> };
  };
  readonly user_config?: Readonly<Record<string, UserConfig>>;
}

interface RunWords {
  readonly command?: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

interface UserConfig {
  readonly type?: string;
  readonly title?: string;
  readonly description?: string;
  readonly required?: boolean;
  readonly default?: unknown;
  readonly sensitive?: boolean;
}

function readManifest(text: string, refuse: (reason: string) => Error): Manifest {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw refuse(`its manifest.json is no JSON: ${describeError(error)}`);
  }
  const manifest = value as Partial<Manifest> | null;
  const missing = (['name', 'version', 'description'] as const).filter(
    (key) => typeof manifest?.[key] !== 'string',
  );
  if (missing.length > 0) throw refuse(`its manifest.json lacks: ${missing.join(', ')}`);
  const config = manifest?.server?.mcp_config;
  if (typeof config?.command !== 'string')
    throw refuse('its manifest.json does not say how it is run: server.mcp_config.command');
  const texts = [config.command, ...(config.args ?? []), ...Object.values(config.env ?? {})];
  if (!Array.isArray(config.args ?? []) || texts.some((word) => typeof word !== 'string'))
    throw refuse('in its manifest.json server.mcp_config holds something else than texts');
  if (texts.some((word) => /\$\{(env|file|keychain|exec|input):/i.test(word)))
    throw refuse('its manifest.json names secrets of the machine it is installed on');
  return manifest as Manifest;
}

function definitionOf(manifest: Manifest): ServerDefinition {
  const alias = aliasFromName(manifest.name) || 'bundle';
  return {
    name: `given/${alias}`,
    title: (manifest.display_name ?? manifest.name).slice(0, 100),
    description: manifest.description.replace(/\s+/g, ' ').slice(0, 100) || alias,
    version: manifest.version,
    _meta: {
      [detailsKey]: {
        alias,
        ...(typeof manifest.author?.name === 'string' && {
          publisher: { name: manifest.author.name.slice(0, 128), kind: 'community' as const },
        }),
      },
    },
  };
}

const inputKinds: Readonly<Record<string, InputDefinition['type']>> = {
  string: 'text',
  number: 'number',
  boolean: 'boolean',
  directory: 'directory',
  file: 'file',
};

function planManifest(
  manifest: Manifest,
  folder: string,
  system: System,
  refuse: (reason: string) => Error,
): PlannedParts {
  const { mcp_config: config = {} } = manifest.server;
  const override =
    config.platform_overrides?.[{ linux: 'linux', macos: 'darwin', windows: 'win32' }[system]] ?? {};
  const run = { ...config, ...override, env: { ...config.env, ...override.env } };
  const home = homedir();
  const fixed: Readonly<Record<string, string>> = {
    __dirname: folder,
    HOME: home,
    DESKTOP: join(home, 'Desktop'),
    DOCUMENTS: join(home, 'Documents'),
    DOWNLOADS: join(home, 'Downloads'),
    pathSeparator: sep,
    '/': sep,
  };
  const used = new Set<string>();
  const fill = (text: string): string =>
    text.replace(/\$\{([^}]*)\}/g, (whole, name: string) => {
      const [, key] = /^user_config\.(.+)$/.exec(name) ?? [];
      if (key !== undefined && manifest.user_config?.[key] !== undefined) {
        used.add(key);
        return `\${input:${idOf(key)}}`;
      }
      return fixed[name] ?? whole;
    });
  const command = fill(run.command ?? '');
  if (command.includes('${')) throw refuse('its command stands on a value that nobody has given yet');
  const launch = {
    kind: 'stdio' as const,
    command,
    args: (run.args ?? []).map(fill),
    cwd: folder,
    env: Object.fromEntries(Object.entries(run.env).map(([name, text]) => [name, new Secret(fill(text))])),
  };
  const inputs = Object.entries(manifest.user_config ?? {})
    .filter(([key]) => used.has(key))
    .map(([key, config]): InputDefinition => {
      const fallback = Array.isArray(config.default) ? config.default[0] : config.default;
      const text =
        fallback === undefined || fallback === null ? undefined : fillHome(String(fallback), fixed);
      return {
        id: idOf(key),
        label: (config.title ?? key).slice(0, 256),
        type: config.sensitive === true ? 'password' : (inputKinds[config.type ?? ''] ?? 'text'),
        isRequired: config.required === true && text === undefined,
        ...(config.description !== undefined && { description: config.description.slice(0, 4096) }),
        ...(text !== undefined && text !== '' && { default: text }),
      };
    });
  return { launch, inputs };
}

function fillHome(text: string, fixed: Readonly<Record<string, string>>): string {
  return text.replace(/\$\{([^}]*)\}/g, (whole, name: string) => fixed[name] ?? whole);
}

async function openZip(path: string): Promise<ZipFile> {
  const { default: yauzl } = await import('yauzl');
  return new Promise((resolve, reject) => {
    const options = { lazyEntries: true, autoClose: false, strictFileNames: true, validateEntrySize: true };
    yauzl.open(path, options, (error, zip) => (error === null ? resolve(zip) : reject(error)));
  });
}

function readStream(zip: ZipFile, entry: Entry): Promise<Readable> {
  return new Promise((resolve, reject) => {
    zip.openReadStream(entry, (error, stream) => (error === null ? resolve(stream) : reject(error)));
  });
}

/** One more than are allowed is enough to refuse it. */
function listEntries(zip: ZipFile): Promise<readonly Entry[]> {
  const entries: Entry[] = [];
  return new Promise((resolve, reject) => {
    zip.on('entry', (entry: Entry) => {
      entries.push(entry);
      if (entries.length > bundleLimits.entries) resolve(entries);
      else zip.readEntry();
    });
    zip.once('end', () => resolve(entries));
    zip.once('error', reject);
    zip.readEntry();
  });
}

/** Why the entries are not unpacked; undefined = they may be. */
function faultOf(entries: readonly Entry[]): string | undefined {
  if (entries.length > bundleLimits.entries) return `it has more than ${bundleLimits.entries} entries`;
  let total = 0;
  const seen = new Set<string>();
  for (const { fileName, uncompressedSize, compressedSize, externalFileAttributes } of entries) {
    total += uncompressedSize;
    if (total > bundleLimits.unpackedBytes)
      return `unpacked it would be larger than ${bundleLimits.unpackedBytes / 1024 / 1024} MiB`;
    if (uncompressedSize > 1024 * 1024 && uncompressedSize > compressedSize * bundleLimits.ratio)
      return `"${fileName.slice(0, 200)}" packs more than ${bundleLimits.ratio} times: it is made to fill a disk`;
    if (fileName.split(/[\\/]/).includes('..') || /^[\\/]|^[A-Za-z]:|[\u0000-\u001f]/.test(fileName))
      return `"${fileName.slice(0, 200)}" leads out of its folder`;
    if (((externalFileAttributes >>> 16) & 0o170000) === 0o120000)
      return `"${fileName.slice(0, 200)}" is a link`;
    const key = fileName.toLowerCase();
    if (seen.has(key)) return `"${fileName.slice(0, 200)}" is in it twice`;
    seen.add(key);
  }
  return undefined;
}

async function readText(zip: ZipFile, entry: Entry): Promise<string> {
  const stream = await readStream(zip, entry);
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/** Into a folder beside, which gets its name when all of it is there. */
async function unpack(
  path: string,
  folder: string,
  refuse: (reason: string, cause?: unknown) => Error,
): Promise<void> {
  const isThere = await stat(folder).then(
    (facts) => facts.isDirectory(),
    () => false,
  );
  if (isThere) return;
  const part = `${folder}.part-${process.pid}`;
  const zip = await openZip(path);
  try {
    const entries = await listEntries(zip);
    const fault = faultOf(entries);
    if (fault !== undefined) throw refuse(fault);
    for (const entry of entries) {
      const target = join(part, entry.fileName);
      if (!target.startsWith(part + sep))
        throw refuse(`"${entry.fileName.slice(0, 200)}" leads out of its folder`);
      if (entry.fileName.endsWith('/')) {
        await mkdir(target, { recursive: true });
        continue;
      }
      await mkdir(dirname(target), { recursive: true });
      const isProgram = ((entry.externalFileAttributes >>> 16) & 0o111) !== 0;
      await pipeline(
        await readStream(zip, entry),
        createWriteStream(target, { flags: 'wx', mode: isProgram ? 0o755 : 0o644 }),
      );
    }
    await rename(part, folder);
  } catch (error) {
    await rm(part, { recursive: true, force: true });
    throw isMcpMuxError(error) ? error : refuse(describeError(error), error);
  } finally {
    zip.close();
  }
}
