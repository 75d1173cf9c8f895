/**
 * clients/read-back — asks a client's own program, after a write, whether it understands its file.
 *
 * A program that is not here, hangs, or wants a person first says nothing about the file: only a clear no counts.
 */
import { execFile } from 'node:child_process';
import { stripVTControlCharacters } from 'node:util';
import { entryName } from './dialects.ts';
import { findProgram } from './find-client.ts';
import { isWindowsPlace, type Place } from './place.ts';
import type { ClientRow } from './table/index.ts';

export type ReadBackVerdict =
  /** It lists our entry. */
  | { readonly kind: 'understood'; readonly command: string }
  /** It read its file and does not know our entry, or cannot read the file. */
  | { readonly kind: 'refused'; readonly command: string; readonly says: string }
  /** Nothing is known: no program, no answer in time, or an answer about something else. */
  | { readonly kind: 'unknown'; readonly command: string | undefined };

export interface ProgramAnswer {
  readonly code: number | undefined;
  readonly text: string;
}

export type AskProgram = (file: string, args: readonly string[], cwd: string) => Promise<ProgramAnswer>;

/** @param project the folder whose file was written; null = the person's own */
export async function readBack(
  place: Place,
  row: ClientRow,
  project: string | null,
  ask: AskProgram = (file, args, cwd) => askProgram(place, file, args, cwd),
): Promise<ReadBackVerdict> {
  const { readBack: how, program } = row;
  // A project's file is not read before a person trusts the folder.
  if (how === undefined || program === undefined || project !== null)
    return { kind: 'unknown', command: undefined };
  const file = await findProgram(place, program);
  if (file === undefined) return { kind: 'unknown', command: undefined };
  const command = [program, ...how.args].join(' ');
  const { code, text } = await ask(file, how.args, place.home);
  return judge(how.complaint, command, { code, text: stripVTControlCharacters(text) });
}

/** As a word of its own: folders may be called so too. */
const listed = new RegExp(`(?:^|[^\\w/\\\\.-])${entryName}(?![\\w/\\\\.-])`);

/** Pure: what an answer means. */
export function judge(complaint: RegExp, command: string, { code, text }: ProgramAnswer): ReadBackVerdict {
  if (code === 0 && listed.test(text)) return { kind: 'understood', command };
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const complaining = lines.find((line) => complaint.test(line));
  if (complaining !== undefined) return { kind: 'refused', command, says: complaining.slice(0, 300) };
  if (code === 0 && lines.length > 0)
    return { kind: 'refused', command, says: `it lists other servers only: ${lines.at(-1)?.slice(0, 200)}` };
  return { kind: 'unknown', command };
}

const patienceMs = 30_000;

function askProgram(
  place: Place,
  file: string,
  args: readonly string[],
  cwd: string,
): Promise<ProgramAnswer> {
  return new Promise((resolve) => {
    const child = execFile(
      file,
      [...args],
      {
        cwd,
        env: { ...place.env, NO_COLOR: '1', CI: '1' },
        timeout: patienceMs,
        killSignal: 'SIGKILL',
        maxBuffer: 4 * 1024 * 1024,
        windowsHide: true,
        // npm's commands are batch files there; the words are ours.
        shell: isWindowsPlace(place) && /\.(?:cmd|bat)$/i.test(file),
      },
      (error, stdout, stderr) => {
        const failed = error as (Error & { code?: number | string | null; killed?: boolean }) | null;
        const code = failed === null ? 0 : typeof failed.code === 'number' ? failed.code : undefined;
        resolve({ code, text: `${stdout}\n${stderr}` });
      },
    );
    child.stdin?.end();
  });
}
