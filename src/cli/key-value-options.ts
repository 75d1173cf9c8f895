/**
 * cli/key-value-options — `-e KEY=VALUE`, `-H 'Name: value'` and `--input ID=VALUE`, with the ways to keep the value out of
 * the shell's history.
 */
import type { SecretAsker } from './ask-secret.ts';
import { cliError } from './errors.ts';
import type { Io } from './io.ts';

export interface GivenValues {
  readonly values: Readonly<Record<string, string>>;
  /** Asked for without echo: whoever did so called them secret. */
  readonly asked: readonly string[];
}

/** Looks through a value as it was typed. @throws cli.usage */
export type ReadValue = (value: string, place: string) => string;

/**
 * `KEY=VALUE` as it is; `KEY` alone takes the value from this command's own environment; `KEY=-` asks without echo.
 *
 * @throws cli.usage
 */
export async function parseEnvOptions(
  given: readonly string[],
  io: Io,
  asker: SecretAsker,
  read: ReadValue = (value) => value,
): Promise<GivenValues> {
  const values: Record<string, string> = {};
  const asked: string[] = [];
  for (const text of given) {
    const at = text.indexOf('=');
    const name = at < 0 ? text : text.slice(0, at);
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
      throw cliError('usage', {
        message: `"${name}" is not the name of an environment variable`,
        hint: '-e NAME=VALUE',
      });
    }
    refuseTwice(values, name, `variable ${name}`);
    const value = at < 0 ? io.env[name] : text.slice(at + 1);
    if (value === undefined) {
      throw cliError('usage', {
        message: `-e ${name} has no value and ${name} is not set here`,
        hint: `give it as -e ${name}=VALUE, or -e ${name}=- to be asked for it`,
      });
    }
    if (at >= 0 && value === '-') {
      values[name] = await askFor(asker, name, `-e ${name}=`);
      asked.push(name);
    } else values[name] = at < 0 ? value : read(value, `the variable ${name}`);
  }
  return { values, asked };
}

/**
 * `Name: value` as it is; `Name: -` asks without echo. Whether the value may be sent is checked by the daemon.
 *
 * @throws cli.usage
 */
export async function parseHeaderOptions(
  given: readonly string[],
  asker: SecretAsker,
  read: ReadValue = (value) => value,
): Promise<GivenValues> {
  const values: Record<string, string> = {};
  const asked: string[] = [];
  for (const text of given) {
    const at = text.indexOf(':');
    const name = at < 0 ? '' : text.slice(0, at).trim();
    if (name === '') {
      throw cliError('usage', {
        message: '-H takes a header as "Name: value"',
        hint: "-H 'Authorization: -' asks for the value",
      });
    }
    refuseTwice(values, name.toLowerCase(), `header ${name}`);
    const value = text.slice(at + 1).trim();
    if (value === '-') {
      values[name] = await askFor(asker, name, `-H '${name}:'`);
      asked.push(name);
    } else values[name] = read(value, `the header ${name}`);
  }
  return { values, asked };
}

/**
 * `ID=VALUE` as it is; `ID` alone and `ID=-` ask without echo; `ID=` takes away what was given.
 *
 * @throws cli.usage
 */
export async function parseInputOptions(
  given: readonly string[],
  asker: SecretAsker,
): Promise<Record<string, string>> {
  const values: Record<string, string> = {};
  for (const text of given) {
    const at = text.indexOf('=');
    const id = at < 0 ? text : text.slice(0, at);
    if (!/^[A-Za-z][A-Za-z0-9_]*$/.test(id)) {
      throw cliError('usage', {
        message: `"${id}" is not the name of an input`,
        hint: '--input NAME=VALUE, or --input NAME to be asked for it',
      });
    }
    refuseTwice(values, id.toLowerCase(), `input ${id}`);
    const value = at < 0 ? '-' : text.slice(at + 1);
    values[id] = value === '-' ? await askFor(asker, id, `--input ${id}=`) : value;
  }
  return values;
}

/** Nothing typed and nothing piped in is no value: it is a mistake, and an empty one is written out. @throws cli.usage */
async function askFor(asker: SecretAsker, name: string, empty: string): Promise<string> {
  const value = await asker.ask(`value of ${name}`);
  if (value !== '') return value;
  throw cliError('usage', {
    message: asker.isTerminal
      ? `no value was typed for ${name}`
      : `the value of ${name} is read from standard input, and nothing came`,
    hint: asker.isTerminal
      ? `for an empty value write: ${empty}`
      : 'run it in a terminal, or pipe the value in',
  });
}

function refuseTwice(values: Readonly<Record<string, string>>, name: string, what: string): void {
  const isThere = Object.keys(values).some((known) => known === name || known.toLowerCase() === name);
  if (isThere) throw cliError('usage', { message: `${what} is given twice`, hint: 'give it once' });
}
