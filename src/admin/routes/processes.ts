/**
 * admin/routes/processes — what servers and the daemon cost this machine.
 */
import type { ProcessListDto } from '../../contract/index.ts';
import type { AdminParts } from '../ports.ts';
import type { RegisterRoute } from '../register-route.ts';

export function registerProcessRoutes(serve: RegisterRoute, { control, settings }: AdminParts): void {
  serve('listProcesses', async (): Promise<ProcessListDto> => {
    const servers = await control.listProcesses();
    const { user, system } = process.cpuUsage();
    const total = settings.describe().find(({ name }) => name === 'memoryTotalBytes');
    return {
      memoryTotalBytes: Number(total?.value ?? 0),
      daemon: {
        pid: process.pid,
        residentBytes: process.memoryUsage.rss(),
        cpuMs: Math.round((user + system) / 1_000),
        uptimeMs: Math.round(process.uptime() * 1_000),
      },
      servers: servers.map(({ server, state, memoryBudgetBytes, ...costs }) => ({
        serverId: server.id,
        serverName: server.name,
        alias: server.alias,
        status: state.status,
        restarts: state.restarts,
        memoryBudgetBytes,
        residentBytes: costs.residentBytes,
        cpuMs: Math.round(costs.cpuMs),
        uptimeMs: Math.round(costs.uptimeMs),
        processes: costs.processes.map((one) => ({
          pid: one.pid,
          parentPid: one.parentId,
          name: one.name,
          residentBytes: one.residentBytes,
          cpuMs: Math.round(one.cpuMs),
          uptimeMs: Math.round(one.uptimeMs),
        })),
      })),
    };
  });
}
