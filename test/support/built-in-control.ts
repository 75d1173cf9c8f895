/**
 * support/built-in-control — our own tools with their switches, kept in memory.
 */
import {
  BuiltInServer,
  BuiltInSwitches,
  BuiltInToolControl,
  callToolTool,
  searchToolsTool,
} from '../../src/builtin/index.ts';
import type { SettingRepository } from '../../src/model/index.ts';
import { firstSpaceId } from './first-space.ts';

export function memorySettings(stored = new Map<string, string>()): SettingRepository {
  return {
    get: (key) => Promise.resolve(stored.get(key)),
    set: (key, value) => Promise.resolve(void stored.set(key, value)),
    delete: (key) => Promise.resolve(void stored.delete(key)),
  };
}

export function builtInControl(): BuiltInToolControl {
  const switches = new BuiltInSwitches(memorySettings(), () => {});
  const tools = [searchToolsTool(), callToolTool()];
  return new BuiltInToolControl(
    new BuiltInServer({ tools, switches, serverInfo: {} }),
    switches,
    () => firstSpaceId,
  );
}
