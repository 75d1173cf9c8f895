/**
 * transports/sanitize-log-line — what a server printed, made safe to show: one line, no control characters.
 *
 * Knows nothing of: secrets; the server log replaces those.
 */
import { escapeCharacter, steeringCharacters } from '../base/index.ts';
import type { ServerLogLevel } from '../model/index.ts';

/** Longer lines are cut; a person reads no further. */
export const maxLogLineLength = 4_096;

// CSI, OSC and two-character escape sequences: colours, cursor moves, titles.
// oxlint-disable-next-line no-control-regex -- finding control characters is its very task
const escapeSequences = /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])/g;

/** `text` as one line: colours removed, line breaks made blanks, other control characters written as `\x1b` or `\u202e`, cut to `maxLength`. */
export function sanitizeLogLine(text: string, maxLength = maxLogLineLength): string {
  const plain = text
    .slice(0, maxLength * 2)
    .replace(escapeSequences, '')
    .replace(/\s*(?:\r\n|\r|\n)\s*/g, ' ')
    .replace(steeringCharacters, (character) => {
      if (character === '\t') return character;
      const code = character.charCodeAt(0);
      return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : escapeCharacter(character);
    })
    .trimEnd();
  return plain.length > maxLength ? `${plain.slice(0, maxLength)}…` : plain;
}

const errorWords = /\b(?:error|exception|panic(?:ked)?|fatal|critical|traceback|unhandled)\b/i;
const warningWords = /\bwarn(?:ing)?\b/i;
const debugWords = /\b(?:debug|trace|verbose)\b/i;

/** The level a line of stderr seems to have. Servers write banners and progress there too, so the rest is `info`. */
export function guessLevel(line: string): ServerLogLevel {
  // A level stands at the beginning; a word far into a sentence says nothing.
  const head = line.slice(0, 120);
  if (errorWords.test(head)) return 'error';
  if (warningWords.test(head)) return 'warn';
  if (debugWords.test(head)) return 'debug';
  return 'info';
}
