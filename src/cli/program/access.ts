/**
 * cli/program/access — commands that decide what clients may see and do.
 */
import { type Command, Option } from 'commander';
import { type AddCommand, type Builder, serverArgument, wholeNumber } from './builder.ts';

export function addAccessCommands({ group, perform }: Builder): void {
  const command = group('Who sees what');
  command(
    'review',
    'look at what servers changed in their tools, and accept or refuse it',
    `mcpmux review github
mcpmux review github --accept create_issue`,
  )
    .argument('[server]', serverArgument)
    .option('--accept [names...]', 'offer these from now on; without names everything that is held')
    .option('--reject [names...]', 'do not offer these; without names everything that is held')
    .addOption(
      new Option('--policy <policy>', 'which changes of it pass without you').choices([
        'follow',
        'default',
        'strict',
      ]),
    )
    .option('-y, --yes', 'do not ask', false)
    .action((server: string | undefined, options) =>
      perform(async (context) => (await import('../commands/review.ts')).run(context, server, options)),
    );
  addApprovalCommands(command, perform);
  addToolLookCommands(command, perform);
}

function addApprovalCommands(command: AddCommand, perform: Builder['perform']): void {
  const load = () => import('../commands/approvals.ts');
  const approvals = command(
    'approvals',
    'the calls that wait for your answer, and which calls do',
    'mcpmux approvals',
  )
    .option('--all', 'those too that have ended lately', false)
    .action((options: { all: boolean }) =>
      perform(async (context) => (await load()).list(context, options.all)),
    );
  const number = (parent: Command): Command =>
    parent.argument('<number>', 'as mcpmux approvals shows it', wholeNumber(1, 1_000_000_000));
  number(command('allow', 'let a call go on', 'mcpmux approvals allow 3', approvals))
    .option('--always', 'and this client this tool for good, as long as the tool stays what it is', false)
    .action((which: number, options: { always: boolean }) =>
      perform(async (context) => (await load()).answer(context, which, 'allow', options.always)),
    );
  number(command('deny', 'refuse a call', 'mcpmux approvals deny 3', approvals)).action((which: number) =>
    perform(async (context) => (await load()).answer(context, which, 'deny', false)),
  );
  command(
    'rules',
    'which calls wait, and what is allowed without asking',
    'mcpmux approvals rules',
    approvals,
  ).action(() => perform(async (context) => (await load()).rules(context)));
  command(
    'require',
    'have calls of a tool, a server, or tools of a kind wait for you',
    `mcpmux approvals require github_delete_branch
mcpmux approvals require '*_delete_*'
mcpmux approvals require --writes`,
    approvals,
  )
    .argument('[what]', "a tool's name, a server, or a pattern with * and ?")
    .option('--writes', 'every tool that does not say that it only reads')
    .option('--destroys', 'every tool that says neither that it only reads nor that it destroys nothing')
    .action((what: string | undefined, options) =>
      perform(async (context) => (await load()).require(context, what, options)),
    );
  command(
    'remove',
    'take back a rule, or what was allowed for good',
    'mcpmux approvals remove 0197c2f4',
    approvals,
  )
    .argument('<id>', 'as mcpmux approvals rules shows it')
    .action((id: string) => perform(async (context) => (await load()).remove(context, id)));
}

function addToolLookCommands(command: AddCommand, perform: Builder['perform']): void {
  const load = () => import('../commands/tool.ts');
  const tool = command(
    'tool',
    'how tools look to clients: names, words, arguments',
    'mcpmux tool list',
  ).action(() => perform(async (context) => (await load()).list(context)));
  const add = (usage: string, says: string, example: string): Command => command(usage, says, example, tool);
  const change = (usage: string, says: string, example: string): Command =>
    add(usage, says, example)
      .argument('<tool>', 'its name, as mcpmux tools shows it')
      .option('--set <set>', 'for those who come by this FeatureSet only (default: for all of the Space)');
  command(
    'list',
    'list the tools that look other than their servers show them',
    'mcpmux tool list',
    tool,
  ).action(() => perform(async (context) => (await load()).list(context)));
  add('show', 'show a tool with what was changed', 'mcpmux tool show github_create_issue')
    .argument('<tool>', 'its name, as mcpmux tools shows it')
    .action((name: string) => perform(async (context) => (await load()).show(context, name)));
  change('rename', 'call a tool by another name', 'mcpmux tool rename github_create_issue new_issue')
    .argument('<name>', 'letters, digits, _ and -, at most 64')
    .action((name: string, to: string, options) =>
      perform(async (context) => (await load()).rename(context, name, to, options)),
    );
  change(
    'describe',
    'describe a tool, or one of its arguments, in other words',
    "mcpmux tool describe github_create_issue 'Files a bug in our tracker.'",
  )
    .argument('<text>', 'what clients read')
    .option('--argument <name>', 'of this argument')
    .option('--title', 'the title, not the description')
    .action((name: string, text: string, options) =>
      perform(async (context) => (await load()).describe(context, name, text, options)),
    );
  change('hide', 'hide arguments: they are never sent', 'mcpmux tool hide github_create_issue assignees')
    .argument('<arguments...>', 'their names')
    .action((name: string, names: string[], options) =>
      perform(async (context) => (await load()).hide(context, name, names, options)),
    );
  change(
    'pin',
    'fix arguments: clients do not see them, and cannot give another value',
    'mcpmux tool pin github_create_issue owner=acme repo=tracker',
  )
    .argument('<values...>', 'ARGUMENT=VALUE; what is no text is JSON')
    .action((name: string, values: string[], options) =>
      perform(async (context) => (await load()).setValues(context, name, values, 'pinned', options)),
    );
  change(
    'default',
    'fill arguments in where a client gives none',
    'mcpmux tool default github_list_issues perPage=20',
  )
    .argument('<values...>', 'ARGUMENT=VALUE; what is no text is JSON')
    .action((name: string, values: string[], options) =>
      perform(async (context) => (await load()).setValues(context, name, values, 'default', options)),
    );
  change(
    'reset',
    'let a tool, or some of its arguments, look as its server shows it',
    'mcpmux tool reset new_issue',
  )
    .argument('[arguments...]', 'only these')
    .action((name: string, names: string[], options) =>
      perform(async (context) => (await load()).reset(context, name, names, options)),
    );
}
