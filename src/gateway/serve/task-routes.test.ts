/**
 * gateway/serve/task-routes.test — a task is its creator's, at the server that made it.
 */
import { describe, expect, it } from 'vitest';
import { raw } from '../../../test/support/raw-json.ts';
import type { ServerId } from '../../model/index.ts';
import { RawJson } from '../../protocol/index.ts';
import { type Call, resultAnswer } from './call.ts';
import { TaskRoutes } from './task-routes.ts';

const [one, two] = [{ id: 'one' as ServerId }, { id: 'two' as ServerId }];

const call = (principal: string, taskId?: string): Call =>
  ({
    method: 'tasks/get',
    params: raw(taskId === undefined ? {} : { taskId }),
    scope: { caller: { principal: { id: principal } } },
  }) as unknown as Call;

function routes(): TaskRoutes {
  const made = new TaskRoutes();
  made.noteFrom(resultAnswer({ task: { taskId: 't1' } }), call('alice'), one.id);
  made.noteFrom(resultAnswer({ resultType: 'task', taskId: 't2' }), call('alice'), two.id);
  made.noteFrom(resultAnswer({ task: { taskId: 't3' } }), call('bob'), one.id);
  return made;
}

describe('TaskRoutes', () => {
  it.each([
    ['the server that made it, in either era', 'alice', 't1', [one, two], one],
    ['the other one', 'alice', 't2', [one, two], two],
    ["nobody for another principal's task", 'bob', 't1', [one, two], undefined],
    ['nobody on the URL of a server that did not make it', 'alice', 't2', [one], undefined],
    ['nobody for what nobody made', 'alice', 't9', [one, two], undefined],
  ])('finds %s', (_, principal, taskId, servers, expected) => {
    expect(routes().route(call(principal, taskId), servers)?.server).toBe(expected);
  });

  it('takes the latest of two servers that gave the same id', () => {
    const made = routes();
    made.noteFrom(resultAnswer({ task: { taskId: 't1' } }), call('alice'), two.id);
    expect(made.route(call('alice', 't1'), [one, two])?.server).toBe(two);
    expect(made.route(call('alice', 't1'), [one])?.server).toBe(one);
  });

  it.each([
    ['everybody shares', undefined],
    ['is its own', 's1'],
  ])('R20 keeps the leg that made it, which %s', (_, owner) => {
    const made = routes();
    const leg = { era: 'legacy' as const, owner };
    const maker = call('alice', 't5');
    Object.assign(maker.scope.caller, { sessionKey: 's1' });
    made.noteFrom(resultAnswer({ task: { taskId: 't5' } }), maker, one.id, leg);
    expect(made.route(call('alice', 't5'), [one, two])).toEqual({ server: one, leg });
    expect(made.sessionOf(one.id, owner, 't5')).toBe('s1');
    expect(made.sessionOf(one.id, 'somebody else', 't5')).toBeUndefined();
    expect(made.sessionOf(two.id, owner, 't5')).toBeUndefined();
  });

  it('leaves of a list what is the own', () => {
    const listed = RawJson.ofValue({
      tasks: [{ taskId: 't1', status: 'working' }, { taskId: 't3' }, { taskId: 't9' }],
      nextCursor: 'n',
    });
    expect(routes().onlyOwn(listed, call('alice'), one.id).value).toEqual({
      tasks: [{ taskId: 't1', status: 'working' }],
      nextCursor: 'n',
    });
    expect(routes().onlyOwn(listed, call('alice'), two.id).value['tasks']).toEqual([]);
  });
});
