/**
 * config/examine-folders — can the folders and files of a daemon be used by whoever asks? For doctors, which change nothing.
 *
 * Asked in the daemon it is the daemon's own view; elsewhere, that of a daemon that this user would start.
 */
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { platform } from '../platform/index.ts';
import { type SettingName, type Settings, waysToSet } from './settings.ts';

export interface FolderFinding {
  readonly name: string;
  readonly verdict: 'fine' | 'warning' | 'trouble';
  readonly says: string;
  readonly next?: string;
}

/** One finding for each folder, and one more for each file in it that cannot be used. */
export async function examineFolders(
  settings: Pick<Settings, 'dataDir' | 'configDir' | 'logsDir'>,
): Promise<readonly FolderFinding[]> {
  const { dataDir, configDir, logsDir } = settings;
  const findings = await Promise.all([
    examineFolder('data folder', dataDir, 'dataDir'),
    examineFolder('log folder', logsDir, 'logsDir'),
    ...['mcpmux.db', 'client-key', join('run', 'daemon.json')].map((file) =>
      examineFile('data', join(dataDir, file), constants.R_OK | constants.W_OK),
    ),
    examineFile('log', join(logsDir, 'mcpmux.log'), constants.R_OK | constants.W_OK),
    examineFile('settings file', join(configDir, 'config.json'), constants.R_OK),
  ]);
  return findings.filter((finding) => finding !== undefined);
}

async function examineFolder(name: string, folder: string, setting: SettingName): Promise<FolderFinding> {
  const another = `or choose another with ${waysToSet(setting)}`;
  try {
    const facts = await stat(folder);
    if (!facts.isDirectory())
      return {
        name,
        verdict: 'trouble',
        says: `${folder} is not a folder`,
        next: `move it away, ${another}`,
      };
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    if (platform.files.hasModes && (facts.mode & 0o077) !== 0 && name === 'data folder')
      return {
        name,
        verdict: 'warning',
        says: `${folder} can be read by other users`,
        next: `chmod 700 ${folder}`,
      };
    const strangers =
      name === 'data folder' ? await platform.folderRights?.strangersIn(folder).catch(() => []) : undefined;
    if (strangers !== undefined && strangers.length > 0)
      return {
        name,
        verdict: 'warning',
        says: `${folder} can be entered by ${strangers.join(' and ')}`,
        next: `icacls "${folder}" /inheritance:r /grant:r "%USERNAME%:(OI)(CI)F" "*S-1-5-18:(OI)(CI)F"`,
      };
    return { name, verdict: 'fine', says: folder };
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return examineMissing(name, folder, another);
    return {
      name,
      verdict: 'trouble',
      says: `${folder} cannot be used: ${reasonOf(error)}`,
      next: `give it to this user, ${another}`,
    };
  }
}

/** What is not there yet is made at the start, where its parent lets us. */
async function examineMissing(name: string, folder: string, another: string): Promise<FolderFinding> {
  let parent = dirname(folder);
  for (;;) {
    try {
      await access(parent, constants.W_OK | constants.X_OK);
      return { name, verdict: 'fine', says: `${folder} (not there yet; start makes it)` };
    } catch (error) {
      if (codeOf(error) !== 'ENOENT' || parent === dirname(parent))
        return {
          name,
          verdict: 'trouble',
          says: `${folder} is not there and cannot be made: ${reasonOf(error)} at ${parent}`,
          next: `make it for this user, ${another}`,
        };
      parent = dirname(parent);
    }
  }
}

async function examineFile(what: string, file: string, mode: number): Promise<FolderFinding | undefined> {
  try {
    await access(file, mode);
    return undefined;
  } catch (error) {
    // Not there yet, or behind a folder that has a finding of its own.
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined;
    return {
      name: what,
      verdict: 'trouble',
      says: `${file} cannot be used: ${reasonOf(error)}`,
      next: 'check who owns it and its permissions',
    };
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? '';
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOTDIR: 'a file is in the way',
  ELOOP: 'its links go round in a circle',
};

function reasonOf(error: unknown): string {
  return reasons[codeOf(error)] ?? (error as Error).message;
}
