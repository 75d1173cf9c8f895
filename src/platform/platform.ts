/**
 * platform/platform — the system we run on, as a port with an implementation a system.
 *
 * Everywhere else in this program is asked what a system does (`files.hasModes`, `hasProcessGroups`), never which one it is.
 */
import { type FileRules, posixFiles, windowsFiles } from './files.ts';
import { linuxProcesses } from './linux.ts';
import type { ProcessTable } from './process-facts.ts';
import { unixProcesses } from './unix.ts';
import { type Environment, registryPath, windowsProcesses } from './windows.ts';
import { type FolderRights, windowsRights } from './windows-acl.ts';

export interface Platform {
  /** For figures, records and tables of other programs' places; not to decide by. */
  readonly name: NodeJS.Platform;
  readonly files: FileRules;
  readonly processes: ProcessTable;
  /** Children can lead a group that is signalled as one; POSIX signals mean what they say. */
  readonly hasProcessGroups: boolean;
  /** `/proc` shows descriptors, sockets and limits. */
  readonly hasProc: boolean;
  /** A login shell says where a person's programs are. */
  readonly hasLoginShell: boolean;
  /** Where modes mean nothing: who may enter a folder. */
  readonly folderRights: FolderRights | undefined;
  /** Where there is no login shell: the PATH that a program started now would get. */
  readonly currentPath: ((env: Environment) => Promise<string>) | undefined;
  /** Names of variables and endings of programs: no case, `.exe` and `.cmd` are left out, batch files are read by cmd.exe. */
  readonly isWindows: boolean;
}

export function platformOf(name: NodeJS.Platform, env: Environment): Platform {
  if (name === 'win32')
    return {
      name,
      files: windowsFiles,
      processes: windowsProcesses(env),
      hasProcessGroups: false,
      hasProc: false,
      hasLoginShell: false,
      folderRights: windowsRights(env),
      currentPath: registryPath,
      isWindows: true,
    };
  return {
    name,
    files: posixFiles,
    processes: name === 'linux' ? linuxProcesses : unixProcesses,
    hasProcessGroups: true,
    hasProc: name === 'linux',
    hasLoginShell: true,
    folderRights: undefined,
    currentPath: undefined,
    isWindows: false,
  };
}

/** The one that this process runs on. */
export const platform: Platform = platformOf(process.platform, process.env);
