/**
 * contract/schemas/browser — the browsers that the person lets in: links, codes, sessions.
 */
import { z } from 'zod';
import { count, epochMs } from './fields.ts';
import { named } from './registry.ts';

export const makeLinkBody = named(
  'MakeLink',
  z.strictObject({
    isPublic: z
      .boolean()
      .optional()
      .meta({ description: 'for the public address instead of the machine of the daemon' }),
  }),
);

export const linkDto = named(
  'BrowserLink',
  z.object({ url: z.string().meta({ description: 'opens one browser, once' }), expiresAt: epochMs }),
);

export const codeDto = named(
  'BrowserCode',
  z.object({ code: z.string().meta({ description: 'six digits, for one browser' }), expiresAt: epochMs }),
);

export const browserDto = named(
  'Browser',
  z.object({
    id: z.string(),
    how: z.enum(['link', 'code']),
    openedAt: epochMs,
    lastSeenAt: epochMs,
    endsAt: epochMs,
    freshUntil: epochMs.meta({
      description: 'what needs a fresh link may be done until then; 0: not at all',
    }),
    browser: z.string().meta({ description: 'as it calls itself' }),
    address: z.string(),
  }),
);

export const browserListDto = named('BrowserList', z.object({ browsers: z.array(browserDto) }));
export const browsersEndedDto = named('BrowsersEnded', z.object({ ended: count }));
