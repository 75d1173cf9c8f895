/**
 * cli/commands/search — finds servers that can be installed, and shows one, and where they come from.
 */
import type { CatalogueDetailDto, CatalogueEntryDto, SourceListDto } from '../../contract/index.ts';
import type { Context } from '../context.ts';
import { cliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { formatDuration } from '../format-duration.ts';
import { withProgress } from '../progress.ts';
import { sanitizeToLine } from '../style.ts';
import { renderTable } from '../table.ts';

export interface SearchOptions {
  readonly category?: string;
  readonly auth?: string;
  readonly runsOn?: string;
  readonly source?: string;
  readonly limit: number;
}

export async function search(
  context: Context,
  words: readonly string[],
  options: SearchOptions,
): Promise<number> {
  const { category, auth, runsOn, source, limit } = options;
  const query = words.join(' ');
  const found = await context.client.searchCatalogue({ query, category, auth, runsOn, source, limit });
  if (context.isJson) {
    context.printJson(found);
    return exitCodes.ok;
  }
  if (found.servers.length === 0) {
    context.tell(`no server was found${query === '' ? '' : ` for "${sanitizeToLine(query)}"`}`);
    context.tell('  next: mcpmux catalogue sources');
    return exitCodes.notFound;
  }
  const { style, width } = context;
  const rows = found.servers.map((entry) => [
    style.bold(sanitizeToLine(entry.id)),
    by(entry),
    authWord(entry),
    sanitizeToLine(entry.description),
  ]);
  context.print(renderTable(['NAME', 'BY', 'SIGN-IN', 'WHAT IT DOES'], rows, { width, heading: style.dim }));
  const more = found.total - found.servers.length;
  const [first] = found.servers;
  context.tell('');
  if (more > 0) context.tell(`${more} more: --limit ${Math.min(1_000, found.total)}`);
  context.tell(
    `Install one: mcpmux install ${first?.id ?? 'NAME'} · more about it: mcpmux catalogue show ${first?.id ?? 'NAME'}`,
  );
  return exitCodes.ok;
}

function by({ publisher }: CatalogueEntryDto): string {
  if (publisher === null) return '';
  return publisher.kind === 'community'
    ? `${sanitizeToLine(publisher.name)} (community)`
    : sanitizeToLine(publisher.name);
}

const authWords: Readonly<Record<string, string>> = {
  none: 'none',
  'optional-key': 'key, if you like',
  key: 'key',
  oauth: 'in the browser',
  'oauth-own-client': 'own OAuth client',
  basic: 'user and password',
};

function authWord({ auth }: CatalogueEntryDto): string {
  return auth === null ? '' : (authWords[auth] ?? auth);
}

export async function show(context: Context, id: string): Promise<number> {
  const detail = await context.client.getDefinition(id);
  if (context.isJson) context.printJson(detail);
  else context.print(renderDetail(context, detail));
  return exitCodes.ok;
}

function renderDetail({ style, width }: Context, detail: CatalogueDetailDto): string {
  const line = (text: string | null): string => sanitizeToLine(text ?? '');
  const facts: (readonly [string, string])[] = [
    ['by', by(detail)],
    ['sign-in', authWord(detail)],
    ['category', line(detail.category)],
    ['version', line(detail.version)],
    ['name', line(detail.name)],
    ['repository', line(detail.repositoryUrl)],
    ['website', line(detail.websiteUrl)],
    ['talks to', detail.hosts.map((host) => (host === '*' ? 'any host' : line(host))).join(', ')],
    ['to do', line(detail.instructions)],
    ['caution', line(detail.caution)],
    [
      'source',
      [detail.source, ...detail.alsoIn].map(line).join(', ') +
        (detail.checked === null ? '' : `, looked at on ${detail.checked}`),
    ],
  ];
  const options = detail.options.map(({ key, title, obstacle, missingRunner }) => [
    `--as ${line(key)}`,
    line(title) +
      (obstacle === null ? '' : `\n${style.yellow(line(obstacle))}`) +
      (missingRunner === null
        ? ''
        : `\n${style.yellow(`needs ${missingRunner.title}: ${missingRunner.install}`)}`),
  ]);
  return [
    `${style.bold(line(detail.title))}: ${line(detail.description)}`,
    renderTable(
      undefined,
      facts.filter(([, value]) => value !== ''),
      { indent: '  ', width },
    ),
    '',
    renderTable(undefined, options, { indent: '  ', width }),
    '',
    `next: mcpmux install ${line(detail.id)}`,
  ].join('\n');
}

export async function sources(context: Context): Promise<number> {
  return tellSources(context, await context.client.listSources());
}

export async function addSource(context: Context, name: string, url: string): Promise<number> {
  await context.client.addSource(name, url);
  return refresh(context, name);
}

export async function removeSource(context: Context, name: string): Promise<number> {
  return tellSources(context, await context.client.removeSource(name));
}

export async function refresh(context: Context, source: string | undefined): Promise<number> {
  const asked = await withProgress(
    context.io,
    () => 'asking the sources what is new',
    () => context.client.refreshSources(source),
  );
  const known = asked.sources.map(({ name }) => name);
  if (source !== undefined && !known.includes(source))
    throw cliError('usage', {
      message: `there is no source "${source}"`,
      hint: `there is: ${known.join(', ')}`,
    });
  return tellSources(context, asked);
}

function tellSources(context: Context, { sources: list }: SourceListDto): number {
  if (context.isJson) {
    context.printJson({ sources: list });
    return exitCodes.ok;
  }
  const { style, width, io } = context;
  const age = (at: number): string => formatDuration(io.now() - at);
  const rows = list.map((source) => {
    const fresh =
      source.url === null
        ? 'always'
        : !source.isEnabled
          ? 'off'
          : source.refreshedAt === null
            ? 'not asked yet'
            : `${age(source.refreshedAt)} ago`;
    const notes = [
      sanitizeToLine(source.url ?? source.title),
      ...(source.offlineSince === null
        ? []
        : [style.yellow(`does not answer for ${age(source.offlineSince)}`)]),
      ...(source.problem === null ? [] : [sanitizeToLine(source.problem)]),
      ...(source.attribution === null ? [] : [`${source.attribution.text}: ${source.attribution.url}`]),
    ];
    return [source.name, String(source.count), fresh, notes.join('\n')];
  });
  context.print(
    renderTable(['SOURCE', 'SERVERS', 'FRESH', 'WHERE'], rows, {
      width,
      heading: style.dim,
      rightAligned: [1],
    }),
  );
  return exitCodes.ok;
}
