/**
 * cli/read-folder — a folder as a person types it becomes a whole path, links followed where it is there.
 */
import { realpath } from 'node:fs/promises';
import { homedir } from 'node:os';
import { resolve } from 'node:path';
import type { Context } from './context.ts';

/** `.`, `..`, `~/x` and anything with a slash is a folder; the rest is an id. */
export function meansFolder(text: string): boolean {
  return /[/\\]/.test(text) || /^(?:\.{1,2}|~)$/.test(text);
}

/** Paths of other systems and `file:` addresses stay as they are. */
export async function readFolder({ io }: Context, text: string): Promise<string> {
  if (/^(?:file:|[A-Za-z]:[/\\]|\\\\)/i.test(text)) return text;
  const home = text === '~' || text.startsWith('~/') ? `${homedir()}${text.slice(1)}` : text;
  const whole = resolve(io.cwd(), home);
  return realpath(whole).catch(() => whole);
}
