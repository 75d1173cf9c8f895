/**
 * contract/schemas/process — what the processes of the servers, and the daemon itself, cost this machine.
 */
import { z } from 'zod';
import { count } from './fields.ts';
import { named } from './registry.ts';
import { serverStatus } from './server.ts';

const costs = {
  residentBytes: count.meta({ description: 'memory that is in use; shared pages count in each process' }),
  cpuMs: count.meta({ description: 'processor time since the start' }),
  uptimeMs: count,
};

export const processDto = named(
  'Process',
  z.object({
    pid: z.number().int(),
    parentPid: z.number().int(),
    name: z.string(),
    ...costs,
  }),
);

export const serverProcessesDto = named(
  'ServerProcesses',
  z.object({
    serverId: z.string(),
    serverName: z.string(),
    alias: z.string(),
    status: serverStatus,
    restarts: count,
    memoryBudgetBytes: count.meta({ description: 'its own or that of the settings; 0: none' }),
    ...costs,
    processes: z
      .array(processDto)
      .meta({ description: 'a parent before its children; empty when it does not run here' }),
  }),
);

export const processListDto = named(
  'ProcessList',
  z.object({
    daemon: z.object({ pid: z.number().int(), ...costs }),
    servers: z.array(serverProcessesDto),
    memoryTotalBytes: count.meta({ description: 'what all servers together may hold; 0: any' }),
  }),
);
