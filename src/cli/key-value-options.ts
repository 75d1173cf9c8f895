/**
 * cli/key-value-options — `-e KEY=VALUE`, `-H 'Name: value'` and `--input ID=VALUE`, with the ways to keep the value out of the shell's history.
 */
import type { SecretAsker } from './ask-secret.ts';
import { cliError } from './errors.ts';
import type { Io } from './io.ts';

/**
 * `KEY=VALUE` as it is; `KEY` alone takes the value from this command's own environment; `KEY=-` asks without echo.
 *
 * @throws cli.usage
 */
export async function parseEnvOptions(
  given: readonly string[],
  io: Io,
  asker: SecretAsker,
): Promise<Record<string, string>> {
  const pairs: Record<string, string> = {};
  for (const text of given) {
    const at = text.indexOf('=');
    const name = at < 0 ? text : text.slice(0, at);
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
      throw cliError('usage', {
        message: `"${name}" is not the name of an environment variable`,
        hint: '-e NAME=VALUE',
      });
    }
    refuseTwice(pairs, name, `variable ${name}`);
    const value = at < 0 ? io.env[name] : text.slice(at + 1);
    if (value === undefined) {
      throw cliError('usage', {
        message: `-e ${name} has no value and ${name} is not set here`,
        hint: `give it as -e ${name}=VALUE, or -e ${name}=- to be asked for it`,
      });
    }
    pairs[name] = at >= 0 && value === '-' ? await asker.ask(`value of ${name}`) : value;
  }
  return pairs;
}

/**
 * `Name: value` as it is; `Name: -` asks without echo. Whether the value may be sent is checked by the daemon.
 *
 * @throws cli.usage
 */
export async function parseHeaderOptions(
  given: readonly string[],
  asker: SecretAsker,
): Promise<Record<string, string>> {
  const pairs: Record<string, string> = {};
  for (const text of given) {
    const at = text.indexOf(':');
    const name = at < 0 ? '' : text.slice(0, at).trim();
    if (name === '') {
      throw cliError('usage', {
        message: '-H takes a header as "Name: value"',
        hint: "-H 'Authorization: -' asks for the value",
      });
    }
    refuseTwice(pairs, name.toLowerCase(), `header ${name}`, Object.keys(pairs));
    const value = text.slice(at + 1).trim();
    pairs[name] = value === '-' ? await asker.ask(`value of ${name}`) : value;
  }
  return pairs;
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
  const pairs: Record<string, string> = {};
  for (const text of given) {
    const at = text.indexOf('=');
    const id = at < 0 ? text : text.slice(0, at);
    if (!/^[A-Za-z][A-Za-z0-9_]*$/.test(id)) {
      throw cliError('usage', {
        message: `"${id}" is not the name of an input`,
        hint: '--input NAME=VALUE, or --input NAME to be asked for it',
      });
    }
    refuseTwice(pairs, id.toLowerCase(), `input ${id}`, Object.keys(pairs));
    const value = at < 0 ? '-' : text.slice(at + 1);
    pairs[id] = value === '-' ? await asker.ask(`value of ${id}`) : value;
  }
  return pairs;
}

function refuseTwice(
  pairs: Readonly<Record<string, string>>,
  name: string,
  what: string,
  names: readonly string[] = Object.keys(pairs),
): void {
  const isThere = names.some((known) => known === name || known.toLowerCase() === name);
  if (isThere) throw cliError('usage', { message: `${what} is given twice`, hint: 'give it once' });
}
