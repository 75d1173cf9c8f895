/**
 * gateway/serve/task-routes — which server a task belongs to, so that `tasks/*` finds its way back.
 *
 * Legacy (2025-11-25): `result.task.taskId`. Modern extension: `resultType: "task"` with `taskId`.
 * A task is its creator's: another principal's id is unknown.
 * Knows nothing of: what tasks do.
 */
import { isJsonObject } from '../../base/index.ts';
import type { Answer, ServerId } from '../../model/index.ts';
import { RawJson } from '../../protocol/index.ts';
import type { Call } from './call.ts';

/** The oldest are forgotten first; servers forget tasks too. */
const routesKept = 10_000;

export class TaskRoutes {
  /** (server, principal, task) → the how-manieth task it was. */
  readonly #routes = new Map<string, number>();
  #noted = 0;

  /** Notes the task that an answer created, if it did. */
  noteFrom(answer: Answer, call: Call, serverId: ServerId): void {
    if (answer.kind === 'error' || !answer.result.hasKeyText('taskId')) return;
    const { value } = answer.result;
    const task = value['task'];
    const taskId = isJsonObject(task) ? task['taskId'] : value['taskId'];
    if (typeof taskId !== 'string') return;
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
    const taskId = call.params?.['taskId'];
    if (typeof taskId !== 'string') return undefined;
    let latest: { readonly server: Server; readonly notedAs: number } | undefined;
    for (const server of servers) {
      const notedAs = this.#routes.get(keyOf(call, taskId, server.id));
      if (notedAs !== undefined && notedAs > (latest?.notedAs ?? 0)) latest = { server, notedAs };
    }
    return latest?.server;
  }

  /** A `tasks/list` result without the tasks of others. */
  onlyOwn(result: RawJson, call: Call, serverId: ServerId): RawJson {
    const { tasks } = result.value;
    if (!Array.isArray(tasks)) return result;
    const own = tasks.filter((task) => {
      const taskId = isJsonObject(task) ? task['taskId'] : undefined;
      return typeof taskId === 'string' && this.#routes.has(keyOf(call, taskId, serverId));
    });
    return own.length === tasks.length ? result : RawJson.ofValue({ ...result.value, tasks: own });
  }
}

function keyOf(call: Call, taskId: string, serverId: ServerId): string {
  return `${serverId}\n${call.scope.caller.principal.id}\n${taskId}`;
}
