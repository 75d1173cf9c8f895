import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../base/index.ts';
import {
  EventStream,
  type EventStreamOptions,
  Exchange,
  KeepAlive,
  type Listeners,
  listen,
} from './index.ts';

let listeners: Listeners | undefined;

afterEach(async () => {
  await listeners?.close(0);
  listeners = undefined;
});

/** Serves one stream and gives both ends of it. */
async function openStream(options: EventStreamOptions = {}, headers?: Record<string, string>) {
  let opened: (stream: EventStream) => void;
  const streamReady = new Promise<EventStream>((resolve) => {
    opened = resolve;
  });
  listeners = await listen({
    port: 0,
    addresses: ['127.0.0.1'],
    handler(request, response) {
      const stream = new EventStream(new Exchange(request, response, '/', '', {}), options);
      stream.open(headers);
      opened(stream);
    },
  });
  const { port } = listeners;
  return {
    port,
    stream: streamReady,
    read: async (): Promise<{ response: IncomingMessage; next: (ending: string) => Promise<string> }> => {
      const response = await new Promise<IncomingMessage>((resolve, reject) => {
        get({ port, host: '127.0.0.1', agent: false }, resolve).on('error', reject);
      });
      response.setEncoding('utf8');
      let text = '';
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      return {
        response,
        /** Everything so far, once it ends in `ending`. */
        next: async (ending) => {
          while (!text.endsWith(ending)) await once(response, 'data', { signal: AbortSignal.timeout(5_000) });
          return text;
        },
      };
    },
  };
}

