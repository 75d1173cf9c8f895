/**
 * cli/table — columns for a terminal. The last column takes the room that is left and wraps; the others keep their width.
 */
import { widthOf } from './style.ts';

const gap = '  ';
/** Narrower than this a wrapped column is unreadable; then the line just runs on. */
const minimumLastColumn = 24;

export interface TableOptions {
  /** Columns of the terminal; undefined = do not wrap. */
  readonly width?: number | undefined;
  readonly indent?: string;
  /** Applied to the headings after they were measured. */
  readonly heading?: (text: string) => string;
  /** Indexes of columns that hold numbers. */
  readonly rightAligned?: readonly number[];
}

/** Rows of text (colours allowed). A cell of the last column may hold line breaks. @returns lines without trailing blanks */
export function renderTable(
  headings: readonly string[] | undefined,
  rows: readonly (readonly string[])[],
  options: TableOptions = {},
): string {
  const { indent = '', heading = (text) => text, rightAligned = [] } = options;
  const all = headings === undefined ? rows : [headings, ...rows];
  const columns = Math.max(0, ...all.map((row) => row.length));
  const widths: number[] = [];
  for (let column = 0; column < columns - 1; column += 1) {
    widths.push(Math.max(...all.map((row) => widthOf(row[column] ?? ''))));
  }
  const before = widths.reduce((sum, width) => sum + width + gap.length, widthOf(indent));
  const room = options.width === undefined ? 0 : options.width - before;
  const lines: string[] = [];
  for (const [index, row] of all.entries()) {
    const isHeading = headings !== undefined && index === 0;
    const cells = widths.map((width, column) => {
      const cell = row[column] ?? '';
      const blanks = ' '.repeat(width - widthOf(cell));
      const text = isHeading ? heading(cell) : cell;
      return rightAligned.includes(column) ? blanks + text : text + blanks;
    });
    const last = row[columns - 1] ?? '';
    const parts = last.split('\n').flatMap((line) => (room >= minimumLastColumn ? wrap(line, room) : [line]));
    for (const [at, part] of parts.entries()) {
      const text = isHeading ? heading(part) : part;
      const start =
        at === 0 ? cells.join(gap) + (cells.length > 0 ? gap : '') : ' '.repeat(before - indent.length);
      lines.push((indent + start + text).trimEnd());
    }
  }
  return lines.join('\n');
}

/** Breaks `line` at blanks so that no part is wider than `room`, except a single longer word. */
export function wrap(line: string, room: number): string[] {
  const parts: string[] = [];
  let part = '';
  for (const word of line.split(' ')) {
    const longer = part === '' ? word : `${part} ${word}`;
    if (part !== '' && widthOf(longer) > room) {
      parts.push(part);
      part = word;
    } else part = longer;
  }
  parts.push(part);
  return parts;
}

/** `text` cut to `room` columns, with an ellipsis when something was cut. */
export function shorten(text: string, room: number): string {
  if (widthOf(text) <= room) return text;
  let short = '';
  for (const character of text) {
    if (widthOf(short + character) > room - 1) break;
    short += character;
  }
  return `${short.trimEnd()}…`;
}
