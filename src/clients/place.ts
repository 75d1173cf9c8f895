/**
 * clients/place — where programs of one person keep their files: a home folder, a system, a few variables.
 *
 * Every path of this room comes from here, so that a test has a home of its own and Linux can say what Windows has.
 */
import { posix, win32 } from 'node:path';

export interface Place {
  readonly system: NodeJS.Platform;
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export function isWindowsPlace({ system }: Place): boolean {
  return system === 'win32';
}

/** Joins as the place's system does. */
export function join(place: Place, ...parts: string[]): string {
  return isWindowsPlace(place) ? win32.join(...parts) : posix.join(...parts);
}

export function inHome(place: Place, ...parts: string[]): string {
  return join(place, place.home, ...parts);
}

/** The folder that a variable names, else `fallback`. Empty counts as not set. */
export function fromVariable(place: Place, name: string, fallback: string): string {
  const value = place.env[name];
  return value === undefined || value.trim() === '' ? fallback : value;
}

/** Where programs that follow the XDG rules keep settings: also on macOS, and in the home folder on Windows. */
export function xdgConfig(place: Place, ...parts: string[]): string {
  return join(place, fromVariable(place, 'XDG_CONFIG_HOME', inHome(place, '.config')), ...parts);
}

/** Where programs with windows keep settings: `~/.config`, `~/Library/Application Support`, `%APPDATA%`. */
export function appConfig(place: Place, ...parts: string[]): string {
  if (place.system === 'darwin') return inHome(place, 'Library', 'Application Support', ...parts);
  return isWindowsPlace(place) ? roaming(place, ...parts) : xdgConfig(place, ...parts);
}

export function roaming(place: Place, ...parts: string[]): string {
  return join(place, fromVariable(place, 'APPDATA', inHome(place, 'AppData', 'Roaming')), ...parts);
}

export function local(place: Place, ...parts: string[]): string {
  return join(place, fromVariable(place, 'LOCALAPPDATA', inHome(place, 'AppData', 'Local')), ...parts);
}

/** `~/.cursor/mcp.json` for a person to read. */
export function showPath(place: Place, path: string): string {
  const separator = isWindowsPlace(place) ? '\\' : '/';
  const home = place.home.endsWith(separator) ? place.home : place.home + separator;
  return path.startsWith(home) ? `~${separator}${path.slice(home.length)}` : path;
}
