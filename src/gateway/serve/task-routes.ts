/**
 * gateway/serve/task-routes — which server a task belongs to, so that `tasks/*` finds its way back.
 *
 * Legacy (2025-11-25): `result.task.taskId`. Modern extension: `resultType: "task"` with `taskId`.
 * A task is its creator's: another principal's id is unknown.
 * Knows nothing of: what tasks do.
 */
import { isJsonObject } from '../../base/index.ts';
import type { Answer, ServerId } from '../../model/index.ts';
import type { Call } from './call.ts';

/** The oldest are forgotten first; servers forget tasks too. */
const routesKept = 10_000;

export class TaskRoutes {
  readonly #routes = new Map<string, ServerId>();

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
    this.#routes.set(keyOf(call, taskId), serverId);
  }

  route(call: Call): ServerId | undefined {
    const taskId = call.params?.['taskId'];
    return typeof taskId === 'string' ? this.#routes.get(keyOf(call, taskId)) : undefined;
  }
}

function keyOf(call: Call, taskId: string): string {
  return `${call.scope.caller.principal.id}\n${taskId}`;
}
