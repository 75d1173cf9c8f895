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
  const lazyCommand = () => import('../commands/lazy.ts');
  command('tokens', 'show what lists, searches and results cost each client', 'mcpmux tokens').action(() =>
    perform(async (context) => (await lazyCommand()).tokens(context)),
  );
  command(
    'large-results',
    'keep results over a limit whole, and give clients the beginning and a way to read on',
    `mcpmux large-results 20000
mcpmux large-results off`,
  )
    .argument('[characters]', 'the limit, or off; without it: show what is set')
    .option('--set <set>', 'for whoever is granted this FeatureSet (default: the default Space)')
    .action((wish: string | undefined, options: { set?: string }) =>
      perform(async (context) => (await lazyCommand()).limitResults(context, wish, options)),
    );
  const lazy = command('lazy', 'who gets all tools listed, and who finds them by search');
  command('show', 'show the modes and the pinned tools', 'mcpmux lazy show', lazy).action(() =>
    perform(async (context) => (await lazyCommand()).show(context)),
  );
  command(
    'set',
    'list all tools (full), ours and the pinned ones (lazy), or what suits the client (auto)',
    `mcpmux lazy set auto
mcpmux lazy set lazy --client laptop
mcpmux lazy set default --client laptop`,
    lazy,
  )
    .argument('<mode>', 'full, lazy, auto, or default: as the next wider setting says')
    .option('--client <client>', 'for this client alone')
    .option('--set <set>', 'for whoever is granted this FeatureSet')
    .action((mode: string, options: { client?: string; set?: string }) =>
      perform(async (context) => (await lazyCommand()).setMode(context, mode, options)),
    );
  for (const word of ['pin', 'unpin'])
    command(
      word,
      word === 'pin' ? 'list tools in lazy mode too' : 'no longer list them in lazy mode',
      `mcpmux lazy ${word} files_read_text_file`,
      lazy,
    )
      .argument('<tools...>', 'their names, as mcpmux tools shows them')
      .action((tools: string[]) =>
        perform(async (context) => (await lazyCommand()).pin(context, tools, word === 'pin')),
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
