/**
 * http/connection-limit — the connections that are open, and a polite answer for those that are too many.
 *
 * Too many is a number, or the last file descriptors of the process: new connections must not take what running servers,
 * the store and their starts need. One over is answered 503 to its first request; when even those who wait for that answer
 * are many, it is closed at once.
 * Knows nothing of: routes, who asks.
 */
import { readFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import type { Socket } from 'node:net';
import { platform } from '../platform/index.ts';
import { discardBody } from './read-body.ts';
import { refusals } from './refusal.ts';
import { sendRefusal } from './respond.ts';

export interface ConnectionLimits {
  /** Connections that are served at once. */
  readonly maxConnections: number;
  /** Descriptors that new connections leave to the rest of the process; a quarter of all where that is less. */
  readonly spareDescriptors: number;
  /** Connections of one peer that is on another machine. */
  readonly maxConnectionsPerPeer?: number;
}

/** So many of those that are too many may wait for their answer, each for so long. */
const maxTurnedAway = 16;
const answerWithinMs = 2_000;
const limitIsGoodForMs = 1_000;

export class ConnectionLimiter {
  readonly #limits: ConnectionLimits;
  readonly #descriptorLimit: () => number;
  readonly #admitted = new Set<Socket>();
  readonly #turnedAway = new Set<Socket>();
  readonly #byPeer = new Map<string, number>();

  /** @param descriptorLimit how many descriptors the process may have; for tests */
  constructor(limits: ConnectionLimits, descriptorLimit = descriptorLimitOfProcess()) {
    this.#limits = limits;
    this.#descriptorLimit = descriptorLimit;
  }

  /** Those that are served. */
  get admitted(): ReadonlySet<Socket> {
    return this.#admitted;
  }

  /** A connection was accepted. @param isTrusted speaks for many, as a proxy does */
  onConnection(socket: Socket, isTrusted = false): void {
    if (!isTrusted && this.#isPeerFull(socket)) {
      socket.destroy();
      return;
    }
    if (!this.#isOneTooMany(socket)) {
      this.#admitted.add(socket);
      socket.once('close', () => this.#admitted.delete(socket));
      return;
    }
    if (this.#turnedAway.size >= maxTurnedAway) {
      socket.destroy();
      return;
    }
    this.#turnedAway.add(socket);
    const timer = setTimeout(() => socket.destroy(), answerWithinMs);
    socket.once('close', () => {
      clearTimeout(timer);
      this.#turnedAway.delete(socket);
    });
  }

  /** A request listener that serves the admitted with `handler` and tells the others to come back. */
  guard(handler: RequestListener): RequestListener {
    return (request, response) => {
      if (this.#turnedAway.size === 0 || !this.#turnedAway.has(request.socket)) {
        handler(request, response);
        return;
      }
      sendRefusal(response, refusals.crowded, 'problem');
      discardBody(request);
    };
  }

  /** Counts the connection for its peer. Of this machine nobody is counted: all programs share an address. */
  #isPeerFull(socket: Socket): boolean {
    const { maxConnectionsPerPeer = 0 } = this.#limits;
    const peer = socket.remoteAddress;
    if (maxConnectionsPerPeer === 0 || peer === undefined) return false;
    const open = this.#byPeer.get(peer) ?? 0;
    if (open >= maxConnectionsPerPeer) return true;
    this.#byPeer.set(peer, open + 1);
    socket.once('close', () => {
      const left = (this.#byPeer.get(peer) ?? 1) - 1;
      if (left > 0) this.#byPeer.set(peer, left);
      else this.#byPeer.delete(peer);
    });
    return false;
  }

  #isOneTooMany(socket: Socket): boolean {
    if (this.#admitted.size >= this.#limits.maxConnections) return true;
    // The system gives the lowest free number, so a high one says how many are in use.
    const { fd = -1 } = (socket as Socket & { readonly _handle?: { readonly fd?: number } })._handle ?? {};
    const limit = this.#descriptorLimit();
    return fd >= limit - Math.min(this.#limits.spareDescriptors, limit / 4);
  }
}

/** How many descriptors this process may have open; asked at most once a second. Infinite where the system does not say. */
function descriptorLimitOfProcess(): () => number {
  let limit = Number.POSITIVE_INFINITY;
  let askedAt = Number.NEGATIVE_INFINITY;
  return () => {
    const now = performance.now();
    if (!platform.hasProc || now - askedAt < limitIsGoodForMs) return limit;
    askedAt = now;
    try {
      const line = /^Max open files +(\d+|unlimited)/m.exec(readFileSync('/proc/self/limits', 'utf8'));
      limit = line === null || line[1] === 'unlimited' ? Number.POSITIVE_INFINITY : Number(line[1]);
    } catch {
      // There was no descriptor left to ask with: the last answer still holds.
    }
    return limit;
  };
}
