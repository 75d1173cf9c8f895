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
    .option('--space <space>', 'in this Space (default: the default Space)')
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
