/**
 * cli/commands/start — runs the daemon in the foreground. The only command that loads it.
 */
import type { Context } from '../context.ts';
import { forgetStopped } from '../start-daemon.ts';

export interface StartOptions {
  readonly port?: string;
  readonly publicUrl?: string;
  readonly listen?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly trustedProxies?: string;
  /** False with --no-auth. */
  readonly auth: boolean;
  readonly logLevel?: string;
  readonly keySource?: string;
}

/** Flags as they were given; the settings table knows their meaning, defaults and limits. */
export interface DaemonFlags {
  readonly port?: string;
  readonly publicUrl?: string;
  readonly listen?: string;
  readonly tlsCertFile?: string;
  readonly tlsKeyFile?: string;
  readonly trustedProxies?: string;
  readonly dataDir?: string;
  readonly noAuth?: boolean;
  readonly logLevel?: string;
  readonly keySource?: string;
}

export async function run(
  context: Context,
  options: StartOptions,
  dataDir: string | undefined,
): Promise<number> {
  const flags: DaemonFlags = {
    ...(options.port === undefined ? {} : { port: options.port }),
    ...(options.publicUrl === undefined ? {} : { publicUrl: options.publicUrl }),
    ...(options.listen === undefined ? {} : { listen: options.listen }),
    ...(options.tlsCert === undefined ? {} : { tlsCertFile: options.tlsCert }),
    ...(options.tlsKey === undefined ? {} : { tlsKeyFile: options.tlsKey }),
    ...(options.trustedProxies === undefined ? {} : { trustedProxies: options.trustedProxies }),
    ...(dataDir === undefined ? {} : { dataDir }),
    ...(options.auth ? {} : { noAuth: true }),
    ...(options.logLevel === undefined ? {} : { logLevel: options.logLevel }),
    ...(options.keySource === undefined ? {} : { keySource: options.keySource }),
  };
  context.io.outliveOutput?.();
  // A mistake in the settings is told by the daemon, better than here.
  await context.place().then(
    ({ dataDir: folder }) => forgetStopped(folder),
    () => {},
  );
  const { runDaemon } = await import('../../daemon/run.ts');
  return runDaemon({ flags });
}
