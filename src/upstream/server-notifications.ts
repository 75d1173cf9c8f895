/**
 * upstream/server-notifications — what a server says that belongs to no call: lists and resources changed, log messages.
 *
 * Knows nothing of: what follows from it; it tells events and the reader of the lists.
 */
import type { DomainEvents, ServerId, ServerLogLevel, ServerLogSource } from '../model/index.ts';
import type { RawJson } from '../protocol/index.ts';
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
  readonly #owner: string | undefined;

  /** @param owner of the private leg that speaks */
  constructor(serverId: ServerId, events: DomainEvents, lists: ListReader, log: Log, owner?: string) {
    this.#owner = owner;
    this.#serverId = serverId;
    this.#events = events;
    this.#lists = lists;
    this.#log = log;
  }

  heard(method: string, params: RawJson): void {
    switch (method) {
      case 'notifications/tools/list_changed':
        return this.#lists.noted(['tool']);
      case 'notifications/prompts/list_changed':
        return this.#lists.noted(['prompt']);
      case 'notifications/resources/list_changed':
        return this.#lists.noted(['resource', 'template']);
      case 'notifications/resources/updated': {
        const uri = params.text('uri');
        if (uri === undefined) return;
        this.#events.publish({
          type: 'upstream.resource_updated',
          serverId: this.#serverId,
          owner: this.#owner,
          uri,
        });
        return;
      }
      case 'notifications/tasks/status': {
        const taskId = params.text('taskId');
        if (taskId === undefined) return;
        this.#events.publish({
          type: 'upstream.task_changed',
          serverId: this.#serverId,
          owner: this.#owner,
          taskId,
          params,
        });
        return;
      }
      case 'notifications/message':
        this.logged(params);
        this.#events.publish({
          type: 'upstream.message_logged',
          serverId: this.#serverId,
          owner: this.#owner,
          params,
        });
        return;
      default:
        this.#log('debug', 'protocol', `notification ${method} belongs to no call and was dropped`);
    }
  }

  /** Every log message of the server goes into its own log too. */
  logged(params: RawJson): void {
    const loggerName = params.text('logger');
    this.#log(
      foldLevel(params.text('level')),
      'server',
      beginningOf(params.member('data')),
      loggerName === undefined ? undefined : { logger: loggerName },
    );
  }
}

/** A text as it is, anything else as it was written. */
function beginningOf(data: RawJson | undefined): string {
  if (data === undefined) return '';
  const { bytes } = data;
  // Enough bytes for so many characters, each of them written as an escape.
  const text = data.byteLength <= loggedCharacters * 6 ? data.string : undefined;
  const start = data.isString ? 1 : 0;
  return (text ?? bytes.toString('utf8', start, loggedCharacters * 4)).slice(0, loggedCharacters);
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
