/**
 * cli/program/who-sees-what — commands for who sees what: Spaces, FeatureSets, mappings, why, preflight.
 */
import { Option } from 'commander';
import { type Builder, collect, serverArgument } from './builder.ts';
import { addServerSettings } from './server-settings.ts';

const featureArgument =
  'a name that clients see, server:NAME, set:NAME, rule:readOnlyHint, read-only, destructive, or a pattern with *';

export function addWhoSeesWhatCommands(builder: Builder): void {
  addSpaceCommands(builder);
  addSetCommands(builder);
  addMapCommands(builder);
  addQuestions(builder);
}

function addSpaceCommands({ group, perform }: Builder): void {
  const command = group('Who sees what');
  const load = () => import('../commands/space.ts');
  const space = command(
    'space',
    'Spaces: worlds of their own, each with its servers, sign-ins, sets and mappings',
  );
  command('list', 'list the Spaces', 'mcpmux space list', space).action(() =>
    perform(async (context) => (await load()).list(context)),
  );
  const named = (usage: string, says: string, example: string) =>
    command(usage, says, example, space).argument('<space>', 'its name, slug or id');
  named('show', 'show one Space and what is in it', 'mcpmux space show work').action((name: string) =>
    perform(async (context) => (await load()).show(context, name)),
  );
  const create = command('create', 'make a Space', 'mcpmux space create Work --base ~/work', space)
    .argument('<name>', 'what you call it')
    .addOption(
      new Option('--starter <content>', 'what its Starter shows at first (default: everything)').choices([
        'everything',
        'empty',
      ]),
    );
  const looks = (one: typeof create) =>
    one
      .option('--slug <slug>', 'how it is written in URLs (default: made from the name)')
      .option('--icon <icon>', 'one emoji or letter')
      .option('--colour <colour>', '#rrggbb')
      .option(
        '--base <folder>',
        'whoever works in a folder in it comes here; may be given several times',
        collect,
      );
  looks(create).action((name: string, options) =>
    perform(async (context) => (await load()).create(context, name, options)),
  );
  looks(named('edit', 'change a Space', 'mcpmux space edit work --name "Day job"'))
    .option('--name <name>', 'another name')
    .option('--no-base', 'without base folders')
    .action((name: string, options) =>
      perform(async (context) => (await load()).edit(context, name, options)),
    );
  named('move', 'put a Space at another place in the list', 'mcpmux space move work 1')
    .argument('<place>', 'its place, from 1')
    .action((name: string, place: string) =>
      perform(async (context) => (await load()).move(context, name, place)),
    );
  named(
    'default',
    'make a Space the one for whoever is sent nowhere else',
    'mcpmux space default work',
  ).action((name: string) => perform(async (context) => (await load()).makeDefault(context, name)));
  named('delete', 'delete a Space with all that is in it', 'mcpmux space delete work')
    .option('-y, --yes', 'do not ask', false)
    .action((name: string, options: { yes: boolean }) =>
      perform(async (context) => (await load()).remove(context, name, options.yes)),
    );
}

function addSetCommands({ group, perform }: Builder): void {
  const command = group('Who sees what');
  const load = () => import('../commands/feature-set.ts');
  const set = command('set', 'FeatureSets: named choices of tools, prompts and resources of a Space').usage(
    '[command]',
  );
  // As it was called before: mcpmux set SERVER --call-timeout 300.
  addServerSettings(set.argument('[server]', serverArgument), true).action(
    (server: string | undefined, options) =>
      perform(async (context) =>
        server === undefined
          ? (await load()).list(context)
          : (await import('../commands/set.ts')).runAsBefore(context, server, options),
      ),
  );
  command('list', 'list the sets', 'mcpmux set list', set).action(() =>
    perform(async (context) => (await load()).list(context)),
  );
  const named = (usage: string, says: string, example: string) =>
    command(usage, says, example, set).argument('<set>', 'its name, slug or id');
  named('show', 'show what a set holds and who uses it', 'mcpmux set show Starter').action((name: string) =>
    perform(async (context) => (await load()).show(context, name)),
  );
  command('create', 'make a set', "mcpmux set create Triage 'github_*' --exclude destructive", set)
    .argument('<name>', 'what you call it')
    .argument('[features...]', featureArgument)
    .option('--exclude <feature>', 'what it never shows; may be given several times', collect)
    .option('--description <text>', 'what it is for')
    .action((name: string, features: string[], options) =>
      perform(async (context) => (await load()).create(context, name, features, options)),
    );
  const acts = [
    ['add', 'show more in a set', 'mcpmux set add Triage github_create_issue server:linear'],
    [
      'exclude',
      'never show something by a set; this wins over every add',
      'mcpmux set exclude Starter destructive',
    ],
    ['remove', 'take members out of a set', 'mcpmux set remove Triage server:linear'],
  ] as const;
  for (const [act, says, example] of acts)
    named(act, says, example)
      .argument('<features...>', featureArgument)
      .action((name: string, features: string[]) =>
        perform(async (context) => (await load()).change(context, name, act, features)),
      );
  named('rename', 'call a set something else', 'mcpmux set rename Triage "Issue triage"')
    .argument('<name>', 'what to call it')
    .action((name: string, to: string) =>
      perform(async (context) => (await load()).rename(context, name, to)),
    );
  named('delete', 'delete a set; mappings go on without it', 'mcpmux set delete Triage')
    .option('-y, --yes', 'do not ask', false)
    .action((name: string, options: { yes: boolean }) =>
      perform(async (context) => (await load()).remove(context, name, options.yes)),
    );
}

