import { afterEach, describe, expect, it } from 'vitest';
import { EventBus, ManualClock, silentLogger } from '../base/index.ts';
import { Door, type Listeners, listen, loopbackHosts, RouteTable } from '../http/index.ts';
import type { DomainEvent, ServerId, ServerState, ServerStatus } from '../model/index.ts';
import { healthRoutes, Metrics, type Readiness } from './index.ts';

function make(maxServers?: number) {
  const events = new EventBus<DomainEvent>(new ManualClock(), (error) => {
    throw error;
  });
  const metrics = new Metrics({
    events,
    aliasOf: (id) => id,
    ...(maxServers === undefined ? {} : { maxServers }),
  });
  const status = (id: string, to: ServerStatus): void =>
    events.publish({
      type: 'upstream.status_changed',
      state: { serverId: id as ServerId, status: to } as ServerState,
    });
  return { metrics, events, status };
}

/** The lines of one metric, without its comments. */
async function linesOf(metrics: Metrics, name: string): Promise<string[]> {
  const text = await metrics.render();
  return text.split('\n').filter((line) => line.startsWith(name));
}

describe('metrics', () => {
  it('count calls by server and outcome, also those from before they were loaded', async () => {
    const { metrics } = make();
    metrics.callEnded('git', 'ok', 0.003);
    metrics.start();
    metrics.callEnded('git', 'ok', 0.2);
    metrics.callEnded('git', 'timeout', 60);
    const lines = await linesOf(metrics, 'mcpmux_upstream_call_seconds');
    expect(lines).toContain('mcpmux_upstream_call_seconds_count{server="git",outcome="ok"} 2');
    expect(lines).toContain('mcpmux_upstream_call_seconds_bucket{le="0.005",server="git",outcome="ok"} 1');
    expect(lines).toContain('mcpmux_upstream_call_seconds_count{server="git",outcome="timeout"} 1');
    metrics.close();
  });

  it('know how many servers are in which status', async () => {
    const { metrics, events, status } = make();
    status('a', 'connecting');
    status('b', 'connecting');
    status('a', 'connected');
    status('a', 'connected');
    events.publish({ type: 'gateway.server_removed', serverId: 'b' as ServerId, name: 'b' });
    expect(await linesOf(metrics, 'mcpmux_upstream_servers')).toEqual([
      'mcpmux_upstream_servers{status="connecting"} 0',
      'mcpmux_upstream_servers{status="connected"} 1',
    ]);
    metrics.close();
  });

  it('keep the number of label values bounded', async () => {
    const { metrics } = make(3);
    for (let number = 0; number < 50; number += 1) metrics.callEnded(`s${number}`, 'ok', 1);
    const counts = await linesOf(metrics, 'mcpmux_upstream_call_seconds_count');
    expect(counts).toHaveLength(4);
    expect(counts).toContain('mcpmux_upstream_call_seconds_count{server="other",outcome="ok"} 47');
    metrics.close();
  });

  it('count sessions, discoveries, refusals and keys from what is told', async () => {
    const { metrics, events } = make();
    events.publish({ type: 'downstream.session_opened', sessionId: 's' as never, client: 'secret-client' });
    events.publish({ type: 'downstream.session_closed', sessionId: 's' as never, reason: 'x' });
    events.publish({ type: 'catalogue.changed', serverId: 'a' as ServerId, kinds: ['tool', 'prompt'] });
    events.publish({
      type: 'auth.key_created',
      keyId: 'k' as never,
      clientId: 'c' as never,
      name: 'secret-name',
    });
    metrics.requestRefused('http.bad_host');
    const text = await metrics.render();
    for (const line of [
      'mcpmux_downstream_sessions_opened_total 1',
      'mcpmux_downstream_sessions_closed_total 1',
      'mcpmux_catalogue_changes_total{kind="prompt"} 1',
      'mcpmux_auth_key_changes_total{change="created"} 1',
      'mcpmux_http_refusals_total{code="http.bad_host"} 1',
    ]) {
      expect(text).toContain(line);
    }
    expect(text).not.toContain('secret-');
    expect(text).toMatch(/mcpmux_daemon_resident_memory_bytes \d{7,}/);
    expect(text).toMatch(/mcpmux_daemon_event_loop_delay_seconds\{quantile="0.99"\} \d/);
    metrics.close();
  });

  it('are told nothing more after they are closed', async () => {
    const { metrics, status } = make();
    metrics.close();
    status('a', 'connected');
    expect(await linesOf(metrics, 'mcpmux_upstream_servers')).toEqual([]);
    metrics.close();
  });
});

describe('health', () => {
  let listeners: Listeners | undefined;
  afterEach(() => listeners?.close(0));

  it('answers everybody, in one word or with the kind of trouble, and says not yet with 503', async () => {
    let state: Readiness = { state: 'starting' };
    const door = new Door({
      routes: new RouteTable(healthRoutes({ state: () => state })),
      hosts: () => loopbackHosts(listeners?.port ?? 0),
      origins: () => new Set(),
      authenticate: () => undefined,
      logger: silentLogger,
    });
    listeners = await listen({ port: 0, addresses: ['127.0.0.1'], handler: door.handle });
    const ask = async (path: string) => {
      const answer = await fetch(`http://127.0.0.1:${listeners?.port}${path}`);
      return [answer.status, await answer.text()];
    };
    expect(await ask('/livez')).toEqual([200, 'live\n']);
    expect(await ask('/readyz')).toEqual([503, 'starting\n']);
    state = { state: 'ready' };
    expect(await ask('/readyz')).toEqual([200, 'ready\n']);
    state = { state: 'locked', reason: 'the store is locked' };
    expect(await ask('/readyz')).toEqual([503, 'locked: the store is locked\n']);
    state = { state: 'degraded', reason: 'the disk is full' };
    expect(await ask('/readyz')).toEqual([200, 'degraded: the disk is full\n']);
    state = { state: 'stopping' };
    expect(await ask('/readyz')).toEqual([503, 'stopping\n']);
  });
});
