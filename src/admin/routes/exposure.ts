/**
 * admin/routes/exposure — the tunnel: what is reachable from the internet.
 */
import type { ExposureDto } from '../../contract/index.ts';
import type { ExposureState } from '../../expose/index.ts';
import type { AdminParts } from '../ports.ts';
import type { RegisterRoute } from '../register-route.ts';

export function registerExposureRoutes(serve: RegisterRoute, parts: AdminParts): void {
  const { exposure, control } = parts;
  serve('getExposure', async () => ({
    exposure: presentExposure(exposure.state, parts),
    programs: (await exposure.programs()).map((program) => ({ ...program })),
  }));
  serve('startExposure', async ({ body }) => {
    const serverIds = body.servers.map((reference) => control.getServer(reference).server.id);
    const isOn = exposure.state.status === 'on';
    const state = await (isOn && body.program === undefined
      ? exposure.choose(serverIds)
      : exposure.start(serverIds, body.program));
    return presentExposure(state, parts);
  });
  serve('endExposure', async () => presentExposure(await exposure.stop(), parts));
}

export function presentExposure(state: ExposureState, { control }: Pick<AdminParts, 'control'>): ExposureDto {
  const chosen = 'serverIds' in state ? new Set<string>(state.serverIds) : new Set<string>();
  return {
    status: state.status,
    program: 'program' in state ? state.program : null,
    url: state.status === 'on' ? `${state.url}/mcp` : null,
    servers: control
      .listServers()
      .filter(({ server }) => chosen.has(server.id))
      .map(({ server: { id, name, alias } }) => ({ id, name, alias })),
    since: 'since' in state ? state.since : null,
    reason: state.status === 'ended' ? state.reason : null,
  };
}
