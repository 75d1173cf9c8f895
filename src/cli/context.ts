/**
 * cli/context — what every command gets: the client, the way to print, the options that all commands share.
 */
import { asTyped } from '../base/index.ts';
import type { AdminClient } from '../contract/index.ts';
import { connectAdmin } from './connect.ts';
import { type DaemonLocation, locateDaemon } from './daemon-location.ts';
import type { Io } from './io.ts';
import { createStyle, type Style, wantsColour } from './style.ts';

/** Options that every command takes. */
export interface SharedOptions {
  readonly json?: boolean;
  readonly color?: boolean;
  readonly dataDir?: string;
  /** Slug, name or id of a Space. */
  readonly space?: string;
}

export interface Context {
  readonly io: Io;
  readonly isJson: boolean;
  readonly style: Style;
  /** Columns of the terminal; undefined when stdout is none, and then nothing is cut or wrapped. */
  readonly width: number | undefined;
  /** Where the daemon is; read once. */
  place(): Promise<DaemonLocation>;
  /** The Space that was named with `--space`. */
  readonly space: string | undefined;
  /** Within that Space, where one was named. */
  readonly client: AdminClient;
  /** Data: one text to stdout, with a line break. */
  print(text: string): void;
  /** Data as JSON; on one line when it goes to a program. */
  printJson(value: unknown): void;
  /** A message for a person, to stderr. */
  tell(text: string): void;
}

export function createContext(io: Io, options: SharedOptions): Context {
  let place: Promise<DaemonLocation> | undefined;
  const findOnce = (): Promise<DaemonLocation> => {
    place ??= locateDaemon(options.dataDir, io);
    return place;
  };
  const style = createStyle(options.color !== false && wantsColour(io));
  const isTerminal = io.stdout.isTTY === true;
  return {
    io,
    isJson: options.json === true,
    style,
    width: isTerminal ? (io.stdout.columns ?? 80) : undefined,
    place: findOnce,
    space: options.space,
    client: connectAdmin(findOnce, options.space),
    print: (text) => void io.stdout.write(`${stepsAsTyped(text, io.env)}\n`),
    printJson: (value) => void io.stdout.write(`${safeJson(value, isTerminal ? 2 : 0)}\n`),
    tell: (text) => void io.stderr.write(`${asTyped(text, io.env)}\n`),
  };
}

/** JSON whose text cannot steer a terminal: JSON.stringify leaves DEL and the C1 controls as they are. */
export function safeJson(value: unknown, indent = 0): string {
  return JSON.stringify(value, null, indent).replace(
    /[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]|\udb40[\udc00-\udc7f]/g,
    (character) =>
      [...character.split('')]
        .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
        .join(''),
  );
}

/** In data only the lines that are steps: the rest is what servers said. */
function stepsAsTyped(text: string, env: Io['env']): string {
  return text.replace(/^.*\bnext: .*$|^(?:Call it|Undo): .*$/gm, (line) => asTyped(line, env));
}
