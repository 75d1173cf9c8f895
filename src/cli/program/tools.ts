/**
 * cli/program/tools — commands that look for tools and call them.
 */
import { Option } from 'commander';
import { type Builder, wholeNumber } from './builder.ts';

export function addToolCommands({ group, perform }: Builder): void {
  const command = group('Tools');
  command(
    'tools',
    'list the tools as clients see them, find some, or show one with its arguments',
    `mcpmux tools read
mcpmux tools files_read_text_file`,
  )
    .argument('[query]', "words to look for, or a tool's name")
    .addOption(new Option('--limit <number>', 'show no more than this').argParser(wholeNumber(1, 100_000)))
    .action((query: string | undefined, options) =>
      perform(async (context) => (await import('../commands/tools.ts')).run(context, query, options)),
    );
  command('call', 'call a tool', `mcpmux call files_read_text_file '{"path":"todo.md"}'`)
    .argument('<tool>', 'its name, as mcpmux tools shows it')
    .argument('[json]', 'the arguments as a JSON object; - reads them from stdin')
    .action((tool: string, json: string | undefined) =>
      perform(async (context) => (await import('../commands/call.ts')).run(context, tool, json)),
    );
  const load = () => import('../commands/builtin.ts');
  const builtin = command('builtin', "McpMux's own tools, with which an AI finds and calls the others");
  command('list', 'show which there are and which are on', 'mcpmux builtin list', builtin).action(() =>
    perform(async (context) => (await load()).list(context)),
  );
  for (const word of ['on', 'off'])
    command(word, `switch some ${word}`, `mcpmux builtin ${word} mcpmux_call_tool`, builtin)
      .argument('<tools...>', 'their names, or all')
      .action((tools: string[]) =>
        perform(async (context) => (await load()).turn(context, tools, word === 'on')),
      );
}
