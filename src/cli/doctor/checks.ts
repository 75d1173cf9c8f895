/**
 * cli/doctor/checks — what can be looked at on this machine without a daemon. Each check says what it found and what to do.
 */
import { connect } from 'node:net';

export interface Finding {
  readonly name: string;
  /** `note`: nothing is wrong, and somebody may want to know. */
  readonly verdict: 'fine' | 'note' | 'warning' | 'trouble';
  readonly says: string;
  readonly next?: string;
}

export function checkNode(nodeVersion: string): Finding {
  const [major = 0, minor = 0] = nodeVersion.split('.').map(Number);
  const name = 'Node';
  if (major < 20 || (major === 20 && minor < 19)) {
    return { name, verdict: 'trouble', says: `${nodeVersion} is too old`, next: 'install Node 22 or newer' };
  }
  if (major === 20) {
    return { name, verdict: 'fine', says: `${nodeVersion} (gets no more updates; 22 or newer is better)` };
  }
  return { name, verdict: 'fine', says: nodeVersion };
}

/** Does anybody accept connections there? */
export function isPortAnswered(host: string, port: number, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const done = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(timeoutMs, () => done(false));
    socket.once('connect', () => done(true));
    socket.once('error', () => done(false));
  });
}
