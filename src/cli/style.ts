/**
 * cli/style — colour where it is wanted, and text from strangers made harmless for a terminal.
 */
import { escapeCharacter, shortText, steeringCharacters } from '../base/index.ts';
import type { Io } from './io.ts';

export type Paint = (text: string) => string;

export interface Style {
  readonly bold: Paint;
  readonly dim: Paint;
  readonly red: Paint;
  readonly green: Paint;
  readonly yellow: Paint;
  readonly cyan: Paint;
}

export function createStyle(isColoured: boolean): Style {
  const paint =
    (open: number, close: number): Paint =>
    (text) =>
      isColoured && text !== '' ? `\u001b[${open}m${text}\u001b[${close}m` : text;
  return {
    bold: paint(1, 22),
    dim: paint(2, 22),
    red: paint(31, 39),
    green: paint(32, 39),
    yellow: paint(33, 39),
    cyan: paint(36, 39),
  };
}

/** @see no-color.org; FORCE_COLOR as chalk and Node read it */
export function wantsColour(io: Pick<Io, 'env' | 'stdout'>): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = io.env;
  if (NO_COLOR !== undefined && NO_COLOR !== '') return false;
  if (FORCE_COLOR !== undefined && FORCE_COLOR !== '') return FORCE_COLOR !== '0';
  return io.stdout.isTTY === true && TERM !== 'dumb';
}

/** One line of text from a server or a file: control characters become visible, so that they cannot steer the terminal. */
export function sanitizeToLine(text: string): string {
  return sanitizeLines(text.replace(/\s*[\r\n]+\s*/g, ' '));
}

/** The same, but line breaks and tabs stay. Direction overrides, which can make text read as another, are made visible too. */
export function sanitizeLines(text: string): string {
  const lines = text.replaceAll('\r\n', '\n');
  return lines.replace(steeringCharacters, (character) =>
    character === '\n' || character === '\t' ? character : escapeCharacter(character),
  );
}

/** A message with every quoted name cut to what a person reads of it. */
export function shortQuotes(message: string): string {
  return message.replace(
    /(["'])([^"']{201,})\1/g,
    (_, quote: string, text: string) => `${quote}${shortText(text)}${quote}`,
  );
}

/** A colour as createStyle writes it. */
const colour = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g');

/** How many columns `text` takes: colour takes none, wide characters two. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text.replace(colour, '')) width += isWide(character.codePointAt(0) ?? 0) ? 2 : 1;
  return width;
}

function isWide(point: number): boolean {
  return (
    (point >= 0x1100 && point <= 0x115f) ||
    (point >= 0x2e80 && point <= 0xa4cf) ||
    (point >= 0xac00 && point <= 0xd7a3) ||
    (point >= 0xf900 && point <= 0xfaff) ||
    (point >= 0xfe30 && point <= 0xfe6f) ||
    (point >= 0xff00 && point <= 0xff60) ||
    (point >= 0x1f300 && point <= 0x1faff)
  );
}
