/**
 * contract/schemas/catalogue — servers that can be installed, and what installing one would do.
 */
import { z } from 'zod';
import { authKinds, categories } from '../catalogue-words.ts';
import { count, epochMs } from './fields.ts';
import { named } from './registry.ts';
import { httpLaunchDto, inputDto, inputValues, serverDto, stdioLaunchDto } from './server.ts';

export const category = z.enum(categories);
export const authKind = z.enum(authKinds);

const entryFields = {
  id: z.string().meta({ description: 'what install takes' }),
  name: z.string().meta({ description: 'the whole name: reverse DNS and a slash' }),
  title: z.string(),
  description: z.string(),
  version: z.string(),
  publisher: z.object({ name: z.string(), kind: z.enum(['vendor', 'community', 'mcp-project']) }).nullable(),
  category: category.nullable(),
  tags: z.array(z.string()),
  auth: authKind.nullable(),
  runsOn: z.array(z.string()).meta({ description: 'remote, npm, pypi, oci, …' }),
  source: z.string(),
  alsoIn: z.array(z.string()).meta({ description: 'other sources that have it' }),
  websiteUrl: z.string().nullable(),
  repositoryUrl: z.string().nullable(),
};

export const catalogueEntryDto = named('CatalogueEntry', z.object(entryFields));

const sourceDto = z.object({
  name: z.string(),
  title: z.string(),
  url: z.string().nullable(),
  isEnabled: z.boolean(),
  count,
  refreshedAt: epochMs.nullable(),
  offlineSince: epochMs.nullable(),
  problem: z.string().nullable(),
  attribution: z.object({ text: z.string(), url: z.string() }).nullable(),
});

export const catalogueListDto = named(
  'CatalogueList',
  z.object({ servers: z.array(catalogueEntryDto), total: count }),
);
export const sourceListDto = named('SourceList', z.object({ sources: z.array(sourceDto) }));

export const addSourceBody = named(
  'AddSource',
  z.strictObject({ name: z.string().min(1).max(64), url: z.string().min(1).max(2048) }),
);

const optionDto = z.object({
  key: z.string(),
  title: z.string(),
  obstacle: z.string().nullable().meta({ description: 'why it cannot be installed' }),
  missingRunner: z
    .object({ title: z.string(), install: z.string() })
    .nullable()
    .meta({ description: 'the program that it needs and that is not here' }),
});

export const catalogueDetailDto = named(
  'CatalogueDetail',
  z.object({
    ...entryFields,
    instructions: z.string().nullable(),
    caution: z.string().nullable(),
    checked: z.string().nullable().meta({ description: 'day on which somebody looked that this is true' }),
    hosts: z.array(z.string()),
    options: z.array(optionDto),
    definition: z.unknown().meta({ description: 'the whole record, as server.json' }),
  }),
);

export const installTarget = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('definition'), id: z.string().min(1).max(256) }),
  z.strictObject({
    kind: z.literal('text'),
    text: z
      .string()
      .min(1)
      .max(16_384)
      .meta({ description: 'npm:…, pypi:…, oci:…, nuget:…, a URL, or a mcpmux://install?… link' }),
  }),
  z.strictObject({
    kind: z.literal('document'),
    text: z
      .string()
      .max(2_000_000)
      .meta({ description: 'a server.json, or the configuration of any AI client' }),
    pick: z.string().max(256).optional().meta({ description: 'one of its servers' }),
  }),
  z.strictObject({
    kind: z.literal('bundle'),
    path: z.string().min(1).max(4096).meta({ description: 'an .mcpb file as the daemon sees it' }),
  }),
]);

const installFields = {
  target: installTarget,
  space: z.string().min(1).max(256).optional().meta({ description: 'absent = the default Space' }),
  option: z.string().max(64).optional().meta({ description: 'how it is run: remote, npm, pypi, …' }),
  name: z.string().max(256).optional(),
  alias: z.string().max(256).optional(),
  inputValues: inputValues.optional(),
  repeatedValues: z
    .record(z.string().min(1).max(64), z.array(z.string().max(65_536)).max(50))
    .optional()
    .meta({ description: 'several values of one input, by id' }),
  args: z.array(z.string().max(65_536)).max(200).optional().meta({ description: 'more arguments' }),
  env: z
    .record(z.string().min(1).max(256), z.string().max(65_536))
    .optional()
    .meta({ description: 'more variables' }),
  headers: z
    .record(z.string().min(1).max(256), z.string().max(16_384))
    .optional()
    .meta({ description: 'more headers' }),
  allowsVariables: z
    .array(z.string().max(256))
    .max(50)
    .optional()
    .meta({ description: 'variables that change what is executed and that a person allows' }),
  pins: z.boolean().optional().meta({
    description: 'false: its usual runner starts it; else it is installed once into a folder of our own',
  }),
};

