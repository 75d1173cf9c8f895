/**
 * cli/program/sign-in — commands about signing in to servers.
 */
import { type Builder, collect, serverArgument } from './builder.ts';

export function addSignInCommands({ group, perform }: Builder): void {
  const command = group('Sign-in');
  const load = () => import('../commands/login.ts');
  command('login', 'sign in to a server in the browser', 'mcpmux login linear')
    .argument('<server>', serverArgument)
    .option('--no-browser', 'print the address, then paste the address that the browser ends on')
    .option('--client-id <id>', 'use a client that you registered with the provider yourself')
    .option('--client-secret-stdin', 'ask for its secret, or read it from stdin', false)
    .option('--scope <scope>', 'ask for this permission; may be repeated', collect)
    .option('--client-credentials', 'sign in as the client itself, without a person', false)
    .option('--fresh', 'register with the provider again', false)
    .action((name: string, options) =>
      perform(async (context) => (await load()).login(context, name, options)),
    );
  command('logout', 'sign out of a server; its registration stays', 'mcpmux logout linear')
    .argument('<server>', serverArgument)
    .action((name: string) => perform(async (context) => (await load()).logout(context, name)));
  const auth = command('auth', 'show sign-ins, and find out why one fails');
  command('status', 'show who is signed in, and for how long', 'mcpmux auth status', auth).action(() =>
    perform(async (context) => (await import('../commands/auth.ts')).status(context)),
  );
  command(
    'doctor',
    'go through a sign-in step by step and say what each step finds',
    'mcpmux auth doctor linear',
    auth,
  )
    .argument('<server>', serverArgument)
    .action((name: string) =>
      perform(async (context) => (await import('../commands/auth.ts')).doctor(context, name)),
    );
}
