/**
 * fuzz/raw-exchange — sends bytes over a connection and looks only at the status that comes back.
 */
import { connect, type NetConnectOpts } from 'node:net';

export interface RawExchange {
  readonly to: NetConnectOpts;
  readonly bytes: Buffer;
  /** What the sender does after the bytes: waits, closes its half, or resets. */
  readonly afterwards: 'wait' | 'half-close' | 'reset';
  /** So long it waits for an answer before it gives up. */
  readonly patienceMs: number;
}

/** @returns every status that came, in order; none when the connection ended or the patience did */
export function sendBytes({ to, bytes, afterwards, patienceMs }: RawExchange): Promise<number[]> {
  return new Promise((resolve) => {
    const socket = connect({ ...to, allowHalfOpen: afterwards === 'half-close' });
    let text = '';
    const settle = (): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve([...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status)));
    };
    const timer = setTimeout(settle, patienceMs);
    let quiet: NodeJS.Timeout | undefined;
    socket.on('error', settle);
    socket.on('close', settle);
    socket.on('end', settle);
    socket.on('data', (chunk: Buffer) => {
      if (text.length < 64 * 1024) text += chunk.toString('latin1');
      // Answers keep the connection open: what comes, comes at once.
      clearTimeout(quiet);
      if (!/^HTTP\/1\.1 100 [\s\S]*?\r\n\r\n$/.test(text)) quiet = setTimeout(settle, 15);
    });
    socket.write(bytes, () => {
      if (afterwards === 'half-close') socket.end();
      if (afterwards === 'reset') {
        if ('path' in to && to.path !== undefined) socket.destroy();
        else socket.resetAndDestroy();
      }
    });
  });
}

/** The statuses that no input may cause. 503 says that there is too much at once. */
export function unwanted(statuses: readonly number[]): number | undefined {
  return statuses.find((status) => status >= 500 && status !== 503);
}
