/**
 * contract/schemas/machine — AI clients on the daemon's own machine: how each stands, what connecting would write. No keys.
 */
import { z } from 'zod';
import { count, epochMs } from './fields.ts';
import { named } from './registry.ts';

export const machineClientState = z.enum([
  'absent',
  'found',
  'connected',
  'changed-by-hand',
  'removed-by-hand',
  'stale',
  'connected-by-hand',
  'broken-file',
  'unreadable-file',
]);

export const machineClientDto = named(
  'MachineClient',
  z.object({
    id: z.string().meta({ description: 'what a person types: `claude-code`' }),
    name: z.string(),
    project: z.string().nullable().meta({ description: 'the folder whose file it is; null = the own one' }),
    file: z.string().nullable().meta({ description: 'null: the entry is pasted by hand' }),
    shownFile: z.string().nullable().meta({ description: 'with ~ for the home folder' }),
    fileExists: z.boolean(),
    state: machineClientState,
    line: count.nullable().meta({ description: 'of our entry, or of what is broken' }),
    reason: z.string().nullable(),
    warnings: z.array(z.string()),
    writtenAt: epochMs.nullable(),
    keyId: z.string().nullable(),
  }),
);

export const machineClientListDto = named(
  'MachineClientList',
  z.object({ clients: z.array(machineClientDto) }),
);

export const machinePlanDto = named(
  'MachinePlan',
  z.object({
    client: machineClientDto,
    lines: z.array(z.object({ kind: z.enum(['same', 'gone', 'new']), text: z.string(), line: count })),
    isNothing: z.boolean(),
    paste: z.object({ into: z.string(), text: z.string() }).nullable(),
    notes: z.array(z.string()),
  }),
);

export const connectMachineClientBody = named(
  'ConnectMachineClient',
  z.strictObject({
    replaces: z
      .boolean()
      .default(false)
      .meta({ description: 'also an entry that was written or changed by hand' }),
  }),
);

export const machineConnectedDto = named(
  'MachineConnected',
  z.object({
    client: machineClientDto,
    copy: z.string().nullable().meta({ description: 'where the bytes from before are kept' }),
    readBack: z
      .enum(['understood', 'refused', 'unknown'])
      .meta({ description: "what the client's own program said; unknown: it is not here, or said nothing" }),
  }),
);

export const machineDisconnectedDto = named(
  'MachineDisconnected',
  z.object({
    client: machineClientDto,
    how: z.enum(['original', 'file-removed', 'entry-out', 'was-gone', 'nothing']),
  }),
);
