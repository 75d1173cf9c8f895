/**
 * base/program-name — how a person starts this program, for commands that are told to be typed.
 *
 * In a clone (`npm start`) and with npx there is no `mcpmux` of its own: then what is told begins with `npx mcpmux`.
 */

type Environment = Readonly<Record<string, string | undefined>>;

/** npm says what it was told to run, and everything below it inherits that: only our own name counts. */
export function programName(env: Environment): 'mcpmux' | 'npx mcpmux' {
  return /\bmcpmux\b/.test(env['npm_lifecycle_script'] ?? '') ? 'npx mcpmux' : 'mcpmux';
}

/** A step as this person can type it. */
export function asTyped(step: string, env: Environment): string {
  if (programName(env) === 'mcpmux') return step;
  return step.replace(/(?<!npx |[\w/.-])mcpmux (?=[a-z])/g, 'npx mcpmux ');
}
