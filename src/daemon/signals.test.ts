import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { silentLogger } from '../base/index.ts';
import { handleSignals, Readiness } from './index.ts';

/** A process that notes how it was ended. */
class FakeProcess extends EventEmitter {
  readonly exits: number[] = [];
  readonly exited: Promise<number>;
  #settle: (code: number) => void = () => {};

  constructor() {
    super();
    this.exited = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  exit(code: number): never {
    this.exits.push(code);
    this.#settle(code);
    return undefined as never;
  }
}

function watch(
  drain: (reason: string) => Promise<void>,
  lastResortMs?: number,
  more: { readonly ignoresHangup?: boolean } = {},
) {
  const fake = new FakeProcess();
  const signals = handleSignals({
    drain,
    logger: silentLogger,
    ...more,
    process: fake as unknown as NodeJS.Process,
    ...(lastResortMs === undefined ? {} : { lastResortMs }),
  });
  return { fake, signals };
}

describe('signals', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGBREAK'])('drain on %s and end with 0', async (signal) => {
    const reasons: string[] = [];
    const { fake } = watch(async (reason) => {
      reasons.push(reason);
    });
    fake.emit(signal, signal);
    expect(await fake.exited).toBe(0);
    expect(reasons).toEqual([signal]);
  });

  it('end at once when they come a second time', async () => {
    const { fake } = watch(() => new Promise(() => {}));
    fake.emit('SIGTERM', 'SIGTERM');
    expect(fake.exits).toEqual([]);
    fake.emit('SIGINT', 'SIGINT');
    expect(fake.exits).toEqual([130]);
  });

  it.each([
    ['a hang-up that kernel and shell both tell', ['SIGHUP', 'SIGHUP']],
    ['a hang-up while Ctrl+C is obeyed', ['SIGINT', 'SIGHUP']],
    ["Ctrl+C and npm's echo of it", ['SIGINT', 'SIGINT']],
  ])('R1 drain once for %s', async (_, received) => {
    let drained: () => void = () => {};
    const reasons: string[] = [];
    const { fake } = watch((reason) => {
      reasons.push(reason);
      return new Promise((resolve) => {
        drained = resolve;
      });
    });
    for (const signal of received) fake.emit(signal, signal);
    expect(fake.exits).toEqual([]);
    drained();
    expect(await fake.exited).toBe(0);
    expect(reasons).toEqual([received[0]]);
  });

  it('R1 leave a service alone when a terminal is closed', () => {
    const reasons: string[] = [];
    const { fake } = watch(async (reason) => void reasons.push(reason), undefined, { ignoresHangup: true });
    fake.emit('SIGHUP', 'SIGHUP');
    expect([reasons, fake.exits]).toEqual([[], []]);
  });

  it('end although draining fails or never ends', async () => {
    const failing = watch(() => Promise.reject(new Error('stuck')));
    failing.fake.emit('SIGTERM', 'SIGTERM');
    expect(await failing.fake.exited).toBe(1);
    const endless = watch(() => new Promise(() => {}), 5);
    endless.fake.emit('SIGTERM', 'SIGTERM');
    expect(await endless.fake.exited).toBe(1);
  });

  it.each(['uncaughtException', 'unhandledRejection'])('drain after an %s and end with 70', async (event) => {
    const { fake } = watch(async () => {});
    fake.emit(event, new Error('oops'));
    expect(await fake.exited).toBe(70);
  });

  it('get their meaning back when nobody listens any more', () => {
    const { fake, signals } = watch(async () => {});
    signals.close();
    expect(fake.eventNames()).toEqual([]);
  });

  it.skipIf(process.platform === 'win32')('never open the inspector', async () => {
    const program = `
      const { handleSignals } = await import(process.argv[1]);
      const quiet = { debug() {}, info() {}, warn() {}, error() {}, child: () => quiet };
      handleSignals({ drain: async () => {}, logger: quiet });
      process.kill(process.pid, 'SIGUSR1');
      setTimeout(async () => {
        const { url } = await import('node:inspector');
        process.stdout.write(String(url()));
        process.exit(0);
      }, 100);
    `;
    const child = spawn(
      process.execPath,
      [
        '--import',
        'tsx',
        '--input-type=module',
        '-e',
        program,
        new URL('./signals.ts', import.meta.url).href,
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    await once(child, 'close', { signal: AbortSignal.timeout(8_000) });
    expect(output).toBe('undefined');
  });
});

describe('readiness', () => {
  it('comes with the last part and goes for good with draining', () => {
    const readiness = new Readiness(['port', 'admin']);
    expect(readiness.state).toBe('starting');
    readiness.mark('admin');
    expect(readiness.awaited).toEqual(['port']);
    readiness.mark('port');
    expect([readiness.state, readiness.isReady]).toEqual(['ready', true]);
    readiness.drain();
    readiness.mark('port');
    expect([readiness.state, readiness.isReady]).toEqual(['stopping', false]);
  });
});
