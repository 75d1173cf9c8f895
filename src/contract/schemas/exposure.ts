/**
 * contract/schemas/exposure — what is reachable from the internet through a tunnel.
 */
import { z } from 'zod';
import { epochMs } from './fields.ts';
import { named } from './registry.ts';

export const exposureDto = named(
  'Exposure',
  z.object({
    status: z
      .enum(['off', 'opening', 'on', 'ended'])
      .meta({ description: 'ended: the tunnel died; nothing is reachable any more' }),
    program: z.string().nullable().meta({ description: 'what carries the traffic' }),
    url: z.string().nullable().meta({ description: 'for clients outside; null unless it is on' }),
    servers: z.array(z.object({ id: z.string(), name: z.string(), alias: z.string() })),
    since: epochMs.nullable(),
    reason: z.string().nullable().meta({ description: 'why it has ended' }),
  }),
);

export const exposureDetailDto = named(
  'ExposureDetail',
  z.object({
    exposure: exposureDto,
    programs: z
      .array(z.object({ name: z.string(), title: z.string() }))
      .meta({ description: 'the tunnel programs of this machine, the preferred one first' }),
  }),
);

export const startExposureBody = named(
  'StartExposure',
  z.strictObject({
    servers: z.array(z.string().min(1).max(256)).max(500).meta({ description: 'ids, names or aliases' }),
    program: z.string().min(1).max(64).optional(),
  }),
);
