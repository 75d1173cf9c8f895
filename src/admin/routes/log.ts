/**
 * admin/routes/log — the servers' logs: the newest lines, or following them as they come.
 */
import type { FastifyReply } from 'fastify';
import type { LogEntryDto } from '../../contract/index.ts';
import type { InstalledServer, ServerId, ServerLogLevel } from '../../model/index.ts';
import { serverLogLevels } from '../../model/index.ts';
import type { OpenStreams } from '../open-streams.ts';
import type { AdminParts } from '../ports.ts';
import { presentLogEntry } from '../present.ts';
import type { RegisterRoute } from '../register-route.ts';

interface LogQuestion {
  readonly limit: number;
  readonly level: ServerLogLevel;
  readonly follow?: string | undefined;
}

export function registerLogRoutes(serve: RegisterRoute, parts: AdminParts, streams: OpenStreams): void {
  serve('getServerLog', ({ params, query, reply }) => {
    const { server } = parts.control.getServer(params.server);
    return isOn(query.follow)
      ? follow(parts, streams, server, query, reply)
      : newest(parts, [server], query).then((entries) => ({ entries }));
  });
  serve('getLog', ({ query, reply }) => {
    if (isOn(query.follow)) return follow(parts, streams, undefined, query, reply);
    return newest(parts, allServers(parts), query).then((entries) => ({ entries }));
  });
}

function isOn(value: string | undefined): boolean {
  return value === '' || value === '1' || value === 'true';
}

function allServers({ control }: AdminParts): InstalledServer[] {
  return control.listServers().map((overview) => overview.server);
}

/** The newest lines of all `servers` together, oldest first. */
async function newest(
  { serverLog }: AdminParts,
  servers: readonly InstalledServer[],
  { limit, level }: LogQuestion,
): Promise<LogEntryDto[]> {
  const perServer = await Promise.all(
    servers.map(async ({ id, name }) => {
      const entries = await serverLog.read(id, { limit, minLevel: level });
      return entries.map((entry) => presentLogEntry(id, name, entry));
    }),
  );
  const merged = perServer.flat().sort((one, other) => one.at - other.at);
  return merged.slice(-limit);
}

async function follow(
  parts: AdminParts,
  streams: OpenStreams,
  server: InstalledServer | undefined,
  question: LogQuestion,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const stream = streams.start('\n');
  const names = new Map<ServerId, string>();
  const nameOf = (id: ServerId): string => {
    if (!names.has(id)) for (const known of allServers(parts)) names.set(known.id, known.name);
    return names.get(id) ?? id;
  };
  // Following starts before the newest lines are read, so that no line falls between the two.
  let early: LogEntryDto[] | undefined = [];
  const lowest = serverLogLevels.indexOf(question.level);
  const unfollow = parts.serverLog.follow(server?.id, (id, entry) => {
    if (serverLogLevels.indexOf(entry.level) < lowest) return;
    const line = presentLogEntry(id, nameOf(id), entry);
    if (early === undefined) stream.write(`${JSON.stringify(line)}\n`);
    else early.push(line);
  });
  stream.onEnd(unfollow);
  let past: LogEntryDto[];
  try {
    past = await newest(parts, server === undefined ? allServers(parts) : [server], question);
  } catch (error) {
    stream.body.destroy();
    throw error;
  }
  const seen = new Set(past.map((line) => JSON.stringify(line)));
  for (const line of past) stream.write(`${JSON.stringify(line)}\n`);
  for (const line of early) if (!seen.has(JSON.stringify(line))) stream.write(`${JSON.stringify(line)}\n`);
  early = undefined;
  return reply.type('application/x-ndjson').send(stream.body);
}
