/**
 * admin/routes/daemon — status, stop, settings, and the stream of domain events.
 */
import type { EventDto } from '../../contract/index.ts';
import type { OpenStreams } from '../open-streams.ts';
import type { AdminParts } from '../ports.ts';
import { presentEvent, presentSetting, presentStatus } from '../present.ts';
import type { RegisterRoute } from '../register-route.ts';
import { presentExposure } from './exposure.ts';

export function registerDaemonRoutes(serve: RegisterRoute, parts: AdminParts, streams: OpenStreams): void {
  const { control, daemon, door, exposure, problems, settings, events } = parts;
  serve('getStatus', async () => {
    const [facts, listed] = await Promise.all([daemon.describe(), problems.list()]);
    return presentStatus(facts, control.listServers(), listed, presentExposure(exposure.state, parts));
  });
  serve('examine', async () => {
    const { searchPath, findings } = await daemon.examine();
    return {
      searchPath,
      findings: findings.map(({ name, verdict, says, next }) => ({
        name,
        verdict,
        says,
        next: next ?? null,
      })),
    };
  });
  serve('listDoorRoutes', () => ({
    routes: door.routes.map(({ path, policy }) => ({
      path,
      name: policy.name,
      auth: policy.auth,
      methods: [...policy.methods],
      contentTypes: [...policy.contentTypes],
      bodyCapBytes: policy.bodyCapBytes,
      rate: policy.rate,
      takesNavigation: policy.allowsNavigation === true,
      isExposed: policy.isExposed === true,
    })),
  }));
  serve('stopDaemon', ({ reply }) => {
    // Only after the answer has left: stopping ends this very connection.
    reply.raw.once('finish', () => daemon.stop('asked over the admin API'));
    return { isAccepted: true as const };
  });
  serve('listSettings', () => ({ settings: settings.describe().map(presentSetting) }));
  serve('streamEvents', ({ reply }) => {
    const stream = streams.start(': alive\n\n');
    stream.onEnd(events.subscribe((envelope) => stream.write(frameOf(presentEvent(envelope)))));
    const opened = { seq: events.lastSeq, at: Date.now(), type: 'stream.opened', serverId: null, data: {} };
    stream.write(frameOf(opened));
    return reply.type('text/event-stream').header('x-accel-buffering', 'no').send(stream.body);
  });
}

function frameOf(event: EventDto): string {
  return `id: ${event.seq}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}