function addMapCommands({ group, perform }: Builder): void {
  const command = group('Who sees what');
  const load = () => import('../commands/map.ts');
  const map = command('map', 'mappings: which Space and sets a folder leads to');
  const keyArgument = "a folder, or an id of a client's own choosing";
  const target = (one: typeof map) =>
    one
      .option('--set <set>', 'show this set; may be given several times (default: the Starter)', collect)
      .option('--nothing', 'show nothing there', false)
      .option('--children', 'for the folders within it too');
  command('list', 'list the mappings, and the folders that nobody mapped', 'mcpmux map list', map).action(
    () => perform(async (context) => (await load()).list(context)),
  );
  target(
    command(
      'add',
      'map a folder or an id',
      'mcpmux map add ~/code/app --space work --set Triage',
      map,
    ).argument('<folder>', keyArgument),
  ).action((key: string, options) => perform(async (context) => (await load()).add(context, key, options)));
  target(
    command('set', 'change where a mapping leads', 'mcpmux map set ~/code/app --set Triage', map)
      .argument('<folder>', keyArgument)
      .option('--no-children', 'for that folder alone'),
  ).action((key: string, options) =>
    perform(async (context) => (await load()).change(context, key, options)),
  );
  command('remove', 'take a mapping away', 'mcpmux map remove ~/code/app', map)
    .argument('<folder>', keyArgument)
    .action((key: string) => perform(async (context) => (await load()).remove(context, key)));
  command(
    'unmapped',
    'what a folder gets that nobody mapped: the Starter, a question to you, or nothing',
    'mcpmux map unmapped ask',
    map,
  )
    .argument('[policy]', 'starter, ask or nothing; without it: what it is now')
    .action((policy: string | undefined) =>
      perform(async (context) => (await load()).unmapped(context, policy)),
    );
}

function addQuestions({ group, perform }: Builder): void {
  const command = group('Who sees what');
  const asked = (one: ReturnType<typeof command>) =>
    one
      .option('--client <client>', 'this client; one that does not exist yet is simulated')
      .option('--key <key>', 'whoever comes with this key')
      .option('--folder <folder>', 'in this folder')
      .option('--header <value>', 'with this X-Mcpmux-Workspace header')
      .option('--url-set <set>', 'by the URL of this set')
      .option('--url-server <alias>', 'by the URL of this server');
  asked(
    command(
      'why',
      'explain what a client sees, and why a tool is there or not',
      'mcpmux why --client "Claude Code" --folder ~/code/app github_delete_branch',
    ).argument('[tool]', 'a name as clients see it'),
  ).action((tool: string | undefined, options) =>
    perform(async (context) => (await import('../commands/why.ts')).run(context, tool, options)),
  );
  asked(
    command(
      'preflight',
      'look whether tools can be called now; calls none',
      'mcpmux preflight github_create_issue linear_list_issues --wait 5s',
    )
      .argument('<tools...>', 'names as clients see them')
      .option('--wait <time>', 'wait for them so long at most: 5s, 2m'),
  ).action((tools: string[], options) =>
    perform(async (context) => (await import('../commands/preflight.ts')).run(context, tools, options)),
  );
}
