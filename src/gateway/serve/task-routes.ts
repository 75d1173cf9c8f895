/**
 * gateway/serve/task-routes — which server a task belongs to, so that `tasks/*` finds its way back.
 *
 * Legacy (2025-11-25): `result.task.taskId`. Modern extension: `resultType: "task"` with `taskId`.
 * A task is its creator's: another principal's id is unknown.
 * Knows nothing of: what tasks do.
 */
import type { Answer, ServerId } from '../../model/index.ts';
import { type JsonPiece, RawJson } from '../../protocol/index.ts';
import type { LegRequest } from '../../upstream/index.ts';
import type { Call } from './call.ts';

/** The oldest are forgotten first; servers forget tasks too. */
const routesKept = 10_000;

/** The leg that made a task; only there it is known. */
export type TaskLeg = Pick<LegRequest, 'era' | 'owner'>;

interface Route {
  /** The how-manieth task it was. */
  readonly notedAs: number;
  readonly leg: TaskLeg | undefined;
  /** The legacy session that made it. */
  readonly sessionKey: string | undefined;
  /** The server's name of the tool that made it; undefined for another method. */
  readonly tool: string | undefined;
}

export class TaskRoutes {
  /** By server, principal and task. */
  readonly #routes = new Map<string, Route>();
  /** The session that made a task, by server, owner of its leg, and task. */
  readonly #makers = new Map<string, string>();
  #noted = 0;

  /** Notes the task that an answer created, if it did. */
  noteFrom(answer: Answer, call: Call, serverId: ServerId, leg?: TaskLeg, tool?: string): void {
    if (answer.kind === 'error') return;
    const { result } = answer;
    const task = result.object('task');
    const taskId = (task === undefined || task.byteLength > longestTask ? result : task).text('taskId');
    if (taskId === undefined) return;
    this.#noted += 1;
    const { sessionKey } = call.scope.caller;
    keep(this.#routes, keyOf(call, taskId, serverId), { notedAs: this.#noted, leg, sessionKey, tool });
    if (sessionKey !== undefined) keep(this.#makers, makerKey(serverId, leg?.owner, taskId), sessionKey);
  }

  /** The session that made the task which a leg of that owner speaks of. */
  sessionOf(serverId: ServerId, owner: string | undefined, taskId: string): string | undefined {
    return this.#makers.get(makerKey(serverId, owner, taskId));
  }

  /**
   * Which of these servers has the task that the call names, on which leg; where two gave the same id, who gave it last.
   *
   * @param isGranted may the caller still call that tool? The task of one that it may not is unknown
   */
  route<Server extends { readonly id: ServerId }>(
    call: Call,
    servers: readonly Server[],
    isGranted: (serverId: ServerId, tool: string) => boolean = () => true,
  ): { readonly server: Server; readonly leg: TaskLeg | undefined } | undefined {
    const taskId = call.params?.text('taskId');
    if (taskId === undefined) return undefined;
    let latest: { readonly server: Server; readonly route: Route } | undefined;
    for (const server of servers) {
      const route = this.#routes.get(keyOf(call, taskId, server.id));
      if (route !== undefined && route.notedAs > (latest?.route.notedAs ?? 0)) latest = { server, route };
    }
    if (latest === undefined) return undefined;
    const { server, route } = latest;
    if (route.tool !== undefined && !isGranted(server.id, route.tool)) return undefined;
    return { server, leg: route.leg };
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

function keep<Value>(map: Map<string, Value>, key: string, value: Value): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= routesKept) return;
  const oldest = map.keys().next().value;
  if (oldest !== undefined) map.delete(oldest);
}

function makerKey(serverId: ServerId, owner: string | undefined, taskId: string): string {
  return `${serverId}\n${owner ?? ''}\n${taskId}`;
}

function keyOf(call: Call, taskId: string, serverId: ServerId): string {
  return `${serverId}\n${call.scope.caller.principal.id}\n${taskId}`;
}
