/**
 * scripts/docs/access-page — docs/access.md: who sees what. Its tables are those that the tests run.
 */

import { clientProfiles } from '../../src/access/client-profiles.ts';
import type { Signal } from '../../src/access/index.ts';
import { resolutionCases } from '../../src/access/resolution-cases.ts';
import { askAfterMs, graceMs } from '../../src/downstream/session-roots.ts';

const signals: readonly (readonly [Signal, string, string])[] = [
  ['lock', 'limits of key and client', 'sets that a key or client is bound to; of both, what both hold'],
  ['url', 'URL', '`/sets/<slug>/mcp` shows that set; `/spaces/<slug>/mcp` keeps to that Space'],
  ['header', 'workspace header', '`X-Mcpmux-Workspace`: a mapped folder, or a mapped id'],
  ['roots', 'reported folders', 'the first mapped one of those that the client reports'],
  ['bridge', 'bridge folder', 'where `mcpmux stdio` was started'],
  ['client', 'client setting', 'a mapping of the id `client:<id>`'],
  ['base-folder', 'base folder', 'the Space in whose base folder the folder lies: its Starter'],
  ['unmapped', 'unmapped folders', 'what `mcpmux map unmapped` says of a folder that nobody mapped'],
  ['default', 'default Space', 'its Starter'],
];

export function renderAccessPage(): string {
  return `# Who sees what

<!-- Generated from scripts/docs/access-page.ts by \`npm run docs\`; its table is the one that the tests run. -->

A **Space** is a world of its own: servers with their sign-ins, FeatureSets, mappings. One server may be in several Spaces, each time
with its own values and sign-in; nothing is shared. A **FeatureSet** is a named choice of what the servers of its Space offer. A
**mapping** says which Space and sets a folder leads to. After the installation there is one Space, and its **Starter** shows
everything: you decide nothing until you want to.

What is listed is exactly what can be called. What is not listed is unknown, said the same way whether it is there or not.

## In five commands

\`\`\`sh
mcpmux space create Work --base ~/work
mcpmux --space work add github https://api.githubcopilot.com/mcp/
mcpmux --space work set create Triage 'github_*' --exclude destructive
mcpmux --space work map add ~/code/app --set Triage
mcpmux why --folder ~/code/app github_delete_branch
\`\`\`

\`--space\` goes with every command. Without it a server is looked for in the default Space, then in the others; \`work/github\` names the
one of that Space.

## FeatureSets

| member | stands for |
|---|---|
| \`github_create_issue\` | a name that clients see: a tool, prompt or resource |
| \`server:github\` | the whole server, with what it offers in future |
| \`server-now:github\` | what it offers now, and no more |
| \`github_*\`, \`*:list_*\` | a pattern over \`alias_name\`, or over \`server:name\` |
| \`rule:readOnlyHint\` (\`read-only\`) | tools that say that they only read; \`rule:!readOnlyHint\` those that do not, \`rule:…@github\` of one server |
| \`rule:destructiveHint\` (\`destructive\`) | tools that may destroy: also those that say nothing, as the specification has it |
| \`set:Triage\` | another set of the Space |

Each member shows or excludes. Several sets together show what any of them shows, **without what one of them excludes**: exclude
wins. A set that would hold itself is refused. What vanishes stays in the set by its name and counts again when it comes back, also
when its server was removed and installed again. A set never gives a tool another name.

## How it is decided

The signals are asked in this order; the first that knows an answer decides.

| # | signal | decides |
|---|---|---|
${signals.map(([, name, says], at) => `| ${at + 1} | ${name} | ${says} |`).join('\n')}

- A key or client that is **held to a Space**, and a Space in the URL, bound all that follows. A claim of another Space counts as if it were
  not mapped, and is told as the event \`access.claim_refused\`.
- **Headers, folders and the URL are claims.** They choose only among what you gave that client. Whoever must not choose: hold its key or
  client to a Space or a set (\`mcpmux key create NAME --space work\`, \`mcpmux client narrow NAME --set Triage\`).
- A header that names a folder stands for all folders: reported ones are not asked then.
- A mapping is of its folder alone, or with \`--children\` for those within it; the nearest counts. A mapping to no set shows nothing.
- Folders are asked of a client only where a rule depends on them: after ${askAfterMs.map((ms) => `${ms / 1_000}`).join(', ')} s, and on the reply of its first list. Until
  it answers it sees nothing; after ${graceMs / 1_000} s it is taken for one without folders. When the answer comes, or changes, the client is told that
  its lists are others.

Folders are compared by one text: \`file:\` addresses, doubled slashes, \`.\` and \`..\` are resolved, links are followed where the folder is on this
machine, and Windows paths and shares do not look at case.

## The cases

What the tests run. In this world there are the Spaces \`default\` and \`work\`, each with its Starter; \`reads\` is a set of \`default\`, \`triage\` one of
\`work\`. \`/code/app\` and the id \`ci\` are mapped to \`triage\`, \`/code/tree\` too, with its children; \`/code/none\` is mapped to no set;
\`/home/me/work\` is a base folder of \`work\`.

| when | it gets | decided by |
|---|---|---|
${resolutionCases.map(caseRow).join('\n')}

## What clients can use

Known limits, by what a client calls itself; names include what the client puts in front. All names that we give have at most 46
characters, so they fit with \`mcpmux\` as the entry. \`mcpmux why --client NAME\` warns where a list passes a limit, with the tools that would be
dropped. A client that never reads its lists again waits for its first one until it has said where it works, ${graceMs / 1_000} s at most.

| client | characters of a name | tools | reads lists again | reports folders | seen |
|---|---|---|---|---|---|
${clientProfiles.map(profileRow).join('\n')}

## Questions

- \`mcpmux why [--client C] [--key K] [--folder F] [--header H] [TOOL]\` says which rule decided, what was considered, who speaks for and
  against a tool, and the command that changes it. A client that does not exist yet is simulated.
- \`mcpmux preflight TOOL… [--wait 5s]\` looks, calls nothing, and ends with a code for scripts: 0 ready, 11 not there, 12 not in this view,
  13 switched off, 14 held for review, 5 sign-in needed, 9 server down.
- Both are in the [admin API](admin-api.md) too: \`POST /api/v1/why\`, \`POST /api/v1/preflight\`.
`;
}

function profileRow(profile: (typeof clientProfiles)[number]): string {
  const { name, nameLimit, maxTools, followsLists, reportsFolders, asOf } = profile;
  const known = (fact: boolean | undefined): string => (fact === undefined ? '' : fact ? 'yes' : 'no');
  return `| ${name} | ${nameLimit ?? ''} | ${maxTools ?? ''} | ${known(followsLists)} | ${known(reportsFolders)} | ${asOf} |`;
}

function caseRow({ says, gets }: (typeof resolutionCases)[number]): string {
  if (gets === undefined) return `| ${says} | nothing is there | |`;
  const { space, sets, by, waits } = gets;
  const shown =
    waits === true
      ? 'nothing, until it has said so'
      : sets.length === 0
        ? `nothing, in \`${space}\``
        : `${sets.map((set) => `\`${set}\``).join(' + ')} of \`${space}\``;
  return `| ${says} | ${shown} | ${signals.find(([signal]) => signal === by)?.[1] ?? by} |`;
}