export const planInstallBody = named('PlanInstall', z.strictObject(installFields));

export const installBody = named(
  'Install',
  z.strictObject({
    ...installFields,
    expects: z
      .string()
      .max(64)
      .optional()
      .meta({ description: 'the digest of the plan that was shown; another plan is refused' }),
    isEnabled: z.boolean().optional(),
  }),
);

export const installPlanDto = named(
  'InstallPlan',
  z.object({
    name: z.string(),
    alias: z.string().nullable(),
    entry: catalogueEntryDto,
    instructions: z.string().nullable(),
    caution: z.string().nullable(),
    option: optionDto,
    options: z.array(optionDto),
    launch: z.discriminatedUnion('kind', [stdioLaunchDto, httpLaunchDto]),
    inputs: z.array(inputDto),
    missing: z.array(z.string()).meta({ description: 'inputs without which it is not started' }),
    hosts: z.array(z.string()).meta({ description: 'where it connects to; * is anywhere, empty not known' }),
    download: z.string().nullable().meta({ description: 'where the program comes from' }),
    refused: z.array(z.object({ variable: z.string(), why: z.string() })),
    duplicates: z.array(z.string()).meta({ description: 'installed servers that run or reach the same' }),
    isPinned: z.boolean().meta({ description: 'it is installed once, with a lock, and started directly' }),
    digest: z.string(),
    pick: z.string().nullable().meta({ description: 'how its document calls it' }),
  }),
);

export const installPlansDto = named(
  'InstallPlans',
  z.object({
    plans: z.array(installPlanDto).meta({ description: 'several only of a document' }),
    refused: z
      .array(z.object({ name: z.string(), reason: z.string() }))
      .meta({ description: 'servers of the document that cannot be installed' }),
  }),
);

export const installedDto = named(
  'Installed',
  z.object({
    server: serverDto,
    unrunScripts: z.array(z.string()).meta({ description: 'packages whose install scripts were not run' }),
  }),
);

export const fileBody = named(
  'ServerFile',
  z.strictObject({
    path: z.string().min(1).max(4096).meta({ description: 'absolute, as the daemon sees it' }),
    space: z.string().min(1).max(256).optional(),
  }),
);

export const applyFileBody = named(
  'ApplyServerFile',
  z.strictObject({
    path: z.string().min(1).max(4096),
    space: z.string().min(1).max(256).optional(),
    expects: z.string().max(64).optional().meta({ description: 'the digest of the plan that was shown' }),
    allowsVariables: z.array(z.string().max(256)).max(50).optional(),
    isWatched: z
      .boolean()
      .optional()
      .meta({ description: 'apply each later change of the file by itself; false ends that' }),
  }),
);

export const filePlanDto = named(
  'FilePlan',
  z.object({
    path: z.string(),
    digest: z.string(),
    isWatched: z.boolean(),
    steps: z.array(
      z.object({
        act: z.enum(['add', 'change', 'remove', 'keep']),
        name: z.string(),
        launch: z.discriminatedUnion('kind', [stdioLaunchDto, httpLaunchDto]).nullable(),
        refused: z.array(z.object({ variable: z.string(), why: z.string() })),
      }),
    ),
  }),
);

export const exportDto = named(
  'ServerExport',
  z.object({ mcpServers: z.record(z.string(), z.record(z.string(), z.unknown())) }),
);

const change = z.object({ before: z.string().nullable(), after: z.string().nullable() });

export const updateDto = z.object({
  serverId: z.string(),
  name: z.string(),
  alias: z.string(),
  package: z.string(),
  from: z.string(),
  to: z.string(),
  publisher: change,
  repository: change,
  held: z.string().nullable().meta({ description: 'why a person has to look first' }),
});

export const updateListDto = named('UpdateList', z.object({ updates: z.array(updateDto) }));

export const updateBody = named(
  'UpdateServer',
  z.strictObject({
    version: z.string().max(128).optional().meta({ description: 'exact; default: the newest' }),
    acceptsPublisher: z.boolean().optional().meta({ description: 'another publisher or repository is fine' }),
    isDryRun: z.boolean().optional().meta({ description: 'only say what would change' }),
  }),
);

export const updatedDto = named('Updated', z.object({ update: updateDto, server: serverDto }));

export const lockListDto = named(
  'LockList',
  z.object({
    locks: z.array(
      z.object({
        serverId: z.string(),
        name: z.string(),
        package: z.string(),
        version: z.string(),
        folder: z.string(),
        integrity: z.string(),
        fault: z.string().nullable().meta({ description: 'null: what lies there is what was installed' }),
      }),
    ),
  }),
);
