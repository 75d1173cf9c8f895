/**
 * observe/pretty-line — one log line as a person reads it in a terminal.
 *
 *     09:41:07 info  upstream  server connected  server=github attempt=2
 */
import { styleText } from 'node:util';
import { isJsonObject, type JsonValue } from '../base/index.ts';

const colours = { debug: 'gray', info: 'green', warn: 'yellow', error: 'red' } as const;

/** @param line a JSON line of the logger. What is none is given back as it is */
export function prettyLine(line: string, hasColours: boolean): string {
  let record: unknown;
  try {
    record = JSON.parse(line);
  } catch {
    return line;
  }
  if (!isJsonObject(record)) return line;
  const { time, level, room, message, ...fields } = record;
  const paint = (colour: 'gray' | 'green' | 'yellow' | 'red' | 'bold', text: string): string =>
    // The caller has judged the terminal; styleText must not judge again by its own stream.
    hasColours ? styleText(colour, text, { validateStream: false }) : text;
  const levelName = textOf(level, 'info') as keyof typeof colours;
  const parts = [
    paint('gray', clockTime(time)),
    paint(colours[levelName] ?? 'gray', levelName.padEnd(5)),
    paint('gray', textOf(room, '-').padEnd(10)),
    levelName === 'error' ? paint('bold', textOf(message, '')) : textOf(message, ''),
    ...Object.entries(fields).map(([key, value]) => paint('gray', `${key}=${shortValue(value)}`)),
  ];
  return `${parts.join(' ')}\n`;
}

function textOf(value: JsonValue | undefined, otherwise: string): string {
  return typeof value === 'string' ? value : otherwise;
}

function clockTime(time: JsonValue | undefined): string {
  const date = new Date(typeof time === 'string' || typeof time === 'number' ? time : Number.NaN);
  if (Number.isNaN(date.getTime())) return '--:--:--';
  return [date.getHours(), date.getMinutes(), date.getSeconds()]
    .map((part) => String(part).padStart(2, '0'))
    .join(':');
}

/** Stacks and long values belong into the file, not on the screen. */
function shortValue(value: JsonValue | undefined): string {
  if (isJsonObject(value) && typeof value['stack'] === 'string')
    return JSON.stringify(value['code'] ?? value['type'] ?? 'error');
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const isPlain = /^[\w./:@-]+$/.test(text);
  const shown = isPlain || typeof value !== 'string' ? text : JSON.stringify(text);
  return shown.length > 200 ? `${shown.slice(0, 199)}…` : shown;
}
