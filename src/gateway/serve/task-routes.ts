/**
 * gateway/serve/task-routes — which server a task belongs to, so that `tasks/*` finds its way back.
 *
 * Legacy (2025-11-25): `result.task.taskId`. Modern extension: `resultType: "task"` with `taskId`.
 * A task is its creator's: another principal's id is unknown.
 * Knows nothing of: what tasks do.
 */
import type { Answer, ServerId } from '../../model/index.ts';
import { type JsonPiece, RawJson } from '../../protocol/index.ts';
import type { Call } from './call.ts';

/** The oldest are forgotten first; servers forget tasks too. */
const routesKept = 10_000;

export class TaskRoutes {
  /** (server, principal, task) → the how-manieth task it was. */
  readonly #routes = new Map<string, number>();
  #noted = 0;

  /** Notes the task that an answer created, if it did. */
  noteFrom(answer: Answer, call: Call, serverId: ServerId): void {
    if (answer.kind === 'error') return;
    const { result } = answer;
    const task = result.object('task');
    const taskId = (task === undefined || task.byteLength > longestTask ? result : task).text('taskId');
    if (taskId === undefined) return;
    if (this.#routes.size >= routesKept) {
      const oldest = this.#routes.keys().next().value;
      if (oldest !== undefined) this.#routes.delete(oldest);
    }
    this.#noted += 1;
    this.#routes.set(keyOf(call, taskId, serverId), this.#noted);
  }

  /** Which of these servers has the task that the call names; where two gave the same id, who gave it last. */
  route<Server extends { readonly id: ServerId }>(
    call: Call,
    servers: readonly Server[],
  ): Server | undefined {
    const taskId = call.params?.text('taskId');
    if (taskId === undefined) return undefined;
    let latest: { readonly server: Server; readonly notedAs: number } | undefined;
    for (const server of servers) {
      const notedAs = this.#routes.get(keyOf(call, taskId, server.id));
      if (notedAs !== undefined && notedAs > (latest?.notedAs ?? 0)) latest = { server, notedAs };
    }
    return latest?.server;
  }

  /** A `tasks/list` result without the tasks of others. */
  onlyOwn(result: RawJson, call: Call, serverId: ServerId): RawJson {
    const listed = result.member('tasks');
    if (listed?.isArray !== true) return result;
    const tasks = listed.elements();
    const own = tasks.filter((task) => {
      const taskId = task.text('taskId');
      return taskId !== undefined && this.#routes.has(keyOf(call, taskId, serverId));
    });
    if (own.length === tasks.length) return result;
    return result.with('tasks', RawJson.ofPieces(['[', ...joinedByCommas(own), ']']));
  }
}

/** A task says little of itself; what is longer is a result that has a member of that name. */
const longestTask = 64 * 1024;

function joinedByCommas(values: readonly RawJson[]): JsonPiece[] {
  return values.flatMap((value, at) => (at === 0 ? value.pieces : [',', ...value.pieces]));
}

function keyOf(call: Call, taskId: string, serverId: ServerId): string {
  return `${serverId}\n${call.scope.caller.principal.id}\n${taskId}`;
}
