/**
 * scripts/docs/cli-page — docs/cli.md, from the commands themselves.
 */
import type { Command, Option } from 'commander';
import { exitCodeMeanings } from '../../src/cli/exit-codes.ts';
import { processIo } from '../../src/cli/io.ts';
import { exampleOf } from '../../src/cli/program/builder.ts';
import { buildProgram } from '../../src/cli/program.ts';

/** The whole page. */
export function renderCliPage(): string {
  const program = buildProgram(processIo(), () => {});
  const groups = [...new Set(visible(program).map((command) => command.helpGroup()))];
  const sections = groups.flatMap((group) => [
    `## ${group.replace(/:$/, '')}`,
    ...visible(program)
      .filter((command) => command.helpGroup() === group)
      .flatMap((command) => renderCommand(command, 'mcpmux')),
  ]);
  return `${[introduction(program), ...sections, exitCodes()].join('\n\n')}\n`;
}

function introduction(program: Command): string {
  return `# Command line

<!-- Generated from src/cli/program.ts by \`npm run docs\`. Change the commands, not this page. -->

\`mcpmux\` talks to the daemon over its local socket; only \`mcpmux start\` runs one. Data goes to stdout, messages to stderr.
Run alone, it shows the status.

Options of every command:

${renderOptions(program)}`;
}

function visible(command: Command): readonly Command[] {
  const own = new Set(command.commands);
  return command
    .createHelp()
    .visibleCommands(command)
    .filter((child) => own.has(child));
}

function renderCommand(command: Command, parent: string): string[] {
  const path = `${parent} ${command.name()}`;
  const children = visible(command);
  if (children.length > 0) return children.flatMap((child) => renderCommand(child, path));
  const help = command.createHelp();
  const usage = help
    .commandUsage(command)
    .split('\n')
    .map((line) =>
      line.trim().replace(/ \[options\]/, help.visibleOptions(command).length > 1 ? ' [options]' : ''),
    );
  const facts = [
    ...help.visibleArguments(command).map((argument): [string, string] => {
      const name = argument.variadic ? `${argument.name()}…` : argument.name();
      return [argument.required ? `<${name}>` : `[${name}]`, argument.description];
    }),
  ];
  const parts = [
    `### ${path}`,
    `${sentence(command.description())}`,
    `\`\`\`sh\n${usage.join('\n')}\n\`\`\``,
  ];
  const rows = [...facts.map(([name, says]) => `| \`${name}\` | ${cell(says)} |`), ...optionRows(command)];
  if (rows.length > 0) parts.push(['| | |', '|---|---|', ...rows].join('\n'));
  const example = exampleOf(command);
  if (example !== undefined) parts.push(`Example:\n\n\`\`\`sh\n${example}\n\`\`\``);
  return [parts.join('\n\n')];
}

function renderOptions(command: Command): string {
  return ['| | |', '|---|---|', ...optionRows(command)].join('\n');
}

function optionRows(command: Command): string[] {
  const help = command.createHelp();
  return help
    .visibleOptions(command)
    .filter((option) => option.long !== '--help')
    .map((option) => `| \`${option.flags}\` | ${cell(optionSays(option))} |`);
}

/** A default is worth a word when it is a number or a word; an empty list and `false` go without saying. */
function optionSays({ description, argChoices, defaultValue }: Option): string {
  const notes: string[] = [];
  if (argChoices !== undefined) notes.push(argChoices.map((choice) => `\`${choice}\``).join(', '));
  if (typeof defaultValue === 'number' || typeof defaultValue === 'string')
    notes.push(`default \`${defaultValue}\``);
  return notes.length === 0 ? description : `${description} (${notes.join('; ')})`;
}

function exitCodes(): string {
  const rows = exitCodeMeanings.map(([code, meaning]) => `| ${code} | ${cell(meaning)} |`);
  return `## Exit codes\n\nPromised: the numbers never change.\n\n| code | meaning |\n|---|---|\n${rows.join('\n')}`;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1).replace(/\.$/, '')}.`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replace(/\s*\n\s*/g, ' ');
}
