/**
 * network/authorities — which certificate authorities are trusted beside those that Node.js brings.
 *
 *   NODE_EXTRA_CA_CERTS   a file; Node.js reads it by itself, unless another list is given, so it is part of ours
 *   SSL_CERT_FILE         a file
 *   SSL_CERT_DIR          folders, separated as in PATH
 *
 * Owns: the one TLS context that all connections share, because to make one takes milliseconds.
 * Knows nothing of: connections.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { createSecureContext, rootCertificates, type SecureContext } from 'node:tls';
import { describeError } from '../base/index.ts';

export interface AuthoritySource {
  readonly variable: string;
  readonly path: string;
  /** How many certificates were found there. */
  readonly certificates: number;
}

const certificate = /-----BEGIN (?:TRUSTED )?CERTIFICATE-----[\s\S]+?-----END (?:TRUSTED )?CERTIFICATE-----/g;
/** A folder of certificates has some hundreds; a folder named by mistake may have any number. */
const maxFiles = 2_000;
const maxFileBytes = 16 * 1024 * 1024;

export class Authorities {
  readonly sources: readonly AuthoritySource[];
  /** What the environment names and cannot be used. */
  readonly problems: readonly string[];
  /** PEM; undefined: those of Node.js, which knows NODE_EXTRA_CA_CERTS itself. */
  readonly #own: readonly string[] | undefined;
  #context: SecureContext | undefined;

  /** Reads the files. Never throws: what cannot be read is a problem to be told. */
  constructor(environment: Readonly<Record<string, string | undefined>>) {
    const sources: AuthoritySource[] = [];
    const problems: string[] = [];
    const found: string[] = [];
    const take = (variable: string, path: string, read: () => string[]): void => {
      try {
        const certificates = read();
        if (certificates.length === 0) problems.push(`${variable}: there is no certificate in ${path}`);
        else sources.push({ variable, path, certificates: certificates.length });
        for (const one of certificates) found.push(one);
      } catch (error) {
        problems.push(`${variable}: ${path} cannot be read: ${describeError(error)}`);
      }
    };
    for (const variable of ['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE']) {
      const path = environment[variable];
      if (path !== undefined && path !== '') take(variable, path, () => readFile(path));
    }
    for (const path of (environment['SSL_CERT_DIR'] ?? '').split(delimiter)) {
      if (path !== '') take('SSL_CERT_DIR', path, () => readFolder(path));
    }
    this.sources = sources;
    this.problems = problems;
    const isOurs = sources.some(({ variable }) => variable !== 'NODE_EXTRA_CA_CERTS');
    this.#own = isOurs ? [...new Set([...rootCertificates, ...found])] : undefined;
  }

  /** All that are trusted, PEM; undefined: what Node.js trusts by itself. */
  get trusted(): readonly string[] | undefined {
    return this.#own;
  }

  /** For a connection without a certificate of its own; undefined: what Node.js does by itself. */
  get context(): SecureContext | undefined {
    if (this.#own === undefined) return undefined;
    this.#context ??= createSecureContext({ ca: [...this.#own] });
    return this.#context;
  }
}

function readFile(path: string): string[] {
  if (statSync(path).size > maxFileBytes) throw new Error(`it is larger than ${maxFileBytes} bytes`);
  return readFileSync(path, 'utf8').match(certificate) ?? [];
}

function readFolder(path: string): string[] {
  const found = new Set<string>();
  for (const name of readdirSync(path).slice(0, maxFiles)) {
    try {
      if (statSync(join(path, name)).isFile()) for (const one of readFile(join(path, name))) found.add(one);
    } catch {
      // A link to nothing, or a file of somebody else: the others count.
    }
  }
  return [...found];
}
