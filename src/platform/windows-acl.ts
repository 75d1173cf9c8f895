/**
 * platform/windows-acl — who may enter a folder on Windows: closed for everybody but its owner and the system, and read.
 *
 * A folder that is made on a drive's root inherits rights for every user of the machine. Accounts are named by their ids
 * (SIDs), because their names are written in the language of the system.
 * Knows nothing of: which folder has to be private.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type Environment, windowsProgram } from './windows.ts';

const run = promisify(execFile);
const timeoutMs = 15_000;

const system = 'S-1-5-18';
const administrators = 'S-1-5-32-544';
/** May enter anything anyway: the system, administrators, and whoever owns or makes the thing itself. */
const trusted: ReadonlySet<string> = new Set([
  system,
  administrators,
  'SY',
  'BA',
  'CO',
  'OW',
  'S-1-3-0',
  'S-1-3-4',
]);
/** The short names that rights of the whole machine have in SDDL. */
const wide: Readonly<Record<string, string>> = {
  WD: 'everyone',
  'S-1-1-0': 'everyone',
  BU: 'all users of this machine',
  'S-1-5-32-545': 'all users of this machine',
  AU: 'whoever has signed in',
  'S-1-5-11': 'whoever has signed in',
  BG: 'guests',
  AN: 'whoever has not signed in',
};

/** What to pass to icacls so that a folder, and all in it, is its owner's alone. */
export function privateAclArguments(folder: string, userSid: string): readonly string[] {
  const grants = [userSid, system, administrators].map((sid) => `*${sid}:(OI)(CI)F`);
  return [folder, '/inheritance:r', '/grant:r', ...grants, '/Q'];
}

/** What `whoami /user /fo csv /nh` prints. */
export function parseUserSid(text: string): string | undefined {
  return /"(S-1-[0-9-]+)"\s*$/m.exec(text)?.[1];
}

/**
 * Who beside its owner, the system and administrators may enter, in words.
 *
 * @param sddl what `(Get-Acl FOLDER).Sddl` prints
 */
export function strangersIn(sddl: string, userSid: string): readonly string[] {
  const strangers: string[] = [];
  for (const [, kind = '', sid = ''] of sddl.matchAll(
    /\(([^;()]*);[^;()]*;[^;()]*;[^;()]*;[^;()]*;([^;()]*)[^()]*\)/g,
  )) {
    // Only what allows; `XA` is the same with a condition.
    if ((kind !== 'A' && kind !== 'XA') || trusted.has(sid) || sid === userSid) continue;
    const says = wide[sid] ?? `the account ${sid}`;
    if (!strangers.includes(says)) strangers.push(says);
  }
  return strangers;
}

async function askUserSid(env: Environment): Promise<string> {
  const { stdout } = await run(windowsProgram('whoami', env), ['/user', '/fo', 'csv', '/nh'], {
    timeout: timeoutMs,
    windowsHide: true,
  });
  const sid = parseUserSid(stdout);
  if (sid === undefined) throw new Error('whoami did not say who this user is');
  return sid;
}

export interface FolderRights {
  /** Closes a folder for everybody else. @throws when the system refuses */
  makePrivate(folder: string): Promise<void>;
  /** Who else may enter, in words. @throws when it cannot be found out */
  strangersIn(folder: string): Promise<readonly string[]>;
}

export function windowsRights(env: Environment): FolderRights {
  return {
    async makePrivate(folder) {
      const args = privateAclArguments(folder, await askUserSid(env));
      await run(windowsProgram('icacls', env), [...args], { timeout: timeoutMs, windowsHide: true });
    },
    async strangersIn(folder) {
      const query = `(Get-Acl -LiteralPath '${folder.replaceAll("'", "''")}').Sddl`;
      const [sid, { stdout }] = await Promise.all([
        askUserSid(env),
        run(windowsProgram('powershell', env), ['-NoProfile', '-NonInteractive', '-Command', query], {
          timeout: timeoutMs,
          windowsHide: true,
        }),
      ]);
      return strangersIn(stdout, sid);
    },
  };
}
