/**
 * gateway/serve/failure-text — what a client is told of a failure between us and a server.
 *
 * A client, and the model behind it, needs to know which server failed and what to do; the machine's PATH, folders, and
 * the last words of a process are for the administrator, whose log and admin API have them in full.
 */
import { McpMuxError, shortText } from '../../base/index.ts';

/** Longer than any sentence of ours, for what servers say of themselves within one. */
const longest = 500;

/** @returns one sentence, with the next step where there is one */
export function failureText(error: McpMuxError): string {
  const text = shortText(withoutInternals(error), longest);
  return error.hint === undefined ? text : `${text}; ${error.hint}`;
}

function withoutInternals(error: McpMuxError): string {
  const { server, how, status, until } = error.facts;
  switch (error.code) {
    case 'transports.exited':
      return `server "${server}" ended (${how})`;
    case 'transports.command_not_found':
      return `server "${server}" cannot be started: its command was not found`;
    case 'transports.spawn_failed':
      return `server "${server}" could not be started`;
    case 'upstream.secret_unresolved':
    case 'upstream.input_missing':
      return `server "${server}" lacks a secret that it needs`;
    case 'upstream.not_ready':
      // The reason quotes the failure that it waits because of.
      return error.cause instanceof McpMuxError
        ? `server "${server}" is ${status}: ${withoutInternals(error.cause)}${until === undefined ? '' : `; ${until}`}`
        : error.message;
    default:
      return error.message;
  }
}
