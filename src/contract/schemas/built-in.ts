/**
 * contract/schemas/built-in — McpMux's own tools, and which of them a Space offers.
 */
import { z } from 'zod';
import { named } from './registry.ts';

export const builtInToolDto = named(
  'BuiltInTool',
  z.object({
    name: z.string().meta({ description: 'the name clients call it by' }),
    title: z.string(),
    description: z.string(),
    isWrite: z.boolean().meta({ description: 'it changes something, so a call waits for approval' }),
    isOn: z.boolean(),
  }),
);

export const builtInToolListDto = named('BuiltInToolList', z.object({ tools: z.array(builtInToolDto) }));

export const switchBuiltInToolBody = named('SwitchBuiltInTool', z.strictObject({ isOn: z.boolean() }));
