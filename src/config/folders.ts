/**
 * config/folders — where files go on each platform, as a pure function of platform and environment.
 *
 * Linux and other Unixes: the XDG base directories, where a relative value is to be ignored. macOS: the Library.
 * Windows: what roams (config) apart from what does not (data, logs).
 * Knows nothing of: whether the folders exist.
 *
 * @see XDG Base Directory Specification 0.8
 */
import { createHash, randomBytes } from 'node:crypto';
import { posix, win32 } from 'node:path';

export type Environment = Readonly<Record<string, string | undefined>>;

/** What the machine says about itself; a parameter so that every platform can be tested on one. */
export interface Machine {
  readonly platform: NodeJS.Platform;
  readonly env: Environment;
  readonly homeDir: string;
  readonly tempDir: string;
  /** Undefined on Windows. */
  readonly userId: number | undefined;
}

export interface Folders {
  readonly dataDir: string;
  readonly configDir: string;
  readonly logsDir: string;
}

const name = 'mcpmux';

/** `sun_path` holds 108 bytes on Linux and 104 on macOS, the closing NUL among them. */
const maxSocketPathBytes = { darwin: 103, other: 107 } as const;

export function platformFolders(machine: Machine): Folders {
  const { env, homeDir, platform } = machine;
  if (platform === 'darwin') {
    const support = posix.join(homeDir, 'Library', 'Application Support', name);
    return {
      dataDir: support,
      configDir: posix.join(support, 'config'),
      logsDir: posix.join(homeDir, 'Library', 'Logs', name),
    };
  }
  if (platform === 'win32') {
    const roaming = env['APPDATA'] ?? win32.join(homeDir, 'AppData', 'Roaming');
    const local = env['LOCALAPPDATA'] ?? win32.join(homeDir, 'AppData', 'Local');
    return {
      dataDir: win32.join(local, name, 'data'),
      configDir: win32.join(roaming, name),
      logsDir: win32.join(local, name, 'logs'),
    };
  }
  const base = (variable: string, ...otherwise: string[]): string => {
    const value = env[variable];
    return value !== undefined && posix.isAbsolute(value) ? value : posix.join(homeDir, ...otherwise);
  };
  return {
    dataDir: posix.join(base('XDG_DATA_HOME', '.local', 'share'), name),
    configDir: posix.join(base('XDG_CONFIG_HOME', '.config'), name),
    logsDir: posix.join(base('XDG_STATE_HOME', '.local', 'state'), name, 'logs'),
  };
}

/** A data folder that was chosen takes everything in, so that two installations never share a file. */
export function foldersInside(dataDir: string, platform: NodeJS.Platform): Folders {
  const path = platform === 'win32' ? win32 : posix;
  return { dataDir, configDir: path.join(dataDir, 'config'), logsDir: path.join(dataDir, 'logs') };
}

/**
 * Where the admin socket of a data folder is: the runtime folder of the login session, else inside the data folder,
 * else (when that path is too long for a socket) a short one in the temporary folder.
 *
 * Windows has named pipes, and any user may open one of any name before we do. So the name is another one each time; it
 * stands in the daemon's note in the data folder, which nobody else can read.
 */
export function socketPathOf(dataDir: string, machine: Machine): string {
  const mark = createHash('sha256').update(dataDir).digest('hex').slice(0, 12);
  if (machine.platform === 'win32') return `\\\\.\\pipe\\${name}-${mark}-${randomBytes(16).toString('hex')}`;
  const limit = machine.platform === 'darwin' ? maxSocketPathBytes.darwin : maxSocketPathBytes.other;
  const runtimeDir = machine.env['XDG_RUNTIME_DIR'];
  const candidates = [
    ...(runtimeDir !== undefined && posix.isAbsolute(runtimeDir)
      ? [posix.join(runtimeDir, `${name}-${mark}`, 'admin.sock')]
      : []),
    posix.join(dataDir, 'run', 'admin.sock'),
  ];
  return (
    candidates.find((path) => Buffer.byteLength(path) <= limit) ??
    posix.join(machine.tempDir, `${name}-${machine.userId ?? 0}-${mark}`, 'admin.sock')
  );
}
