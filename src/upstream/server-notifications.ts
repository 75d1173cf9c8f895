/**
 * upstream/server-notifications — what a server says that belongs to no call: lists and resources changed, log messages.
 *
 * Knows nothing of: what follows from it; it tells events and the reader of the lists.
 */
import type { JsonObject } from '../base/index.ts';
import type { DomainEvents, ServerId, ServerLogLevel, ServerLogSource } from '../model/index.ts';
import type { ListReader } from './list-reader.ts';

/** Enough of a log message for a person; the whole went to whoever asked for it. */
const loggedCharacters = 2_000;

type Log = (
  level: ServerLogLevel,
  source: ServerLogSource,
  message: string,
  facts?: Readonly<Record<string, string | number | boolean>>,
) => void;

export class ServerNotifications {
  readonly #serverId: ServerId;
  readonly #events: DomainEvents;
  readonly #lists: ListReader;
  readonly #log: Log;

  constructor(serverId: ServerId, events: DomainEvents, lists: ListReader, log: Log) {
    this.#serverId = serverId;
    this.#events = events;
    this.#lists = lists;
    this.#log = log;
  }

  heard(method: string, params: JsonObject): void {
    switch (method) {
      case 'notifications/tools/list_changed':
        return this.#lists.noted(['tool']);
      case 'notifications/prompts/list_changed':
        return this.#lists.noted(['prompt']);
      case 'notifications/resources/list_changed':
        return this.#lists.noted(['resource', 'template']);
      case 'notifications/resources/updated': {
        const uri = params['uri'];
        if (typeof uri !== 'string') return;
        this.#events.publish({ type: 'upstream.resource_updated', serverId: this.#serverId, uri });
        return;
      }
      case 'notifications/message':
        this.logged(params);
        this.#events.publish({ type: 'upstream.message_logged', serverId: this.#serverId, params });
        return;
      default:
        this.#log('debug', 'protocol', `notification ${method} belongs to no call and was dropped`);
    }
  }

  /** Every log message of the server goes into its own log too. */
  logged(params: JsonObject): void {
    const data = params['data'];
    const text = typeof data === 'string' ? data : (JSON.stringify(data) ?? '');
    const loggerName = params['logger'];
    this.#log(
      foldLevel(params['level']),
      'server',
      text.slice(0, loggedCharacters),
      typeof loggerName === 'string' ? { logger: loggerName } : undefined,
    );
  }
}

/** The eight severities of MCP as the four that a person filters by. */
function foldLevel(level: unknown): ServerLogLevel {
  switch (level) {
    case 'debug':
      return 'debug';
    case 'info':
    case 'notice':
      return 'info';
    case 'warning':
      return 'warn';
    default:
      return 'error';
  }
}
