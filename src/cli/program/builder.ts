/**
 * cli/program/builder — how every command is added: under its heading, with one real example, told apart from its siblings.
 */
import { type Command, InvalidArgumentError } from 'commander';
import type { Context } from '../context.ts';

export type Act = (context: Context) => number | Promise<number>;

export interface Builder {
  readonly program: Command;
  /** Under a heading of `mcpmux help`. */
  readonly group: (heading: string) => AddCommand;
  readonly perform: (act: Act) => Promise<void>;
}

/**
 * @param usage  name and nothing else; arguments are added to the command
 * @param says   what it does, without a capital letter and a full stop
 * @param example a line, or several, that a person could type as it is
 */
export type AddCommand = (usage: string, says: string, example?: string, parent?: Command) => Command;

const examples = new WeakMap<Command, string>();

/** The example of a command, for pages. */
export function exampleOf(command: Command): string | undefined {
  return examples.get(command);
}

export function createAddCommand(program: Command, heading: string): AddCommand {
  return (usage, says, example, parent = program) => {
    const command = parent
      .command(usage)
      .description(says)
      .helpOption('-h, --help', 'show help')
      // Inherited from the root, which takes any word in order to say which command was meant.
      .allowExcessArguments(false);
    if (parent === program) command.helpGroup(`${heading}:`);
    if (example !== undefined) {
      examples.set(command, example);
      command.addHelpText('after', `\nExample:\n${example.replace(/^/gm, '  ')}`);
    }
    return command;
  };
}

export function collect(value: string, before: readonly string[] | undefined): string[] {
  return [...(before ?? []), value];
}

export function wholeNumber(minimum: number, maximum: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= minimum && value <= maximum) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${minimum} to ${maximum}.`);
  };
}

export const serverArgument = "a server's name, alias or id";
export const logLevels = ['debug', 'info', 'warn', 'error'];
