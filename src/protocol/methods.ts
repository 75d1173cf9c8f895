/**
 * protocol/methods — every method of MCP that we know: in which eras it exists, who sends it, what is special about it.
 *
 * A method that is not in the table may still be carried; what is in the table and not of the era may not.
 * Knows nothing of: who handles a method.
 */
import type { RawJson } from './raw-json.ts';
import type { Era } from './revisions.ts';

/** The field of params that `Mcp-Name` repeats. */
export type NameField = 'name' | 'uri' | 'taskId';

export interface MethodRow {
  readonly method: string;
  readonly kind: 'request' | 'notification';
  readonly eras: readonly Era[];
  /** Who sends it. In the modern era servers send no requests: what they ask travels in `input_required`. */
  readonly from: 'client' | 'server' | 'both';
  /** Modern results of it carry `ttlMs` and `cacheScope`. */
  readonly isCacheable: boolean;
  readonly nameField: NameField | undefined;
  /** Modern results of it may be `input_required`. */
  readonly mayRequireInput: boolean;
  /** The extension that brings the method into the modern era. */
  readonly extension: string | undefined;
}

export const tasksExtension = 'io.modelcontextprotocol/tasks';

type RowExtras = Partial<Pick<MethodRow, 'isCacheable' | 'nameField' | 'mayRequireInput' | 'extension'>>;

function row(
  method: string,
  kind: MethodRow['kind'],
  from: MethodRow['from'],
  eras: readonly Era[],
  extras: RowExtras = {},
): MethodRow {
  return {
    method,
    kind,
    from,
    eras,
    isCacheable: extras.isCacheable ?? false,
    nameField: extras.nameField,
    mayRequireInput: extras.mayRequireInput ?? false,
    extension: extras.extension,
  };
}

const both: readonly Era[] = ['legacy', 'modern'];
const legacy: readonly Era[] = ['legacy'];
const modern: readonly Era[] = ['modern'];

export const methodTable: readonly MethodRow[] = [
  row('server/discover', 'request', 'client', modern, { isCacheable: true }),
  row('tools/list', 'request', 'client', both, { isCacheable: true }),
  row('tools/call', 'request', 'client', both, { nameField: 'name', mayRequireInput: true }),
  row('prompts/list', 'request', 'client', both, { isCacheable: true }),
  row('prompts/get', 'request', 'client', both, { nameField: 'name', mayRequireInput: true }),
  row('resources/list', 'request', 'client', both, { isCacheable: true }),
  row('resources/templates/list', 'request', 'client', both, { isCacheable: true }),
  row('resources/read', 'request', 'client', both, {
    isCacheable: true,
    nameField: 'uri',
    mayRequireInput: true,
  }),
  row('completion/complete', 'request', 'client', both),
  row('subscriptions/listen', 'request', 'client', modern),

  row('initialize', 'request', 'client', legacy),
  row('ping', 'request', 'both', legacy),
  row('logging/setLevel', 'request', 'client', legacy),
  row('resources/subscribe', 'request', 'client', legacy),
  row('resources/unsubscribe', 'request', 'client', legacy),

  // The extension's tasks and those of 2025-11-25 share names, not shapes.
  row('tasks/get', 'request', 'both', both, { nameField: 'taskId', extension: tasksExtension }),
  row('tasks/cancel', 'request', 'both', both, { nameField: 'taskId', extension: tasksExtension }),
  row('tasks/update', 'request', 'client', modern, { nameField: 'taskId', extension: tasksExtension }),
  row('tasks/list', 'request', 'both', legacy),
  row('tasks/result', 'request', 'both', legacy),

  row('sampling/createMessage', 'request', 'server', legacy),
  row('elicitation/create', 'request', 'server', legacy),
  row('roots/list', 'request', 'server', legacy),

  row('notifications/cancelled', 'notification', 'both', both),
  row('notifications/progress', 'notification', 'both', both),
  row('notifications/initialized', 'notification', 'client', legacy),
  row('notifications/roots/list_changed', 'notification', 'client', legacy),
  row('notifications/tasks/status', 'notification', 'both', legacy),
  row('notifications/message', 'notification', 'server', both),
  row('notifications/tools/list_changed', 'notification', 'server', both),
  row('notifications/prompts/list_changed', 'notification', 'server', both),
  row('notifications/resources/list_changed', 'notification', 'server', both),
  row('notifications/resources/updated', 'notification', 'server', both),
  row('notifications/elicitation/complete', 'notification', 'server', legacy),
  row('notifications/subscriptions/acknowledged', 'notification', 'server', modern),
  row('notifications/tasks', 'notification', 'server', modern, { extension: tasksExtension }),
];

const rows: ReadonlyMap<string, MethodRow> = new Map(methodTable.map((entry) => [entry.method, entry]));

/** What we know of a method; undefined when it is none of MCP's. */
export function methodRow(method: string): MethodRow | undefined {
  return rows.get(method);
}

/** May a client send `method` as a request in that era? Unknown methods: no. */
export function isClientRequest(method: string, era: Era): boolean {
  const known = rows.get(method);
  return (
    known !== undefined && known.kind === 'request' && known.from !== 'server' && known.eras.includes(era)
  );
}

/** Is it a method of MCP that the era does not have (or does not let clients send)? Unknown methods: no. */
export function isForeignToEra(method: string, era: Era): boolean {
  return rows.has(method) && !isClientRequest(method, era);
}

/** Do modern results of it carry cache hints? */
export function isCacheable(method: string): boolean {
  return rows.get(method)?.isCacheable === true;
}

/** May a modern server answer it with `input_required`? */
export function mayRequireInput(method: string): boolean {
  return rows.get(method)?.mayRequireInput === true;
}

/** What `Mcp-Name` must say for that request; undefined when the method has no name or the params lack it. */
export function mcpNameOf(method: string, params: RawJson | undefined): string | undefined {
  const field = rows.get(method)?.nameField;
  if (field === undefined || params === undefined) return undefined;
  return params.text(field);
}