describe('an event stream', () => {
  it('says what it is, and that nobody should gather it', async () => {
    const { read, stream } = await openStream({}, { 'mcp-session-id': 's1' });
    const { response } = await read();
    expect(response.statusCode).toBe(200);
    expect(response.headers).toMatchObject({
      'content-type': 'text/event-stream',
      'x-accel-buffering': 'no',
      'cache-control': 'no-store',
      'mcp-session-id': 's1',
    });
    expect((await stream).isOpen).toBe(true);
  });

  it('writes events of text and of bytes in the same way', async () => {
    const { read, stream } = await openStream();
    const { next } = await read();
    const writer = await stream;
    expect(writer.send({ data: '{"a":1}' })).toBe(true);
    writer.send({ id: '7', event: 'message', data: Buffer.from('{"b":"ü"}') });
    writer.retry(1500);
    writer.comment('hello');
    writer.send({ data: 'last' });
    expect(await next('data: last\n\n')).toBe(
      'data: {"a":1}\n\nevent: message\nid: 7\ndata: {"b":"ü"}\n\nretry: 1500\n\n: hello\n\ndata: last\n\n',
    );
  });

  it('keeps a line break in a payload from becoming a field', async () => {
    const { read, stream } = await openStream();
    const { next } = await read();
    const writer = await stream;
    writer.send({ data: '{\n"a":\r\n1}' });
    writer.send({ data: Buffer.from('x\rid: 9') });
    writer.send({ id: '1\ndata: forged', data: 'end' });
    expect(await next('data: end\n\n')).toBe(
      'data: {\ndata: "a":\ndata: 1}\n\ndata: x\ndata: id: 9\n\nid: 1 data: forged\ndata: end\n\n',
    );
  });

  it('is closed from the beginning where the request was answered already', async () => {
    const opened: EventStream[] = [];
    listeners = await listen({
      port: 0,
      addresses: ['127.0.0.1'],
      handler(request, response) {
        response.end('answered');
        const stream = new EventStream(new Exchange(request, response, '/', '', {}));
        stream.open();
        stream.comment();
        opened.push(stream);
      },
    });
    const answer = await fetch(`http://127.0.0.1:${listeners.port}/`);
    expect([await answer.text(), opened[0]?.isOpen]).toEqual(['answered', false]);
  });

  it('ends once, and takes nothing afterwards', async () => {
    const { read, stream } = await openStream();
    const { response } = await read();
    const writer = await stream;
    let closes = 0;
    writer.onClose(() => {
      closes += 1;
    });
    const ended = once(response, 'end', { signal: AbortSignal.timeout(5_000) });
    writer.end();
    writer.end();
    await ended;
    expect(writer.isOpen).toBe(false);
    expect(writer.send({ data: 'late' })).toBe(false);
    expect(writer.comment()).toBe(false);
    expect(closes).toBe(1);
    writer.onClose(() => {
      closes += 1;
    });
    expect(closes).toBe(2);
  });

  it('notices that its reader has gone', async () => {
    const { read, stream } = await openStream();
    const { response } = await read();
    const writer = await stream;
    const closed = new Promise<void>((resolve) => writer.onClose(resolve));
    response.destroy();
    await closed;
    expect(writer.isOpen).toBe(false);
  });

  it('says false over the soft cap, tells when it has drained, and is cut over the hard cap', async () => {
    const { port, stream } = await openStream({ softCapBytes: 64 * 1024, hardCapBytes: 16 * 1024 * 1024 });
    // A reader that does not read.
    const socket = connect({ port, host: '127.0.0.1' });
    socket.pause();
    socket.on('error', () => {});
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    const writer = await stream;
    const block = 'x'.repeat(64 * 1024);
    let sends = 0;
    while (writer.send({ data: block })) {
      sends += 1;
      expect(sends).toBeLessThan(1_000);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(writer.isOpen).toBe(true);
    expect(writer.bufferedBytes).toBeGreaterThan(64 * 1024);

    const drained = new Promise<void>((resolve) => writer.onDrain(resolve));
    socket.resume();
    await drained;
    expect(writer.bufferedBytes).toBe(0);
    expect(writer.send({ data: 'small' })).toBe(true);

    socket.pause();
    const closed = new Promise<void>((resolve) => writer.onClose(resolve));
    for (let count = 0; writer.isOpen; count += 1) {
      writer.send({ data: block });
      expect(count).toBeLessThan(1_000);
    }
    await closed;
    socket.destroy();
  });

  it('sends one event that is larger than the caps', async () => {
    const { read, stream } = await openStream({ softCapBytes: 1_024, hardCapBytes: 4_096 });
    const { next } = await read();
    const writer = await stream;
    const drained = new Promise<void>((resolve) => {
      expect(writer.send({ data: Buffer.alloc(8 * 1024 * 1024, 'x') })).toBe(false);
      writer.onDrain(resolve);
    });
    expect(writer.isOpen).toBe(true);
    await drained;
    writer.send({ data: 'end' });
    expect(await next('data: end\n\n')).toHaveLength(8 * 1024 * 1024 + 'data: \n\ndata: end\n\n'.length);
  });

  it('is opened in vain when the client has gone before', async () => {
    let tried: (isOpen: boolean) => void;
    const outcome = new Promise<boolean>((resolve) => {
      tried = resolve;
    });
    listeners = await listen({
      port: 0,
      addresses: ['127.0.0.1'],
      handler(request, response) {
        response.on('close', () => {
          const stream = new EventStream(new Exchange(request, response, '/', '', {}));
          stream.open();
          tried(stream.isOpen);
        });
      },
    });
    const socket = connect({ port: listeners.port, host: '127.0.0.1' });
    socket.end('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    socket.on('connect', () => setImmediate(() => socket.destroy()));
    expect(await outcome).toBe(false);
  });
});

describe('keep-alive', () => {
  it('comments on silent streams only, with one timer for all, and stops with the last', async () => {
    const clock = new ManualClock();
    const keepAlive = new KeepAlive(clock, 1_000);
    const { read, stream } = await openStream({ keepAlive });
    const { next } = await read();
    const writer = await stream;
    expect(clock.pending).toBe(1);
    clock.advance(1_000);
    writer.send({ data: 'busy' });
    clock.advance(500);
    clock.advance(500);
    expect(await next('busy\n\n: \n\n')).toBe(': \n\n: \n\ndata: busy\n\n: \n\n');
    expect(clock.pending).toBe(1);
    writer.end();
    expect(clock.pending).toBe(0);
  });

  it.each([0, 1, 7_499, 7_501, 14_999])(
    'R82 lets no more than 15 s pass after a byte %i ms into a tick',
    async (afterMs) => {
      const clock = new ManualClock();
      const { read, stream } = await openStream({ keepAlive: new KeepAlive(clock) });
      const { next } = await read();
      const writer = await stream;
      clock.advance(afterMs);
      writer.send({ data: 'byte' });
      await next('byte\n\n');
      clock.advance(15_000);
      expect(await next(': \n\n')).toContain(': \n\n');
      writer.end();
    },
  );
});
